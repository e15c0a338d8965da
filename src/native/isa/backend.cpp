// Compiled once per instruction set, with LIGHTMLP_ISA naming it. What it takes from outside
// its namespace is inlined (atomics, LIGHTMLP_EVERYWHERE): the linker might keep this file's
// copy of a function, built for this instruction set, for the whole program.
#include "../backend.hpp"
#include "../peak.hpp"
#include "../predict.hpp"
#include "../train.hpp"

#define LIGHTMLP_TEXT(name) #name
#define LIGHTMLP_NAME(name) LIGHTMLP_TEXT(name)

namespace lightmlp::LIGHTMLP_ISA {

namespace {

template <class T>
Outcome train_batches(const Network<T>& net, const Table<T>& table,
                      const Augmentation<T>* augmentation, OptimizerMemory<T>& memory,
                      Epoch& epoch, double deadline, int n_threads,
                      const Interrupt& interrupt) {
  EpochTask<T> task{net, table, augmentation, memory, epoch, deadline, interrupt, false};
  return run_team(n_threads, run_batches<T>, &task);
}

template <class T>
Outcome training_scores(const Network<T>& net, const Table<T>& table, const std::int64_t* order,
                        std::int64_t n_rows, Mode mode, int n_threads,
                        const Interrupt& interrupt, T* scores) {
  ScoreTask<T> task{net, table, {order, 0, n_rows}, mode, scores, interrupt};
  return run_team(n_threads, compute_scores<T>, &task);
}

template <class T>
Outcome loss_and_gradients(const Network<T>& net, const Table<T>& table, Mode mode,
                           int n_threads, const Interrupt& interrupt, double* loss) {
  GradientTask<T> task{net, table, interrupt, mode, 0.0};
  const Outcome outcome = run_team(n_threads, compute_gradients<T>, &task);
  *loss = task.loss;
  return outcome;
}

template <class T>
Outcome predict(const Network<T>& net, const Table<T>& table, T* outputs, T* const* hidden,
                bool inverse_link, const Workspace<T>* workspaces, int n_threads,
                const Interrupt& interrupt) {
  const Prediction<T> result{outputs, hidden, inverse_link};
  std::atomic<std::int64_t> next{0};
  PredictionTask<T> task{net, table, result, workspaces, interrupt, &next};
  return run_team(n_threads, predict_rows<T>, &task);
}

template <class T>
constexpr Kernels<T> kernels() {
  return {train_batches<T>, training_scores<T>, loss_and_gradients<T>,
          predict<T>,       predict_few<T>,     multiply_add_peak<T>};
}

}  // namespace

extern const Backend backend;
// Known when compiled: no code of this instruction set runs when the program is loaded.
constinit const Backend backend{LIGHTMLP_NAME(LIGHTMLP_ISA), kernels<float>(),
                                kernels<double>()};

}  // namespace lightmlp::LIGHTMLP_ISA
