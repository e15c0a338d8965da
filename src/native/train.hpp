// Steps over batches: loss, gradients, L2 penalty and update; one epoch over a given order.
#pragma once

#include "backend.hpp"
#include "batch.hpp"
#include "kernels/transpose.hpp"
#include "optimizers.hpp"
#include "thread_choice.hpp"

namespace lightmlp::LIGHTMLP_ISA {

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
  void finish_layer(int, const Part&) const {}
};

// Copy a part of W to W^T. Only layers above the first, whose input is dense, have W^T.
template <class T>
void transpose_part(const Network<T>& net, int l, const Part& part) {
  const Layer<T>& layer = net.layers[l];
  const std::int64_t row = part.rows.begin, column = part.columns.begin;
  transpose(net.parameters + layer.weights + row * layer.stride + column, layer.stride,
            part.rows.size(), part.columns.size(),
            layer.transposed + column * layer.transposed_stride + row, layer.transposed_stride);
}

// Makes a step while the gradient is in a register.
template <class T, class Optimizer>
struct Update {
  MeanGradient<T> gradient;
  const Optimizer& optimizer;
  T* const* slots;

  LIGHTMLP_INLINE void weights(std::int64_t at, Vec<T> sum) const {
    step(at, gradient.weights(at, sum));
  }
  LIGHTMLP_INLINE void bias(std::int64_t at, Vec<T> sum) const { step(at, gradient.bias(sum)); }
  LIGHTMLP_INLINE void step(std::int64_t at, Vec<T> g) const {
    T* const parameters = gradient.net.parameters + at;
    store(parameters, optimizer.step(load(parameters), g, slots, at));
  }
  void finish_layer(int l, const Part& part) const {
    if (l > 0) transpose_part(gradient.net, l, part);
  }
};

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
                            {task.net, batch.weight_sum}, optimizer, task.memory.slots};
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
