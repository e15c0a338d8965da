// Steps over batches: loss, gradients, L2 penalty and update; one epoch over a given order.
#pragma once

#include "augment.hpp"
#include "backend.hpp"
#include "batch.hpp"
#include "optimizers.hpp"
#include "surroundings.hpp"
#include "whole_step.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// The gradient of the batch's mean loss, (sum of deltas . inputs + alpha W + l1 sign(W)) /
// sum of weights, cut to clip_value.
template <class T>
struct MeanGradient {
  const T* parameters;
  Vec<T> alpha, scale;
  T l1, largest;
  bool has_l1, is_cut;

  MeanGradient(const Network<T>& net, double weight_sum)
      : parameters(net.parameters),
        alpha(broadcast(static_cast<T>(net.alpha))),
        scale(broadcast(static_cast<T>(1.0 / weight_sum))),
        l1(static_cast<T>(net.l1)),
        largest(static_cast<T>(net.clipping.value)),
        has_l1(net.l1 != 0.0),
        is_cut(net.clipping.value < __builtin_inf()) {}

  LIGHTMLP_INLINE Vec<T> weights(std::int64_t at, Vec<T> sum) const {
    const Vec<T> w = load(parameters + at);
    Vec<T> penalized = fma(alpha, w, sum);
    if (has_l1) penalized += w > T(0) ? broadcast(l1) : w < T(0) ? broadcast(-l1) : Vec<T>{};
    return others(penalized);
  }
  LIGHTMLP_INLINE Vec<T> others(Vec<T> sum) const {
    const Vec<T> mean = sum * scale;
    return is_cut ? clamped<T>(mean, -largest, largest) : mean;
  }
};

template <class T>
struct StoreGradients {
  static constexpr bool takes_long = false;
  MeanGradient<T> gradient;
  T* gradients;

  LIGHTMLP_INLINE void weights(std::int64_t at, Vec<T> sum) const {
    store(gradients + at, gradient.weights(at, sum));
  }
  LIGHTMLP_INLINE void others(std::int64_t at, Vec<T> sum) const {
    store(gradients + at, gradient.others(sum));
  }
  bool is_for(const Span&) const { return true; }
  StoreGradients of(const Span&) const { return *this; }
  void finish_layer(int, const Part&) const {}
};

// Makes a step as soon as a gradient is known. What all weights need lies within the object,
// not behind references: the address of a weight is the first link of a long chain.
template <class T, class Optimizer>
struct Update {
  static constexpr bool takes_long = true;
  const Network<T>& net;
  const OptimizerMemory<T>& memory;
  const StepValues& values;
  MeanGradient<T> gradient;
  Optimizer optimizer;
  T shrink = T(1);
  bool shrinks = false;
  T* parameters;
  T* slots[most_slots];

  Update(const Network<T>& network, const MeanGradient<T>& mean,
         const OptimizerMemory<T>& state, const StepValues& of_step, double rate)
      : net(network),
        memory(state),
        values(of_step),
        gradient(mean),
        optimizer(state.settings, rate, of_step.number),
        parameters(net.parameters),
        slots{state.slots[0], state.slots[1], state.slots[2]} {
    static_assert(most_slots == 3);
  }

  bool is_for(const Span& span) const {
    return span.rule.lr_factor == 1.0 && span.rule.weight_decay == 0.0;
  }
  // The step of one parameter, by its rule.
  Update of(const Span& span) const {
    const ParameterRule& rule = span.rule;
    Update own = rule.lr_factor == 1.0
                     ? *this
                     : Update(net, gradient, memory, values, values.rate(rule));
    own.shrink = values.shrinkage<T>(rule);
    own.shrinks = own.shrink != T(1);
    return own;
  }

  LIGHTMLP_INLINE void weights(std::int64_t at, Vec<T> sum) const {
    move(at, gradient.weights(at, sum));
  }
  LIGHTMLP_INLINE void others(std::int64_t at, Vec<T> sum) const {
    move(at, gradient.others(sum));
  }
  void finish_layer(int l, const Part& part) const { transpose_part(net, l, part); }

 private:
  LIGHTMLP_INLINE void move(std::int64_t at, Vec<T> mean_gradient) const {
    Vec<T> before = load(parameters + at);
    if (shrinks) before *= shrink;
    store(parameters + at, optimizer.step(before, mean_gradient, slots, at));
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

// One step; false if it was interrupted before it changed anything.
template <class T>
bool train_batch(const Team& team, EpochTask<T>& task, const Batch& batch,
                 const StepValues& values, double dropout_factor, double* loss) {
  const MeanGradient<T> gradient(task.net, batch.weight_sum);
  const Mode mode{values.number, true, dropout_factor};
  bool completed = false;
  if (needs_whole_gradients(task.net, task.memory)) {
    completed = forward_and_backward(team, task.net, task.table, batch, mode, task.interrupt,
                                     loss, StoreGradients<T>{gradient, task.net.gradients});
    if (!completed) return false;
    team.synchronize();
    step_by_whole_gradients(team, task.net, task.memory, values);
    return true;
  }
  with_optimizer<T>(task.memory.settings, [&]<class Optimizer>(Kind<Optimizer>) {
    const Update<T, Optimizer> update(task.net, gradient, task.memory, values,
                                      values.learning_rate);
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
    const std::int64_t step = done / epoch.batch_size;
    const StepValues values{n_steps + 1, epoch.values.learning_rates.at(step),
                            epoch.values.decay_factors.at(step)};
    const double dropout_factor = epoch.values.dropout_factors.at(step);
    const std::int64_t n_rows = left < epoch.batch_size ? left : epoch.batch_size;
    const Batch batch = next_batch(team, task, epoch, done, n_rows);
    done += n_rows;
    if (batch.weight_sum == 0.0) {  // nothing to learn from: nothing changes
      team.synchronize();           // before the next batch takes its place
      continue;
    }
    double loss = 0.0;
    if (!train_batch(team, task, batch, values, dropout_factor, &loss)) break;
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
struct ScoreTask {
  const Network<T>& net;
  const Table<T>& table;
  Block rows;
  Mode mode;
  T* scores;  // (rows, n_outputs)
  const Interrupt& interrupt;
};

// The scores of a batch from which a step of training begins.
template <class T>
void compute_scores(const Team& team, void* context) {
  const auto& task = *static_cast<ScoreTask<T>*>(context);
  const Batch batch = make_batch(task.table, task.rows);
  const std::int64_t n_groups = count_row_groups(task.net.is_grouped, task.rows.rows);
  BatchTask<T>{team, task.net, task.table, batch, task.mode, n_groups, task.interrupt}
      .write_scores(task.scores);
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
                       StoreGradients<T>{{task.net, batch.weight_sum}, task.net.gradients});
}

}  // namespace lightmlp::LIGHTMLP_ISA
