#include "training.hpp"

#include <algorithm>

#include "team.hpp"

namespace lightmlp {

namespace {

// The optimiser's update of one parameter takes about as long as so many multiply-adds.
constexpr double update_cost = 30.0;
// Copying weights to padded memory pays from this many rows on.
constexpr std::int64_t few_rows = 8;

double n_weights(const NetworkSettings& settings) {
  double sum = 0.0;
  for (const StepSettings& step : settings.steps)
    sum += static_cast<double>(step.n_inputs) * static_cast<double>(step.n_outputs);
  return sum;
}

double work_of_step(const NetworkSettings& settings, std::int64_t batch_size) {
  return n_weights(settings) * (3.0 * static_cast<double>(batch_size) + update_cost);
}

int team_of_steps(const NetworkSettings& settings, std::int64_t batch_size, int allowed) {
  return useful_threads(work_of_step(settings, batch_size), allowed);
}

template <class T>
Outcome predict_padded(NetworkMemory<T>& memory, const Table<T>& table, bool inverse_link,
                       int n_threads, const Interrupt& interrupt, T* outputs,
                       T* const* hidden) {
  const Network<T>& net = memory.network();
  double weights = 0.0;
  for (int l = 0; l < net.n_layers; ++l)
    weights += static_cast<double>(net.layers[l].panels().size());
  const auto rows = static_cast<double>(table.n_rows);
  const auto blocks = (table.n_rows + prediction_rows - 1) / prediction_rows;
  const int useful = useful_threads(rows * weights, n_threads);
  const int threads = blocks < useful ? static_cast<int>(blocks) : useful;
  return backend().kernels<T>().predict(net, table, outputs, hidden, inverse_link,
                                        memory.prediction_workspaces(threads), threads,
                                        interrupt);
}

// An optimiser like L-BFGS asks for gradients of the same size again and again: the choice
// made for the last ones on this thread goes on.
ThreadChoice& choice_for_gradients(int useful, bool adapts, StepKind kind) {
  thread_local StepKind last_kind;
  thread_local int last_useful = 0;
  thread_local bool did_adapt = false;
  thread_local ThreadChoice choice(1, false, {}, 1.0);
  if (kind != last_kind || useful != last_useful || adapts != did_adapt) {
    choice = ThreadChoice(useful, adapts, kind, 1.0);
    last_kind = kind;
    last_useful = useful;
    did_adapt = adapts;
  }
  return choice;
}

// What the optimiser works in, for all layers in turn.
template <class T>
std::int64_t scratch_size(const Network<T>& net, Optimizer kind) {
  std::int64_t size = 0;
  if (kind != Optimizer::muon) return size;
  for (int s = 0; s < net.n_spans; ++s)
    if (net.spans[s].rule.is_orthogonal)
      size = std::max(size, TallShape<T>(net.spans[s]).scratch_size());
  return size;
}

template <class T>
Outcome predict_few_rows(const NetworkSettings& settings, const UserParameters<T>& parameters,
                         const Table<T>& table, bool inverse_link, T* outputs) {
  std::vector<std::int64_t> widths;
  std::vector<Activation> activations;
  std::int64_t widest = 0;
  for (const StepSettings& step : settings.steps) {
    const bool activates = !step.elementwise.empty();
    widths.push_back(step.n_outputs);
    activations.push_back(activates ? step.elementwise[0].activation : Activation::identity);
    widest = std::max(widest, step.n_outputs);
  }
  const Buffer<T> buffers(2 * widest);
  backend().kernels<T>().predict_few(
      {static_cast<int>(widths.size()), widths.data(), parameters.data(), activations.data(),
       settings.loss.settings()},
      table, outputs, inverse_link, buffers.data(), buffers.data() + widest);
  return Outcome::done;
}

}  // namespace

template <class T>
Training<T>::Training(const NetworkSettings& settings, const OptimizerSettings& optimizer,
                      const TrainingRules& rules, const Table<T>& table,
                      std::int64_t batch_size, ThreadLimit limit)
    : memory_(settings, rules, table, batch_size,
              team_of_steps(settings, batch_size, limit.most)),
      net_(memory_.network()),
      table_(table),
      largest_batch_(batch_size),
      batch_size_(batch_size),
      limit_(limit),
      threads_(team_of_steps(settings, batch_size, limit.most), limit.adapts,
               {work_of_step(settings, batch_size), sizeof(T)},
               static_cast<double>(batch_size)),
      slots_(std::make_shared<OptimizerSlots<T>>(memory_.layout(), n_slots(optimizer.kind))),
      scratch_(scratch_size(net_, optimizer.kind)),
      optimizer_{optimizer, {}, scratch_.data(), 0} {
  for (int slot = 0; slot < slots_->count(); ++slot)
    optimizer_.slots[slot] = slots_->padded_values(slot);
}

template <class T>
Outcome Training<T>::train_epoch(const std::int64_t* order, std::int64_t n_rows,
                                 const EpochValues& values, const Interrupt& interrupt,
                                 double* loss) {
  memory_.make_room(table_, order, n_rows);
  return train(table_, nullptr, {order, n_rows, batch_size_, values, 0, 0.0}, interrupt, loss);
}

template <class T>
Outcome Training<T>::train_augmented(const AugmentedRows<T>& rows, const std::int64_t* order,
                                     std::int64_t n_rows, const EpochValues& values,
                                     const Interrupt& interrupt, double* loss) {
  const Augmentation<T> augmentation = augmentation_memory_.prepare(rows);
  return train(augmented_table(augmentation, rows.batch_size), &augmentation,
               {order, n_rows, rows.batch_size, values, 0, 0.0}, interrupt, loss);
}

template <class T>
Outcome Training<T>::train(const Table<T>& table, const Augmentation<T>* augmentation,
                           Epoch epoch, const Interrupt& interrupt, double* loss) {
  while (epoch.done < epoch.n_rows) {
    const double start = clock_seconds();
    const std::int64_t before = epoch.done;
    const int n_threads = threads_.begin(start);
    const double deadline = threads_.adapts() ? start + threads_.seconds() : 0.0;
    const Outcome outcome = backend().kernels<T>().train_batches(
        net_, table, augmentation, optimizer_, epoch, deadline, n_threads, interrupt);
    if (outcome == Outcome::interrupted) return outcome;
    threads_.end(clock_seconds(), static_cast<double>(epoch.done - before));
  }
  *loss = epoch.loss_sum / static_cast<double>(epoch.n_rows);
  return Outcome::done;
}

template <class T>
Outcome Training<T>::scores(const std::int64_t* order, std::int64_t n_rows,
                            double dropout_factor, const Interrupt& interrupt, T* scores) {
  memory_.make_room(table_, order, n_rows);
  return backend().kernels<T>().training_scores(
      net_, table_, order, n_rows, Mode{optimizer_.n_steps + 1, false, dropout_factor},
      threads_.threads(), interrupt, scores);
}

template <class T>
Outcome Training<T>::predict(const Table<T>& table, T* outputs, const Interrupt& interrupt) {
  return predict_padded(memory_, table, true, limit_.most, interrupt, outputs,
                        static_cast<T* const*>(nullptr));
}

template <class T>
void Training<T>::set_data(const Table<T>& table, std::int64_t batch_size) {
  table_ = table;
  batch_size_ = batch_size;
}

template <class T>
void Training<T>::keep_best() {
  if (best_.size() == 0) best_ = Buffer<T>(net_.n_parameters);
  std::copy_n(net_.parameters, net_.n_parameters, best_.data());
}

template <class T>
void Training<T>::restore_best() {
  if (best_.size() == 0) return;
  std::copy_n(best_.data(), net_.n_parameters, net_.parameters);
  memory_.transpose_all();
}

template <class T>
Outcome loss_and_gradients(const NetworkSettings& settings, const T* flat_parameters,
                           const Table<T>& table, const GradientSettings& gradient,
                           ThreadLimit limit, const Interrupt& interrupt, double* loss,
                           T* flat_gradients) {
  TrainingRules rules;
  rules.seed = gradient.seed;
  const double work = 3.0 * n_weights(settings) * static_cast<double>(table.n_rows);
  const int useful = useful_threads(work, limit.most);
  NetworkMemory<T> memory(settings, rules, table, table.n_rows, useful);
  Network<T>& net = memory.network();
  net.delta_scale = gradient.delta_scale;
  memory.set_parameters(memory.layout().arrays(flat_parameters));
  memory.make_room(table, nullptr, table.n_rows);
  ThreadChoice& choice = choice_for_gradients(useful, limit.adapts, {work, sizeof(T)});
  const int n_threads = choice.begin(clock_seconds());
  const Outcome outcome = backend().kernels<T>().loss_and_gradients(
      net, table, Mode{gradient.step, false}, n_threads, interrupt, loss);
  choice.end(clock_seconds(), 1.0);
  memory.layout().unpad(net.gradients, flat_gradients);
  return outcome;
}

template <class T>
Outcome predict(const NetworkSettings& settings, const UserParameters<T>& parameters,
                const Table<T>& table, bool inverse_link, int n_threads,
                const Interrupt& interrupt, T* outputs, const std::vector<T*>& hidden) {
  if (table.n_rows < few_rows && hidden.empty() && settings.is_plain())
    return predict_few_rows(settings, parameters, table, inverse_link, outputs);
  NetworkMemory<T> memory(settings, table.is_sparse());
  memory.set_parameters(parameters);
  return predict_padded(memory, table, inverse_link, n_threads, interrupt, outputs,
                        hidden.empty() ? nullptr : hidden.data());
}

template class Training<float>;
template class Training<double>;
template Outcome loss_and_gradients(const NetworkSettings&, const float*, const Table<float>&,
                                    const GradientSettings&, ThreadLimit, const Interrupt&,
                                    double*, float*);
template Outcome loss_and_gradients(const NetworkSettings&, const double*, const Table<double>&,
                                    const GradientSettings&, ThreadLimit, const Interrupt&,
                                    double*, double*);
template Outcome predict(const NetworkSettings&, const UserParameters<float>&,
                         const Table<float>&, bool, int, const Interrupt&, float*,
                         const std::vector<float*>&);
template Outcome predict(const NetworkSettings&, const UserParameters<double>&,
                         const Table<double>&, bool, int, const Interrupt&, double*,
                         const std::vector<double*>&);

}  // namespace lightmlp
