// The engine compiled for one instruction set, as a table of functions.
#pragma once

#include "interrupt.hpp"
#include "network.hpp"
#include "stages.hpp"

namespace lightmlp {

// One number for all steps of an epoch, or one per step.
struct PerStep {
  const double* values;
  std::int64_t stride;  // 0 where all steps share one

  LIGHTMLP_EVERYWHERE double at(std::int64_t step) const { return values[step * stride]; }
};

// What changes in the course of training.
struct EpochValues {
  PerStep learning_rates;
  PerStep decay_factors, dropout_factors;  // of weight decay and of the rates of dropout
};

// One epoch over `order`, and how far it has come.
struct Epoch {
  const std::int64_t* order;
  std::int64_t n_rows, batch_size;
  EpochValues values;
  std::int64_t done;  // rows visited
  double loss_sum;    // of loss times rows, over the batches so far
};

template <class T>
struct Kernels {
  // Goes on with the epoch until its end, or the first batch after the deadline (0: none).
  // With an augmentation (null: none) the table is of what it makes of each batch.
  Outcome (*train_batches)(const Network<T>&, const Table<T>&, const Augmentation<T>*,
                           OptimizerMemory<T>&, Epoch&, double deadline, int n_threads,
                           const Interrupt&);
  // The scores (n_rows, n_outputs) of the batch `order` in this mode.
  Outcome (*training_scores)(const Network<T>&, const Table<T>&, const std::int64_t* order,
                             std::int64_t n_rows, Mode, int n_threads, const Interrupt&,
                             T* scores);
  Outcome (*loss_and_gradients)(const Network<T>&, const Table<T>&, Mode, int n_threads,
                                const Interrupt&, double* loss);
  // `outputs` and `hidden` (one array per hidden layer) may be null; each thread has a
  // workspace.
  Outcome (*predict)(const Network<T>&, const Table<T>&, T* outputs, T* const* hidden,
                     bool inverse_link, const Workspace<T>*, int n_threads, const Interrupt&);
  void (*predict_few)(const DirectNetwork<T>&, const Table<T>&, T* outputs, bool inverse_link,
                      T* below, T* above);
  // Operations a second, two for each multiply-add, in a loop that does nothing else.
  double (*multiply_add_peak)(double seconds, int n_threads);
};

struct Backend {
  const char* isa;
  Kernels<float> float32;
  Kernels<double> float64;

  template <class T>
  const Kernels<T>& kernels() const {
    if constexpr (sizeof(T) == 4)
      return float32;
    else
      return float64;
  }
};

// The backend for this processor, or the one that the environment variable LIGHTMLP_ISA
// names. Throws std::runtime_error if that one is unknown or cannot run here.
const Backend& backend();

// Names of the backends that can run here, the best first, separated by commas.
const char* available_isas();

}  // namespace lightmlp
