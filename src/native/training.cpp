#include "training.hpp"

#include <algorithm>

#include "team.hpp"

namespace lightmlp {

namespace {

// The optimiser's update of one parameter takes about as long as so many multiply-adds.
constexpr double update_cost = 30.0;
// Copying weights to padded memory pays from this many rows on.
constexpr std::int64_t few_rows = 8;

double n_weights(const std::vector<std::int64_t>& widths) {
  double sum = 0.0;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l)
    sum += static_cast<double>(widths[l]) * static_cast<double>(widths[l + 1]);
  return sum;
}

double work_of_step(const NetworkSettings& settings, std::int64_t batch_size) {
  return n_weights(settings.widths) * (3.0 * static_cast<double>(batch_size) + update_cost);
}

int team_of_steps(const NetworkSettings& settings, std::int64_t batch_size, int allowed) {
  return useful_threads(work_of_step(settings, batch_size), allowed);
}

template <class T>
Outcome predict_padded(const Network<T>& net, std::int64_t widest, const Table<T>& table,
                       bool link, int n_threads, const Interrupt& interrupt, T* outputs,
                       T* const* hidden) {
  double weights = 0.0;
  for (int l = 0; l < net.n_layers; ++l)
    weights += static_cast<double>(net.layers[l].panels.size());
  const auto rows = static_cast<double>(table.n_rows);
  const auto blocks = (table.n_rows + prediction_rows - 1) / prediction_rows;
  const int useful = useful_threads(rows * weights, n_threads);
  const int threads = blocks < useful ? static_cast<int>(blocks) : useful;
  const std::int64_t size = prediction_rows * widest;
  const Buffer<T> buffers(2 * size * threads);
  return backend().kernels<T>().predict(net, table, outputs, hidden, link, buffers.data(), size,
                                        threads, interrupt);
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
  for (int l = 0; l + 1 < net.n_layers; ++l)
    size = std::max(size, TallShape<T>(net.layers[l]).scratch_size());
  return size;
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
                                 const double* learning_rates, std::int64_t n_rates,
                                 const Interrupt& interrupt, double* loss) {
  memory_.make_room(table_, order, n_rows);
  return train(table_, nullptr,
               {order, n_rows, batch_size_, learning_rates, n_rates > 1 ? 1 : 0, 0, 0.0},
               interrupt, loss);
}

template <class T>
Outcome Training<T>::train_augmented(const AugmentedRows<T>& rows, const std::int64_t* order,
                                     std::int64_t n_rows, const double* learning_rates,
                                     std::int64_t n_rates, const Interrupt& interrupt,
                                     double* loss) {
  const Augmentation<T> augmentation = augmentation_memory_.prepare(rows);
  return train(augmented_table(augmentation, rows.batch_size), &augmentation,
               {order, n_rows, rows.batch_size, learning_rates, n_rates > 1 ? 1 : 0, 0, 0.0},
               interrupt, loss);
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
                            const Interrupt& interrupt, T* scores) {
  memory_.make_room(table_, order, n_rows);
  return backend().kernels<T>().training_scores(net_, table_, order, n_rows,
                                                Mode{optimizer_.n_steps + 1, false},
                                                threads_.threads(), interrupt, scores);
}

template <class T>
Outcome Training<T>::predict(const Table<T>& table, T* outputs, const Interrupt& interrupt) {
  return predict_padded(net_, memory_.widest(), table, true, limit_.most, interrupt, outputs,
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
  const double work = 3.0 * n_weights(settings.widths) * static_cast<double>(table.n_rows);
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
                const Table<T>& table, bool link, int n_threads, const Interrupt& interrupt,
                T* outputs, const std::vector<T*>& hidden) {
  const std::vector<std::int64_t>& widths = settings.widths;
  const int n_layers = static_cast<int>(widths.size()) - 1;
  if (table.n_rows < few_rows && hidden.empty() && settings.normalizations.empty()) {
    const std::int64_t widest = *std::max_element(widths.begin(), widths.end());
    const Buffer<T> buffers(2 * widest);
    backend().kernels<T>().predict_few(
        {n_layers, widths.data() + 1, parameters.weights.data(), parameters.bias.data(),
         settings.activations.data(), settings.loss.settings()},
        table, outputs, link, buffers.data(), buffers.data() + widest);
    return Outcome::done;
  }
  NetworkMemory<T> memory(settings, table.is_sparse());
  memory.set_parameters(parameters);
  return predict_padded(memory.network(), memory.widest(), table, link, n_threads, interrupt,
                        outputs, hidden.empty() ? nullptr : hidden.data());
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
