// Steps over batches: loss, gradients, L2 penalty and update; one epoch over a given order.
#pragma once

#include "augment.hpp"
#include "backend.hpp"
#include "batch.hpp"
#include "optimizers.hpp"
#include "thread_choice.hpp"
#include "whole_step.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// The gradient of the batch's mean loss, (sum of deltas . inputs + alpha W + l1 sign(W)) /
// sum of weights, cut to clip_value.
template <class T>
struct MeanGradient {
  const Network<T>& net;
  Vec<T> alpha, scale;
  T l1, largest;

  MeanGradient(const Network<T>& network, double weight_sum)
      : net(network),
        alpha(broadcast(static_cast<T>(network.alpha))),
        scale(broadcast(static_cast<T>(1.0 / weight_sum))),
        l1(static_cast<T>(network.l1)),
        largest(static_cast<T>(network.rules.clip_value)) {}

  LIGHTMLP_INLINE Vec<T> weights(std::int64_t at, Vec<T> sum) const {
    const Vec<T> w = load(net.parameters + at);
    Vec<T> gradient = fma(alpha, w, sum);
    if (l1 != T(0)) gradient += w > T(0) ? broadcast(l1) : w < T(0) ? broadcast(-l1) : Vec<T>{};
    return clamped<T>(gradient * scale, -largest, largest);
  }
  LIGHTMLP_INLINE Vec<T> bias(Vec<T> sum) const {
    return clamped<T>(sum * scale, -largest, largest);
  }
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
  const StoreGradients& of_layer(int) const { return *this; }
  void finish_layer(int, const Part&) const {}
};

// Makes a step while the gradient is in a register.
template <class T, class Optimizer>
struct Update {
  MeanGradient<T> gradient;
  const OptimizerMemory<T>& memory;
  double learning_rate;
  std::int64_t n_steps;
  Optimizer optimizer;
  T shrink;

  Update(const MeanGradient<T>& mean, const OptimizerMemory<T>& state, double rate,
         std::int64_t step)
      : gradient(mean),
        memory(state),
        learning_rate(rate),
        n_steps(step),
        optimizer(state.settings, rate, step),
        shrink(shrinkage<T>(state.settings, rate)) {}

  Update of_layer(int l) const {
    if (gradient.net.rules.layer_rates == nullptr) return *this;
    return {gradient, memory, gradient.net.rules.rate(l, learning_rate), n_steps};
  }

  LIGHTMLP_INLINE void weights(std::int64_t at, Vec<T> sum) const {
    T* const weights = gradient.net.parameters + at;
    const Vec<T> before = load(weights) * shrink;
    store(weights, optimizer.step(before, gradient.weights(at, sum), memory.slots, at));
  }
  LIGHTMLP_INLINE void bias(std::int64_t at, Vec<T> sum) const {
    T* const bias = gradient.net.parameters + at;
    store(bias, optimizer.step(load(bias), gradient.bias(sum), memory.slots, at));
  }
  void finish_layer(int l, const Part& part) const {
    if (l > 0) transpose_part(gradient.net, l, part);
  }
};

template <class T>
struct EpochTask {
  const Network<T>& net;
  const Table<T>& table;                // with an augmentation: of what it makes of a batch
  const Augmentation<T>* augmentation;  // or null
  OptimizerMemory<T>& memory;
  Epoch& epoch;
  double deadline;  // 0: none
  const Interrupt& interrupt;
  bool late;  // written by the leading thread before the barrier that ends a step
};

// One step, number n_steps; false if it was interrupted before it changed anything.
template <class T>
bool train_batch(const Team& team, EpochTask<T>& task, const Batch& batch, double learning_rate,
                 std::int64_t n_steps, double* loss) {
  const MeanGradient<T> gradient(task.net, batch.weight_sum);
  const Mode mode{n_steps, true};
  bool completed = false;
  if (needs_whole_gradients(task.net, task.memory)) {
    completed = forward_and_backward(team, task.net, task.table, batch, mode, task.interrupt,
                                     loss, StoreGradients<T>{gradient});
    if (!completed) return false;
    team.synchronize();
    step_by_whole_gradients(team, task.net, task.memory, learning_rate, n_steps);
    return true;
  }
  with_optimizer<T>(task.memory.settings, [&]<class Optimizer>(Kind<Optimizer>) {
    const Update<T, Optimizer> update(gradient, task.memory, learning_rate, n_steps);
    completed = forward_and_backward(team, task.net, task.table, batch, mode, task.interrupt,
                                     loss, update);
  });
  return completed;
}

// The rows of the epoch from `done` on, which the table has as they are to train.
template <class T>
Batch next_batch(const Team& team, const EpochTask<T>& task, const Epoch& epoch,
                 std::int64_t done, std::int64_t n_rows) {
  if (task.augmentation == nullptr)
    return make_batch(task.table, {epoch.order + done, 0, n_rows});
  const Augmentation<T>& augmentation = *task.augmentation;
  BatchAugmenter<T>(team, augmentation, epoch.order + done, done, n_rows,
                    augmentation.first_batch + done / epoch.batch_size)
      .run();
  team.synchronize();
  return make_batch(task.table, {nullptr, 0, n_rows * augmentation.copies()});
}

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
    const double rate = epoch.learning_rates[done / epoch.batch_size * epoch.rate_stride];
    const std::int64_t n_rows = left < epoch.batch_size ? left : epoch.batch_size;
    const Batch batch = next_batch(team, task, epoch, done, n_rows);
    done += n_rows;
    if (batch.weight_sum == 0.0) continue;  // nothing to learn from: nothing changes
    double loss = 0.0;
    if (!train_batch(team, task, batch, rate, n_steps + 1, &loss)) break;
    ++n_steps;
    loss_sum += loss * static_cast<double>(n_rows);
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
  Mode mode;
  double loss;
};

// Loss and complete gradients over all rows of the table.
template <class T>
void compute_gradients(const Team& team, void* context) {
  auto& task = *static_cast<GradientTask<T>*>(context);
  const Batch batch = make_batch(task.table, {nullptr, 0, task.table.n_rows});
  forward_and_backward(team, task.net, task.table, batch, task.mode, task.interrupt, &task.loss,
                       StoreGradients<T>{{task.net, batch.weight_sum}});
}

}  // namespace lightmlp::LIGHTMLP_ISA
