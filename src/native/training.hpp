// A training run, a gradient and a prediction: memory and kernels put together.
#pragma once

#include <memory>
#include <vector>

#include "augmentation_memory.hpp"
#include "backend.hpp"
#include "memory.hpp"
#include "optimizer_slots.hpp"
#include "thread_choice.hpp"

namespace lightmlp {

// Parameters, optimiser state and best parameters of a run; the table is not owned.
template <class T>
class Training {
 public:
  Training(const NetworkSettings& settings, const OptimizerSettings& optimizer,
           const TrainingRules& rules, const Table<T>& table, std::int64_t batch_size,
           ThreadLimit limit);
  Training(const Training&) = delete;  // net_ refers to memory_
  Training& operator=(const Training&) = delete;

  std::int64_t n_flat() const { return memory_.layout().n_flat(); }
  std::int64_t batch_size() const { return batch_size_; }
  std::int64_t n_steps() const { return optimizer_.n_steps; }

  void set_parameters(const UserParameters<T>& parameters) {
    memory_.set_parameters(parameters);
  }
  // A flat vector as described at Layout.
  void get_parameters(T* flat) const { memory_.layout().unpad(net_.parameters, flat); }
  void set_n_steps(std::int64_t n_steps) { optimizer_.n_steps = n_steps; }
  // Of the optimiser, which goes on with them as long as the run does.
  std::shared_ptr<OptimizerSlots<T>> slots() const { return slots_; }

  // The mean loss of the epoch in `loss`.
  Outcome train_epoch(const std::int64_t* order, std::int64_t n_rows, const EpochValues& values,
                      const Interrupt& interrupt, double* loss);
  // The same with changed rows of another table. Batches times copies must fit.
  Outcome train_augmented(const AugmentedRows<T>& rows, const std::int64_t* order,
                          std::int64_t n_rows, const EpochValues& values,
                          const Interrupt& interrupt, double* loss);
  // The scores (n_rows, n_outputs) of a batch as the next step will compute them.
  Outcome scores(const std::int64_t* order, std::int64_t n_rows, double dropout_factor,
                 const Interrupt& interrupt, T* scores);
  Outcome predict(const Table<T>& table, T* outputs, const Interrupt& interrupt);
  // Go on with another table of the same kind, dense or sparse, and batches of at most the
  // size that the run began with.
  void set_data(const Table<T>& table, std::int64_t batch_size);
  bool is_sparse() const { return table_.is_sparse(); }
  std::int64_t largest_batch() const { return largest_batch_; }
  void keep_best();
  void restore_best();

 private:
  Outcome train(const Table<T>& table, const Augmentation<T>* augmentation, Epoch epoch,
                const Interrupt& interrupt, double* loss);

  NetworkMemory<T> memory_;
  Network<T>& net_;
  Table<T> table_;
  std::int64_t largest_batch_, batch_size_;
  ThreadLimit limit_;
  ThreadChoice threads_;
  std::shared_ptr<OptimizerSlots<T>> slots_;
  Buffer<T> scratch_;
  OptimizerMemory<T> optimizer_;
  Buffer<T> best_;
  AugmentationMemory<T> augmentation_memory_;
};

// How loss_and_gradients looks at the network: in training if step > 0.
struct GradientSettings {
  double delta_scale;
  std::int64_t step;
  std::uint64_t seed;
};

// Loss and flat gradients over all rows of the table, at the flat parameters.
template <class T>
Outcome loss_and_gradients(const NetworkSettings& settings, const T* flat_parameters,
                           const Table<T>& table, const GradientSettings& gradient,
                           ThreadLimit limit, const Interrupt& interrupt, double* loss,
                           T* flat_gradients);

// Outputs (n_rows, n_outputs) and the activations of the hidden layers; either may be empty.
template <class T>
Outcome predict(const NetworkSettings& settings, const UserParameters<T>& parameters,
                const Table<T>& table, bool inverse_link, int n_threads,
                const Interrupt& interrupt, T* outputs, const std::vector<T*>& hidden);

}  // namespace lightmlp
