// The only file that sees Python: checks arguments, releases the GIL, passes pointers.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "../backend.hpp"
#include "../random.hpp"
#include "../team.hpp"
#include "../training.hpp"
#include "names.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace lightmlp {

namespace {

template <class T, int N>
using In = nb::ndarray<const T, nb::ndim<N>, nb::c_contig, nb::device::cpu>;
template <class T, int N>
using Out = nb::ndarray<T, nb::ndim<N>, nb::c_contig, nb::device::cpu>;

template <class Message>
void require(bool holds, const Message& message) {
  if (!holds) throw std::invalid_argument(message);
}

template <class T>
void require_size(const T& array, std::int64_t size, const std::string& name) {
  if (static_cast<std::int64_t>(array.size()) != size)
    throw std::invalid_argument(name + " has " + std::to_string(array.size()) +
                                " values, expected " + std::to_string(size) + ".");
}

LossParameters make_loss(const std::string& name, double delta, double power, double gamma,
                         double label_smoothing, std::vector<double> levels,
                         std::vector<std::int64_t> group_sizes,
                         std::vector<double> class_weight) {
  require(!levels.empty(), "levels must not be empty.");
  for (const std::int64_t size : group_sizes) require(size >= 1, "groups must be positive.");
  return {find(loss_names, name, "loss"),
          delta,
          power,
          gamma,
          label_smoothing,
          std::move(levels),
          std::move(group_sizes),
          std::move(class_weight)};
}

// The parameters must suit the columns of the output layer.
void require_loss_for(const LossParameters& loss, std::int64_t n_columns) {
  const LossSettings settings = loss.settings();
  std::int64_t grouped = 0;
  for (const std::int64_t size : loss.group_sizes) grouped += size;
  require(loss.group_sizes.empty() || grouped == n_columns,
          "groups must add up to the columns of the output layer.");
  require(n_columns % settings.n_levels == 0,
          "The output layer needs a column for each target and level.");
  const std::int64_t weights = settings.takes_codes() ? n_columns : 2 * n_columns;
  require(loss.class_weight.empty() ||
              static_cast<std::int64_t>(loss.class_weight.size()) == weights,
          "class_weight must have one value a class of each output.");
}

// So many padded weights fit into no memory; below this no product of sizes overflows.
constexpr double most_values = 1e15;

double rate_of_dropout(double rate) {
  require(rate >= 0.0 && rate < 1.0, "Rates of dropout must be at least 0 and below 1.");
  return rate;
}

// None of a kind for all layers is an empty list; the output layer has none.
NetworkSettings make_settings(std::vector<std::int64_t> widths,
                              const std::vector<std::string>& activations,
                              const LossParameters& loss, double alpha, double l1,
                              const std::vector<std::string>& normalizations,
                              const std::vector<double>& dropout, double input_dropout) {
  require(widths.size() >= 2, "widths needs the input's and the output's.");
  require(activations.size() + 1 == widths.size(), "activations needs one name a layer.");
  require(activations.back() == "identity", "The last layer's activation is the identity.");
  std::vector<Activation> kinds;
  for (const std::string& name : activations)
    kinds.push_back(find(activation_names, name, "activation"));
  double values = 0.0, before = 0.0;
  for (const std::int64_t width : widths) {
    require(width >= 1, "widths must be positive.");
    const double now = static_cast<double>(width) + static_cast<double>(padding_bytes);
    values += std::max(before, 1.0) * now;
    before = now;
  }
  require(values < most_values, "widths ask for more memory than there is.");
  require_loss_for(loss, widths.back());
  const std::size_t n_layers = kinds.size();
  std::vector<Normalization> norms;
  for (const std::string& name : normalizations)
    norms.push_back(find(normalization_names, name, "normalization"));
  require(norms.empty() || (norms.size() == n_layers && norms.back() == Normalization::none),
          "normalizations needs one name a layer, the last one's is none.");
  for (const double rate : dropout) rate_of_dropout(rate);
  require(dropout.empty() || (dropout.size() == n_layers && dropout.back() == 0.0),
          "dropout needs one rate a layer, the last one's is 0.");
  return {std::move(widths), std::move(kinds), loss, alpha, l1, rate_of_dropout(input_dropout),
          std::move(norms),  dropout};
}

void bind_rules(nb::module_& m) {
  nb::class_<TrainingRules>(m, "Rules", "What is done around the optimiser's step.")
      .def(
          "__init__",
          [](TrainingRules* self, double clip_value, double clip_norm, double max_norm,
             int n_frozen, std::vector<double> layer_rates, std::uint64_t seed) {
            require(clip_value > 0.0 && clip_norm > 0.0 && max_norm > 0.0,
                    "clip_value, clip_norm and max_norm must be positive.");
            require(n_frozen >= 0, "n_frozen must not be negative.");
            new (self) TrainingRules{
                clip_value, clip_norm, max_norm, n_frozen, std::move(layer_rates), seed};
          },
          "clip_value"_a, "clip_norm"_a, "max_norm"_a, "n_frozen"_a, "layer_rates"_a, "seed"_a);
}

void bind_network(nb::module_& m) {
  nb::class_<NetworkSettings>(m, "Network", "What is computed: layers and loss.")
      .def(
          "__init__",
          [](NetworkSettings* self, std::vector<std::int64_t> widths,
             const std::vector<std::string>& activations, const LossParameters& loss,
             double alpha, double l1, const std::vector<std::string>& normalizations,
             const std::vector<double>& dropout, double input_dropout) {
            new (self)
                NetworkSettings(make_settings(std::move(widths), activations, loss, alpha, l1,
                                              normalizations, dropout, input_dropout));
          },
          "widths"_a, "activations"_a, "loss"_a, "alpha"_a, "l1"_a, "normalizations"_a,
          "dropout"_a, "input_dropout"_a);
}

// Before Python 3.14, a thread that waits for the GIL when the interpreter shuts down is ended
// by unwinding its stack, which C++ frames further up would answer with abort(): it rests
// here until the process ends.
void take_gil_back(PyThreadState* thread) {
  try {
    PyEval_RestoreThread(thread);
  } catch (...) {
    while (true) std::this_thread::sleep_for(std::chrono::hours(1));
  }
}

// Python handles signals in its main thread alone.
bool in_main_thread() {
  const nb::object main_thread = nb::module_::import_("threading").attr("main_thread")();
  return PyThread_get_thread_ident() == nb::cast<unsigned long>(main_thread.attr("ident"));
}

// Looks for Ctrl-C a few times in a tenth of a second; the exception waits in Python.
class Signals {
 public:
  Interrupt interrupt() {
    return in_main_thread() ? Interrupt{&Signals::requested, this}
                            : Interrupt{nullptr, nullptr};
  }

 private:
  using Clock = std::chrono::steady_clock;

  static bool requested(void* context) {
    auto& self = *static_cast<Signals*>(context);
    const auto now = Clock::now();
    if (now - self.last_look_ < std::chrono::milliseconds(40)) return false;
    self.last_look_ = now;
    const nb::gil_scoped_acquire gil;
    return PyErr_CheckSignals() != 0;
  }

  Clock::time_point last_look_ = Clock::now();
};

// Run function(interrupt) without the GIL; Python's KeyboardInterrupt if it was stopped.
template <class Function>
void run(Function function) {
  Signals signals;
  const Interrupt interrupt = signals.interrupt();
  Outcome outcome = Outcome::done;
  std::exception_ptr error;
  PyThreadState* const thread = PyEval_SaveThread();
  try {
    outcome = function(interrupt);
  } catch (...) {
    error = std::current_exception();
  }
  take_gil_back(thread);
  if (error) std::rethrow_exception(error);
  if (outcome == Outcome::interrupted) throw nb::python_error();
}

// A table with the arrays that it points to.
template <class T>
struct BoundTable {
  Table<T> table{};
  std::vector<nb::object> owners;

  static BoundTable dense(const In<T, 2>& X) {
    BoundTable bound;
    bound.table.n_rows = static_cast<std::int64_t>(X.shape(0));
    bound.table.n_features = static_cast<std::int64_t>(X.shape(1));
    bound.table.dense = X.data();
    bound.table.dense_stride = bound.table.n_features;
    bound.owners.push_back(nb::cast(X));
    return bound;
  }

  static BoundTable csr(const In<std::int64_t, 1>& row_starts,
                        const In<std::int32_t, 1>& columns, const In<T, 1>& values,
                        std::int64_t n_features) {
    BoundTable bound;
    require(row_starts.size() >= 1, "row_starts must not be empty.");
    require(n_features >= 1, "n_features must be positive.");
    bound.table.n_rows = static_cast<std::int64_t>(row_starts.size()) - 1;
    bound.table.n_features = n_features;
    bound.table.row_starts = row_starts.data();
    bound.table.columns = columns.data();
    bound.table.values = values.data();
    check_csr(bound.table, static_cast<std::int64_t>(columns.size()));
    require_size(values, static_cast<std::int64_t>(columns.size()), "values");
    bound.owners = {nb::cast(row_starts), nb::cast(columns), nb::cast(values)};
    return bound;
  }

  static void check_csr(const Table<T>& table, std::int64_t n_values) {
    require(table.row_starts[0] == 0 && table.row_starts[table.n_rows] == n_values,
            "row_starts must begin with 0 and end with the number of values.");
    for (std::int64_t i = 0; i < table.n_rows; ++i)
      require(table.row_starts[i] <= table.row_starts[i + 1], "row_starts must not decrease.");
    for (std::int64_t k = 0; k < n_values; ++k)
      require(table.columns[k] >= 0 && table.columns[k] < table.n_features,
              "columns must lie between 0 and n_features - 1.");
  }

  void set_targets(const In<T, 2>& targets) {
    require(static_cast<std::int64_t>(targets.shape(0)) == table.n_rows,
            "targets needs one row a row of X.");
    table.targets = targets.data();
    n_targets = static_cast<std::int64_t>(targets.shape(1));
    owners.push_back(nb::cast(targets));
  }

  void set_codes(const In<std::int32_t, 2>& codes) {
    require(static_cast<std::int64_t>(codes.shape(0)) == table.n_rows,
            "codes needs one row a row of X.");
    largest_codes.assign(codes.shape(1), -1);
    for (std::size_t i = 0; i < codes.size(); ++i) {
      require(codes.data()[i] >= 0, "codes must not be negative.");
      std::int64_t& largest = largest_codes[i % codes.shape(1)];
      largest = std::max<std::int64_t>(largest, codes.data()[i]);
    }
    table.codes = codes.data();
    owners.push_back(nb::cast(codes));
  }

  void set_sample_weight(const In<T, 1>& weight) {
    require_size(weight, table.n_rows, "sample_weight");
    table.sample_weight = weight.data();
    owners.push_back(nb::cast(weight));
  }

  // For training: the targets must be of the kind and width that the network needs.
  void require_targets_for(const NetworkSettings& settings) const {
    require_features_of(settings);
    const std::int64_t n = settings.widths.back();
    const LossSettings loss = settings.loss.settings();
    if (loss.takes_codes())
      require(table.codes != nullptr && has_codes_for(loss, n),
              "This loss needs class codes between 0 and the classes of each output - 1.");
    else
      require(table.targets != nullptr && n_targets * loss.n_levels == n,
              "This loss needs targets (n_rows, n_targets).");
  }

  bool has_codes_for(const LossSettings& loss, std::int64_t n_columns) const {
    if (static_cast<std::int64_t>(largest_codes.size()) != loss.n_groups) return false;
    for (std::int64_t g = 0; g < loss.n_groups; ++g)
      if (largest_codes[static_cast<std::size_t>(g)] >= loss.group_size(g, n_columns))
        return false;
    return true;
  }

  void require_features_of(const NetworkSettings& settings) const {
    if (table.n_features != settings.widths.front())
      throw std::invalid_argument("X has " + std::to_string(table.n_features) +
                                  " columns, the network expects " +
                                  std::to_string(settings.widths.front()) + ".");
  }

  std::int64_t n_targets = 0;
  std::vector<std::int64_t> largest_codes;  // of each output
};

template <class T>
void require_output(const Out<T, 2>& out, const Table<T>& table, std::int64_t width) {
  require(static_cast<std::int64_t>(out.shape(0)) == table.n_rows &&
              static_cast<std::int64_t>(out.shape(1)) == width,
          "An output array has the wrong shape.");
}

template <class T>
void bind_predict(nb::module_& m) {
  m.def(
      "predict",
      [](const NetworkSettings& settings, const std::vector<In<T, 2>>& coefs,
         const std::vector<In<T, 1>>& intercepts, const BoundTable<T>& table, bool link,
         int n_threads, std::optional<Out<T, 2>> out, const std::vector<Out<T, 2>>& hidden) {
        const std::size_t n_layers = settings.widths.size() - 1;
        table.require_features_of(settings);
        require(coefs.size() == n_layers && intercepts.size() == n_layers,
                "coefs and intercepts need one array a layer.");
        UserParameters<T> parameters;
        for (std::size_t l = 0; l < n_layers; ++l) {
          require_size(coefs[l], settings.widths[l] * settings.widths[l + 1], "coefs");
          require_size(intercepts[l], settings.bias_rows(l) * settings.widths[l + 1],
                       "intercepts");
          parameters.weights.push_back(coefs[l].data());
          parameters.bias.push_back(intercepts[l].data());
        }
        require(hidden.empty() || hidden.size() == n_layers - 1,
                "hidden needs one array a hidden layer.");
        std::vector<T*> hidden_values;
        for (std::size_t l = 0; l < hidden.size(); ++l) {
          require_output(hidden[l], table.table, settings.widths[l + 1]);
          hidden_values.push_back(hidden[l].data());
        }
        require(out.has_value() || !hidden.empty(), "Neither out nor hidden is given.");
        if (out) require_output(*out, table.table, settings.widths.back());
        T* const outputs = out ? out->data() : nullptr;
        // A copy of the table: another thread may not change it under way.
        run([&, rows = table.table](const Interrupt& interrupt) {
          return predict(settings, parameters, rows, link, n_threads, interrupt, outputs,
                         hidden_values);
        });
      },
      "network"_a, "coefs"_a.noconvert(), "intercepts"_a.noconvert(), "table"_a, "link"_a,
      "n_threads"_a, "out"_a.noconvert().none(), "hidden"_a.noconvert(),
      "Write outputs (or scores) and the hidden layers' activations into the given arrays.");
}

template <class T>
void bind_loss_and_gradients(nb::module_& m) {
  m.def(
      "loss_and_gradients",
      [](const NetworkSettings& settings, const In<T, 1>& parameters,
         const BoundTable<T>& table, double delta_scale, std::int64_t step, std::uint64_t seed,
         int n_threads, const Out<T, 1>& gradients) {
        table.require_targets_for(settings);
        require(table.table.n_rows > 0, "X has no rows.");
        const std::int64_t n_flat = settings.n_parameters();
        require(step >= 0, "step must not be negative.");
        require_size(parameters, n_flat, "parameters");
        require_size(gradients, n_flat, "gradients");
        double value = 0.0;
        run([&, rows = table.table](const Interrupt& interrupt) {
          return loss_and_gradients(settings, parameters.data(), rows,
                                    {delta_scale, step, seed}, n_threads, interrupt, &value,
                                    gradients.data());
        });
        return value;
      },
      "network"_a, "parameters"_a.noconvert(), "table"_a, "delta_scale"_a, "step"_a, "seed"_a,
      "n_threads"_a, "gradients"_a.noconvert(),
      "Return the loss over all rows and write its gradients, laid out as the parameters.");
}

void bind_loss(nb::module_& m) {
  nb::class_<LossParameters>(m, "Loss", "A loss with its parameters.")
      .def(
          "__init__",
          [](LossParameters* self, const std::string& name, double delta, double power,
             double gamma, double label_smoothing, std::vector<double> levels,
             std::vector<std::int64_t> groups, std::vector<double> class_weight) {
            new (self) LossParameters(make_loss(name, delta, power, gamma, label_smoothing,
                                                std::move(levels), std::move(groups),
                                                std::move(class_weight)));
          },
          "name"_a, "delta"_a, "power"_a, "gamma"_a, "label_smoothing"_a, "levels"_a,
          "groups"_a, "class_weight"_a);
}

template <class T>
void bind_table(nb::module_& m, const char* name) {
  using Bound = BoundTable<T>;
  nb::class_<Bound>(m, name, "Rows with targets and weights; keeps the arrays alive.")
      .def_static("dense", &Bound::dense, "X"_a.noconvert())
      .def_static("csr", &Bound::csr, "row_starts"_a.noconvert(), "columns"_a.noconvert(),
                  "values"_a.noconvert(), "n_features"_a)
      .def("set_targets", &Bound::set_targets, "targets"_a.noconvert())
      .def("set_codes", &Bound::set_codes, "codes"_a.noconvert())
      .def("set_sample_weight", &Bound::set_sample_weight, "sample_weight"_a.noconvert());
}

// A training run with the table that it reads.
template <class T>
struct BoundTraining {
  NetworkSettings settings;
  BoundTable<T> table;
  Training<T> training;

  BoundTraining(const NetworkSettings& network, const OptimizerSettings& optimizer,
                const TrainingRules& rules, const BoundTable<T>& rows, std::int64_t batch_size,
                int n_threads)
      : settings(network),
        table(rows),
        training(network, optimizer, rules, rows.table, batch_size, n_threads) {}

  double train_epoch(const In<std::int64_t, 1>& order, const In<double, 1>& learning_rates) {
    require(order.size() > 0, "order must not be empty.");
    for (std::size_t i = 0; i < order.size(); ++i)
      require(order.data()[i] >= 0 && order.data()[i] < table.table.n_rows,
              "order must name rows of X.");
    const auto n_rows = static_cast<std::int64_t>(order.size());
    const auto n_rates = static_cast<std::int64_t>(learning_rates.size());
    require(n_rates == 1 || n_rates == (n_rows - 1) / training.batch_size() + 1,
            "learning_rates needs one rate, or one a step.");
    double loss = 0.0;
    run([&](const Interrupt& interrupt) {
      return training.train_epoch(order.data(), n_rows, learning_rates.data(), n_rates,
                                  interrupt, &loss);
    });
    return loss;
  }

  void predict(const BoundTable<T>& rows, const Out<T, 2>& out) {
    rows.require_features_of(settings);
    require_output(out, rows.table, settings.widths.back());
    run([&](const Interrupt& interrupt) {
      return training.predict(rows.table, out.data(), interrupt);
    });
  }

  void set_data(const BoundTable<T>& rows, std::int64_t batch_size) {
    rows.require_targets_for(settings);
    require(rows.table.is_sparse() == training.is_sparse(),
            "The new table must be sparse if the first one was, and dense if it was dense.");
    require(batch_size >= 1 && batch_size <= training.largest_batch(),
            "batch_size must be positive and at most that of the beginning.");
    table = rows;
    training.set_data(rows.table, batch_size);
  }

  void set_parameters(const In<T, 1>& parameters) {
    require_size(parameters, training.n_flat(), "parameters");
    training.set_parameters(parameters.data());
  }

  void get_parameters(const Out<T, 1>& out) const {
    require_size(out, training.n_flat(), "out");
    training.get_parameters(out.data());
  }

  void set_state(std::int64_t n_steps, const std::vector<In<T, 1>>& slots) {
    require(static_cast<int>(slots.size()) == training.n_slots(),
            "The optimiser's state has the wrong number of slots.");
    std::vector<const T*> values;
    for (const In<T, 1>& slot : slots) {
      require_size(slot, training.n_flat(), "A slot");
      values.push_back(slot.data());
    }
    training.set_state(n_steps, values);
  }

  void get_slot(int slot, const Out<T, 1>& out) const {
    require(slot >= 0 && slot < training.n_slots(), "There is no such slot.");
    require_size(out, training.n_flat(), "out");
    training.get_slot(slot, out.data());
  }
};

double multiply_add_peak(const std::string& dtype, int n_threads, double seconds) {
  require(dtype == "float32" || dtype == "float64",
          "dtype is '" + dtype + "', expected float32 or float64.");
  require(n_threads >= 1, "n_threads must be positive.");
  require(seconds > 0.0 && seconds <= 10.0, "seconds must be above 0 and at most 10.");
  const nb::gil_scoped_release release;
  const auto measure = dtype == "float32" ? backend().float32.multiply_add_peak
                                          : backend().float64.multiply_add_peak;
  return 1e-9 * measure(seconds, n_threads);
}

template <class T>
void bind_training(nb::module_& m, const char* name) {
  using Bound = BoundTraining<T>;
  nb::class_<Bound>(m, name, "A training run: parameters, optimiser state, best parameters.")
      .def(
          "__init__",
          [](Bound* self, const NetworkSettings& settings, const BoundTable<T>& table,
             const std::string& optimizer, const std::map<std::string, double>& parameters,
             const TrainingRules& rules, std::int64_t batch_size, int n_threads) {
            const std::size_t n_layers = settings.widths.size() - 1;
            require(rules.n_frozen < static_cast<int>(n_layers),
                    "n_frozen must leave a layer to train.");
            require(rules.layer_rates.empty() || rules.layer_rates.size() == n_layers,
                    "layer_rates needs one factor a layer.");
            table.require_targets_for(settings);
            require(batch_size >= 1, "batch_size must be positive.");
            new (self) Bound(settings, make_optimizer(optimizer, parameters), rules, table,
                             batch_size, n_threads);
          },
          "network"_a, "table"_a, "optimizer"_a, "optimizer_parameters"_a, "rules"_a,
          "batch_size"_a, "n_threads"_a)
      .def("set_data", &Bound::set_data, "table"_a, "batch_size"_a)
      .def("set_parameters", &Bound::set_parameters, "parameters"_a.noconvert())
      .def("get_parameters", &Bound::get_parameters, "out"_a.noconvert())
      .def("set_state", &Bound::set_state, "n_steps"_a, "slots"_a.noconvert())
      .def("get_slot", &Bound::get_slot, "slot"_a, "out"_a.noconvert())
      .def_prop_ro("n_steps", [](const Bound& self) { return self.training.n_steps(); })
      .def("train_epoch", &Bound::train_epoch, "order"_a.noconvert(),
           "learning_rates"_a.noconvert())
      .def("predict", &Bound::predict, "table"_a, "out"_a.noconvert())
      .def("keep_best", [](Bound& self) { self.training.keep_best(); })
      .def("restore_best", [](Bound& self) { self.training.restore_best(); });
}

void shuffle_values(const Out<std::int64_t, 1>& values, const nb::capsule& generator) {
  require(values.size() <= 0xffffffffU, "values are too many.");
  void* const bits = PyCapsule_GetPointer(generator.ptr(), "BitGenerator");
  if (bits == nullptr) throw nb::python_error();
  const nb::gil_scoped_release released;
  shuffle(values.data(), static_cast<std::int64_t>(values.size()),
          *static_cast<const BitGenerator*>(bits));
}

}  // namespace

}  // namespace lightmlp

NB_MODULE(_native, m) {
  using namespace lightmlp;
  m.doc() = "The compiled engine of LightMLP.";
  nb::set_leak_warnings(false);  // a thread that is still fitting at exit keeps its arrays
  m.def(
      "isa", [] { return std::string(backend().isa); }, "Name of the instruction set in use.");
  m.def(
      "available_isas", [] { return std::string(available_isas()); },
      "Instruction sets that can run here, the best first, separated by commas.");
  m.def("max_threads", &max_threads, "Threads that OpenMP grants at most.");
  m.def("shuffle", &shuffle_values, "values"_a.noconvert(), "generator"_a,
        "Shuffle as RandomState does, with draws from the capsule of a NumPy bit generator.");
  bind_loss(m);
  bind_network(m);
  bind_rules(m);
  m.def("multiply_add_peak", &multiply_add_peak, "dtype"_a, "n_threads"_a, "seconds"_a,
        "GFLOP/s of a loop of multiply-adds alone, the most that so many threads can reach.");
  bind_table<float>(m, "Float32Table");
  bind_table<double>(m, "Float64Table");
  bind_training<float>(m, "Float32Training");
  bind_training<double>(m, "Float64Training");
  bind_predict<float>(m);
  bind_predict<double>(m);
  bind_loss_and_gradients<float>(m);
  bind_loss_and_gradients<double>(m);
}
