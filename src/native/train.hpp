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
  double sum = 0.0;
  const T* squares = net.squared_columns;
  for (int l = 0; l < net.n_layers; squares += net.layers[l].stride, ++l)
    for (std::int64_t j = 0; j < net.layers[l].n_outputs; ++j) sum += squares[j];
  return 0.5 * net.alpha * sum;
}

// Loss (for the leading thread) and unscaled gradients of a batch. Every thread returns
// false if the leading one was asked to stop.
template <class T>
bool loss_and_raw_gradients(const Team& team, const Network<T>& net, const Table<T>& table,
                            const Batch& batch, const Interrupt& interrupt, double* loss) {
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
    pass.backward(b == 0);
    if (b + 1 < n_blocks) team.synchronize();
  }
  if (team.leads()) {
    if (net.alpha != 0.0) sum += l2_penalty(net);
    *loss = sum / batch.weight_sum;
  }
  return true;
}

// Call function(offset, vector of the gradient) for the own part of all weights and biases;
// the gradient is complete: (sum of deltas . inputs + alpha W) / sum of weights.
template <class T, class Function>
LIGHTMLP_INLINE void for_own_gradients(const Team& team, const Network<T>& net, int l,
                                       bool sparse_input, double weight_sum,
                                       Function function) {
  const Layer<T>& layer = net.layers[l];
  const Vec<T> alpha = broadcast(static_cast<T>(net.alpha));
  const Vec<T> scale = broadcast(static_cast<T>(1.0 / weight_sum));
  const Part part = own_part(team, layer, layer.n_inputs, sparse_input);
  for (std::int64_t k = part.rows.begin; k < part.rows.end; ++k) {
    for (std::int64_t j = part.columns.begin; j < part.columns.end; j += lanes<T>) {
      const std::int64_t at = layer.weights + k * layer.stride + j;
      function(at, fma(alpha, load(net.parameters + at), load(net.gradients + at)) * scale);
    }
  }
  const Range columns = team.share(layer.stride, line<T>);
  for (std::int64_t j = columns.begin; j < columns.end; j += lanes<T>)
    function(layer.bias + j, load(net.gradients + layer.bias + j) * scale);
}

// Copy the own part of W to W^T, in squares that stay in the first cache.
template <class T>
void transpose_own_part(const Team& team, const Network<T>& net, int l, bool sparse_input) {
  constexpr std::int64_t square = 16;
  const Layer<T>& layer = net.layers[l];
  if (layer.transposed == nullptr) return;
  const Part part = own_part(team, layer, layer.n_inputs, sparse_input);
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

template <class T>
void update(const Team& team, const Network<T>& net, const Table<T>& table,
            const OptimizerMemory<T>& memory, double learning_rate, std::int64_t n_steps,
            double weight_sum) {
  with_optimizer<T>(memory.settings, learning_rate, n_steps, [&](const auto& optimizer) {
    for (int l = 0; l < net.n_layers; ++l) {
      const bool sparse_input = l == 0 && table.is_sparse();
      for_own_gradients(
          team, net, l, sparse_input, weight_sum, [&](std::int64_t at, Vec<T> gradient) {
            T* const weights = net.parameters + at;
            store(weights, optimizer.step(load(weights), gradient, memory.slots, at));
          });
      transpose_own_part(team, net, l, sparse_input);
    }
  });
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
    if (!loss_and_raw_gradients(team, task.net, task.table, batch, task.interrupt, &loss))
      break;
    loss_sum += loss * static_cast<double>(rows.rows);
    ++n_steps;
    update(team, task.net, task.table, task.memory, epoch.learning_rate, n_steps,
           batch.weight_sum);
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
  if (!loss_and_raw_gradients(team, task.net, task.table, batch, task.interrupt, &task.loss))
    return;
  for (int l = 0; l < task.net.n_layers; ++l)
    for_own_gradients(
        team, task.net, l, l == 0 && task.table.is_sparse(), batch.weight_sum,
        [&](std::int64_t at, Vec<T> gradient) { store(task.net.gradients + at, gradient); });
}

}  // namespace lightmlp::LIGHTMLP_ISA
