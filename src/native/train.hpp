// Steps over batches: loss, gradients, L2 penalty and update; one epoch over a given order.
#pragma once

#include "backend.hpp"
#include "network.hpp"
#include "optimizers.hpp"
#include "thread_choice.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// Rows of a batch and the sum of their weights.
struct Batch {
  Block rows;
  double weight_sum;
};

// Every thread adds up all weights, so that none has to wait for another.
template <class T>
Batch make_batch(const Table<T>& table, Block rows) {
  if (table.sample_weight == nullptr) return {rows, static_cast<double>(rows.rows)};
  double sum = 0.0;
  for (std::int64_t i = 0; i < rows.rows; ++i) sum += table.sample_weight[rows.row(i)];
  return {rows, sum};
}

// Sums of squares of the own columns of each W, for the L2 term.
template <class T>
void square_columns(const Team& team, const Network<T>& net) {
  T* squares = net.squared_columns;
  for (int l = 0; l < net.n_layers; squares += net.layers[l].stride, ++l) {
    const Layer<T>& layer = net.layers[l];
    const Range columns = team.share(layer.stride, line<T>);
    for (std::int64_t j = columns.begin; j < columns.end; j += lanes<T>) {
      const T* const weights = net.parameters + layer.weights + j;
      Vec<T> sum{};
      for (std::int64_t k = 0; k < layer.n_inputs; ++k) {
        const Vec<T> w = load(weights + k * layer.stride);
        sum = fma(w, w, sum);
      }
      store(squares + j, sum);
    }
  }
}

template <class T>
double l2_penalty(const Network<T>& net) {
  if (net.alpha == 0.0) return 0.0;
  double sum = 0.0;
  const T* squares = net.squared_columns;
  for (int l = 0; l < net.n_layers; squares += net.layers[l].stride, ++l)
    for (std::int64_t j = 0; j < net.layers[l].n_outputs; ++j) sum += squares[j];
  return 0.5 * net.alpha * sum;
}

// Keeps the sums of a batch's blocks until its last one.
template <class T>
struct KeepSums {
  const Network<T>& net;

  LIGHTMLP_INLINE void weights(std::int64_t at, Vec<T> sum) const {
    store(net.gradients + at, sum);
  }
  LIGHTMLP_INLINE void bias(std::int64_t at, Vec<T> sum) const { weights(at, sum); }
  void finish_layer(int) const {}
};

// The gradient of the batch's mean loss: (sum of deltas . inputs + alpha W) / sum of weights.
template <class T>
struct MeanGradient {
  const Network<T>& net;
  Vec<T> alpha, scale;

  MeanGradient(const Network<T>& network, double weight_sum)
      : net(network),
        alpha(broadcast(static_cast<T>(network.alpha))),
        scale(broadcast(static_cast<T>(1.0 / weight_sum))) {}

  LIGHTMLP_INLINE Vec<T> weights(std::int64_t at, Vec<T> sum) const {
    return fma(alpha, load(net.parameters + at), sum) * scale;
  }
  LIGHTMLP_INLINE Vec<T> bias(Vec<T> sum) const { return sum * scale; }
};

template <class T>
struct StoreGradients {
  MeanGradient<T> gradient;

  LIGHTMLP_INLINE void weights(std::int64_t at, Vec<T> sum) const {
    store(gradient.net.gradients + at, gradient.weights(at, sum));
  }
  LIGHTMLP_INLINE void bias(std::int64_t at, Vec<T> sum) const {
    store(gradient.net.gradients + at, gradient.bias(sum));
  }
  void finish_layer(int) const {}
};

// Copy the part of W that this thread updates to W^T, in squares that stay in the first
// cache. Only layers above the first, whose input is dense, have W^T.
template <class T>
void transpose_own_part(const Team& team, const Network<T>& net, int l) {
  constexpr std::int64_t square = 16;
  const Layer<T>& layer = net.layers[l];
  const Part part = own_part(team, layer, layer.n_inputs, false);
  const std::int64_t last =
      part.columns.end < layer.n_outputs ? part.columns.end : layer.n_outputs;
  const T* const weights = net.parameters + layer.weights;
  for (std::int64_t k0 = part.rows.begin; k0 < part.rows.end; k0 += square) {
    const std::int64_t k1 = k0 + square < part.rows.end ? k0 + square : part.rows.end;
    for (std::int64_t j = part.columns.begin; j < last; ++j)
      for (std::int64_t k = k0; k < k1; ++k)
        layer.transposed[j * layer.transposed_stride + k] = weights[k * layer.stride + j];
  }
}

// Makes a step while the gradient is in a register.
template <class T, class Optimizer>
struct Update {
  const Team& team;
  MeanGradient<T> gradient;
  const Optimizer& optimizer;
  T* const* slots;

  LIGHTMLP_INLINE void weights(std::int64_t at, Vec<T> sum) const {
    T* const weights = gradient.net.parameters + at;
    Vec<T> before = load(weights);
    if constexpr (requires { optimizer.shrink; }) before *= optimizer.shrink;
    store(weights, optimizer.step(before, gradient.weights(at, sum), slots, at));
  }
  LIGHTMLP_INLINE void bias(std::int64_t at, Vec<T> sum) const {
    T* const bias = gradient.net.parameters + at;
    store(bias, optimizer.step(load(bias), gradient.bias(sum), slots, at));
  }
  void finish_layer(int l) const {
    if (l > 0) transpose_own_part(team, gradient.net, l);
  }
};

// The loss of a batch (for the leading thread); its gradients go to `take`. Every thread
// returns false if the leading one was asked to stop.
template <class T, class Take>
bool forward_and_backward(const Team& team, const Network<T>& net, const Table<T>& table,
                          const Batch& batch, const Interrupt& interrupt, double* loss,
                          const Take& take) {
  const std::int64_t n_rows = batch.rows.rows;
  const std::int64_t n_blocks = (n_rows + net.block_rows - 1) / net.block_rows;
  double sum = 0.0;
  if (net.alpha != 0.0) square_columns(team, net);
  for (std::int64_t b = 0; b < n_blocks; ++b) {
    const std::int64_t begin = n_rows * b / n_blocks, end = n_rows * (b + 1) / n_blocks;
    const Pass<T> pass{team, net, table, batch.rows.part(begin, end - begin)};
    pass.gather();
    if (team.leads() && interrupt()) team.stop->store(true, std::memory_order_relaxed);
    team.synchronize();
    if (team.stop->load(std::memory_order_relaxed)) return false;
    pass.forward();
    pass.loss_and_deltas();
    team.synchronize();
    if (team.leads()) sum += pass.total_loss();
    if (b + 1 < n_blocks) {
      pass.backward(b == 0, KeepSums<T>{net});
      team.synchronize();
    } else {
      if (team.leads()) *loss = (sum + l2_penalty(net)) / batch.weight_sum;
      pass.backward(b == 0, take);
    }
  }
  return true;
}

template <class T>
struct EpochTask {
  const Network<T>& net;
  const Table<T>& table;
  OptimizerMemory<T>& memory;
  Epoch& epoch;
  double deadline;  // 0: none
  const Interrupt& interrupt;
  bool late;  // written by the leading thread before the barrier that ends a step
};

// Steps over the batches of an epoch. All threads follow the same path: what they count
// themselves is the same everywhere, the rest is decided by the leading one.
template <class T>
void run_batches(const Team& team, void* context) {
  auto& task = *static_cast<EpochTask<T>*>(context);
  const Epoch epoch = task.epoch;
  std::int64_t n_steps = task.memory.n_steps, done = epoch.done;
  double loss_sum = epoch.loss_sum;
  bool late = false;
  team.synchronize();  // nobody changes the task before all have read it
  while (done < epoch.n_rows && !late) {
    const std::int64_t left = epoch.n_rows - done;
    const Block rows{epoch.order + done, 0, left < epoch.batch_size ? left : epoch.batch_size};
    const Batch batch = make_batch(task.table, rows);
    done += rows.rows;
    if (batch.weight_sum == 0.0) continue;  // nothing to learn from: nothing changes
    double loss = 0.0;
    bool completed = false;
    ++n_steps;
    with_optimizer<T>(task.memory.settings, epoch.learning_rate, n_steps,
                      [&]<class Optimizer>(const Optimizer& optimizer) {
                        const Update<T, Optimizer> update{
                            team, {task.net, batch.weight_sum}, optimizer, task.memory.slots};
                        completed = forward_and_backward(team, task.net, task.table, batch,
                                                         task.interrupt, &loss, update);
                      });
    if (!completed) {
      --n_steps;
      break;
    }
    loss_sum += loss * static_cast<double>(rows.rows);
    if (team.leads()) task.late = task.deadline > 0.0 && clock_seconds() > task.deadline;
    team.synchronize();
    late = task.late;
  }
  if (team.leads()) {
    task.memory.n_steps = n_steps;
    task.epoch.done = done;
    task.epoch.loss_sum = loss_sum;
  }
}

template <class T>
struct GradientTask {
  const Network<T>& net;
  const Table<T>& table;
  const Interrupt& interrupt;
  double loss;
};

// Loss and complete gradients over all rows of the table.
template <class T>
void compute_gradients(const Team& team, void* context) {
  auto& task = *static_cast<GradientTask<T>*>(context);
  const Batch batch = make_batch(task.table, {nullptr, 0, task.table.n_rows});
  forward_and_backward(team, task.net, task.table, batch, task.interrupt, &task.loss,
                       StoreGradients<T>{{task.net, batch.weight_sum}});
}

}  // namespace lightmlp::LIGHTMLP_ISA
