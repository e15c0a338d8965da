// The Python module lightmlp._native: checks arguments, releases the GIL, calls the core.
#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "../backend.hpp"
#include "../random.hpp"
#include "../training.hpp"
#include "../workers.hpp"
#include "arrays.hpp"
#include "descriptions.hpp"
#include "optimizer.hpp"
#include "run.hpp"
#include "stages.hpp"
#include "table.hpp"

namespace lightmlp {

namespace {

template <class T>
using Arrays = std::vector<nb::ndarray<const T, nb::c_contig, nb::device::cpu>>;

template <class T>
UserParameters<T> user_parameters(const NetworkSettings& settings, const Arrays<T>& arrays) {
  const std::vector<ParameterShape> shapes = settings.parameters();
  require(arrays.size() == shapes.size(), "parameters needs one array per parameter.");
  UserParameters<T> parameters;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    require_size(arrays[i], shapes[i].rows * shapes[i].columns, "An array of parameters");
    parameters.push_back(arrays[i].data());
  }
  return parameters;
}

template <class T>
void bind_predict(nb::module_& m) {
  m.def(
      "predict",
      [](const NetworkSettings& settings, const Arrays<T>& arrays, const BoundTable<T>& table,
         bool inverse_link, int n_threads, std::optional<Out<T, 2>> out,
         const std::vector<Out<T, 2>>& hidden) {
        table.require_features_of(settings);
        const auto parameters = user_parameters<T>(settings, arrays);
        require(hidden.empty() || hidden.size() == settings.steps.size() - 1,
                "hidden needs one array per hidden layer.");
        std::vector<T*> hidden_values;
        for (std::size_t l = 0; l < hidden.size(); ++l) {
          require_output(hidden[l], table.table, settings.steps[l].n_outputs);
          hidden_values.push_back(hidden[l].data());
        }
        require(out.has_value() || !hidden.empty(), "Neither out nor hidden is given.");
        if (out) require_output(*out, table.table, settings.n_outputs());
        T* const outputs = out ? out->data() : nullptr;
        // A copy of the table: another thread may not change it under way.
        run([&, rows = table.table](const Interrupt& interrupt) {
          return predict(settings, parameters, rows, inverse_link, n_threads, interrupt,
                         outputs, hidden_values);
        });
      },
      "network"_a, "parameters"_a.noconvert(), "table"_a, "inverse_link"_a, "n_threads"_a,
      "out"_a.noconvert().none(), "hidden"_a.noconvert(),
      "Write outputs (or scores) and the hidden layers' activations into the given arrays.");
}

template <class T>
void bind_loss_and_gradients(nb::module_& m) {
  m.def(
      "loss_and_gradients",
      [](const NetworkSettings& settings, const In<T, 1>& parameters,
         const BoundTable<T>& table, double delta_scale, std::int64_t step, std::uint64_t seed,
         int n_threads, bool adapts, const Out<T, 1>& gradients) {
        table.require_targets_for(settings);
        require(table.table.n_rows > 0, "X has no rows.");
        const std::int64_t n_flat = settings.n_parameters();
        require(step >= 0, "step must not be negative.");
        require_size(parameters, n_flat, "parameters");
        require_size(gradients, n_flat, "gradients");
        double value = 0.0;
        run([&, rows = table.table](const Interrupt& interrupt) {
          return loss_and_gradients(settings, parameters.data(), rows,
                                    {delta_scale, step, seed}, {n_threads, adapts}, interrupt,
                                    &value, gradients.data());
        });
        return value;
      },
      "network"_a, "parameters"_a.noconvert(), "table"_a, "delta_scale"_a, "step"_a, "seed"_a,
      "n_threads"_a, "adapts"_a, "gradients"_a.noconvert(),
      "Return the loss over all rows and write its gradients, laid out as the parameters.");
}

template <class T>
void bind_table(nb::module_& m, const char* name) {
  using Bound = BoundTable<T>;
  nb::class_<Bound>(m, name, "Rows with targets and weights; keeps the arrays alive.")
      .def_static("dense", &Bound::dense, "X"_a.noconvert())
      .def_static("csr", &Bound::csr, "row_starts"_a.noconvert(), "columns"_a.noconvert(),
                  "values"_a.noconvert(), "n_features"_a)
      .def("set_categories", &Bound::set_categories, "categories"_a.noconvert())
      .def("set_targets", &Bound::set_targets, "targets"_a.noconvert())
      .def("set_class_indices", &Bound::set_class_indices, "class_indices"_a.noconvert())
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
                ThreadLimit limit)
      : settings(network),
        table(rows),
        training(network, optimizer, rules, rows.table, batch_size, limit) {}

  using Values = In<double, 1>;  // one for all steps, or one per step

  double train_epoch(const In<std::int64_t, 1>& order, const Values& learning_rates,
                     const Values& decay_factors, const Values& dropout_factors) {
    const std::int64_t n_steps =
        require_order(order, table.table.n_rows, training.batch_size());
    const EpochValues values{per_step(learning_rates, n_steps),
                             per_step(decay_factors, n_steps),
                             per_step(dropout_factors, n_steps)};
    double loss = 0.0;
    run([&](const Interrupt& interrupt) {
      return training.train_epoch(order.data(), static_cast<std::int64_t>(order.size()), values,
                                  interrupt, &loss);
    });
    return loss;
  }

  void scores(const In<std::int64_t, 1>& order, double dropout_factor, const Out<T, 2>& out) {
    require_rows(order, table.table.n_rows);
    const auto n_rows = static_cast<std::int64_t>(order.size());
    require(n_rows <= training.batch_size(), "order must not be longer than a batch.");
    require(static_cast<std::int64_t>(out.shape(0)) == n_rows &&
                static_cast<std::int64_t>(out.shape(1)) == settings.n_outputs(),
            "An output array has the wrong shape.");
    run([&](const Interrupt& interrupt) {
      return training.scores(order.data(), n_rows, dropout_factor, interrupt, out.data());
    });
  }

  double train_augmented(const BoundTable<T>& source, const std::vector<BoundStage>& stages,
                         bool mixes_losses, std::uint64_t seed, std::int64_t first_batch,
                         std::int64_t batch_size, const In<std::int64_t, 1>& order,
                         const Values& learning_rates, const Values& decay_factors,
                         const Values& dropout_factors) {
    source.require_targets_for(settings);
    require(batch_size >= 1, "batch_size must be positive.");
    require(settings.n_categories == 0, "Rows with categories cannot be changed.");
    const std::int64_t n_steps = require_order(order, source.table.n_rows, batch_size);
    const EpochValues values{per_step(learning_rates, n_steps),
                             per_step(decay_factors, n_steps),
                             per_step(dropout_factors, n_steps)};
    const auto n_rows = static_cast<std::int64_t>(order.size());
    AugmentedRows<T> rows{
        source.table, source.n_targets_or_outputs(), {}, mixes_losses, seed, first_batch,
        batch_size};
    std::int64_t n_copies = 1;
    for (const BoundStage& stage : stages) {
      stage.require_arrays_for(n_rows, source.table.n_features, batch_size);
      rows.stages.push_back(stage.stage);
      if (mixes_targets(stage.stage.kind)) n_copies *= 2;
      require(n_copies <= 1024, "At most ten stages may mix targets.");
    }
    require(mixes_losses || n_copies == 1 || source.table.class_indices == nullptr,
            "Class indices cannot be mixed as numbers.");
    require(!training.is_sparse(), "The table of the beginning must be dense.");
    require(batch_size <= training.largest_batch() / (mixes_losses ? n_copies : 1),
            "batch_size times copies must be at most batch_size of the beginning.");
    double loss = 0.0;
    run([&](const Interrupt& interrupt) {
      return training.train_augmented(rows, order.data(), n_rows, values, interrupt, &loss);
    });
    return loss;
  }

  static void require_rows(const In<std::int64_t, 1>& order, std::int64_t n_rows) {
    require(order.size() > 0, "order must not be empty.");
    for (std::size_t i = 0; i < order.size(); ++i)
      require(order.data()[i] >= 0 && order.data()[i] < n_rows, "order must name rows of X.");
  }

  // Returns the number of steps.
  static std::int64_t require_order(const In<std::int64_t, 1>& order, std::int64_t n_rows,
                                    std::int64_t batch_size) {
    require_rows(order, n_rows);
    return (static_cast<std::int64_t>(order.size()) - 1) / batch_size + 1;
  }

  static PerStep per_step(const Values& values, std::int64_t n_steps) {
    const auto n_values = static_cast<std::int64_t>(values.size());
    require(n_values == 1 || n_values == n_steps,
            "learning_rates and factors need one number, or one per step.");
    return {values.data(), n_values > 1 ? 1 : 0};
  }

  void predict(const BoundTable<T>& rows, const Out<T, 2>& out) {
    rows.require_features_of(settings);
    require_output(out, rows.table, settings.n_outputs());
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

  void set_parameters(const Arrays<T>& arrays) {
    training.set_parameters(user_parameters<T>(settings, arrays));
  }

  void get_parameters(const Out<T, 1>& out) const {
    require_size(out, training.n_flat(), "out");
    training.get_parameters(out.data());
  }

  void set_state(std::int64_t n_steps, const std::vector<In<T, 1>>& slots) {
    OptimizerSlots<T>& own = *training.slots();
    require(static_cast<int>(slots.size()) == own.count(),
            "The optimiser's state has the wrong number of slots.");
    for (const In<T, 1>& slot : slots) require_size(slot, own.n_flat(), "A slot");
    for (int slot = 0; slot < own.count(); ++slot)
      own.set(slot, slots[static_cast<std::size_t>(slot)].data());
    training.set_n_steps(n_steps);
  }
};

template <class T>
void bind_slots(nb::module_& m, const char* name) {
  using Bound = OptimizerSlots<T>;
  nb::class_<Bound>(m, name, "What an optimiser remembers; outlives its run.")
      .def("__len__", &Bound::count)
      .def_prop_ro("n_padded", &Bound::n_padded)
      .def(
          "get",
          [](const Bound& self, int slot, const Out<T, 1>& out) {
            require(slot >= 0 && slot < self.count(), "There is no such slot.");
            require_size(out, self.n_flat(), "out");
            self.get(slot, out.data());
          },
          "slot"_a, "out"_a.noconvert());
}

double multiply_add_peak(const std::string& dtype, int n_threads, double seconds) {
  require(dtype == "float32" || dtype == "float64",
          "dtype is '" + dtype + "', expected float32 or float64.");
  require(n_threads >= 1, "n_threads must be positive.");
  require(seconds > 0.0 && seconds <= 10.0, "seconds must be above 0 and at most 10.");
  const WithoutGil without_gil;
  const auto measure = dtype == "float32" ? backend().float32.multiply_add_peak
                                          : backend().float64.multiply_add_peak;
  return 1e-9 * measure(seconds, n_threads);
}

void require_rules(const NetworkSettings& settings, const TrainingRules& rules) {
  const std::vector<ParameterShape> shapes = settings.parameters();
  require(rules.parameters.empty() || rules.parameters.size() == shapes.size(),
          "Rules need one rule per parameter.");
  bool moves = rules.parameters.empty();
  for (std::size_t i = 0; i < rules.parameters.size(); ++i)
    moves |= shapes[i].is_trained && !rules.parameters[i].is_frozen;
  require(moves, "Rules must leave a parameter to train.");
}

template <class T>
void bind_training(nb::module_& m, const char* name) {
  using Bound = BoundTraining<T>;
  nb::class_<Bound>(m, name, "A training run: parameters, optimiser state, best parameters.")
      .def(
          "__init__",
          [](Bound* self, const NetworkSettings& settings, const BoundTable<T>& table,
             const std::string& optimizer, const std::map<std::string, double>& parameters,
             const TrainingRules& rules, std::int64_t batch_size, int n_threads, bool adapts) {
            require_rules(settings, rules);
            table.require_targets_for(settings);
            require(batch_size >= 1, "batch_size must be positive.");
            new (self) Bound(settings, make_optimizer(optimizer, parameters), rules, table,
                             batch_size, {n_threads, adapts});
          },
          "network"_a, "table"_a, "optimizer"_a, "optimizer_parameters"_a, "rules"_a,
          "batch_size"_a, "n_threads"_a, "adapts"_a)
      .def("set_data", &Bound::set_data, "table"_a, "batch_size"_a)
      .def("set_parameters", &Bound::set_parameters, "parameters"_a.noconvert())
      .def("get_parameters", &Bound::get_parameters, "out"_a.noconvert())
      .def("set_state", &Bound::set_state, "n_steps"_a, "slots"_a.noconvert())
      .def_prop_ro("slots", [](const Bound& self) { return self.training.slots(); })
      .def_prop_ro("n_steps", [](const Bound& self) { return self.training.n_steps(); })
      .def("train_epoch", &Bound::train_epoch, "order"_a.noconvert(),
           "learning_rates"_a.noconvert(), "decay_factors"_a.noconvert(),
           "dropout_factors"_a.noconvert())
      .def("train_augmented", &Bound::train_augmented, "source"_a, "stages"_a, "mixes_losses"_a,
           "seed"_a, "first_batch"_a, "batch_size"_a, "order"_a.noconvert(),
           "learning_rates"_a.noconvert(), "decay_factors"_a.noconvert(),
           "dropout_factors"_a.noconvert())
      .def("scores", &Bound::scores, "order"_a.noconvert(), "dropout_factor"_a,
           "out"_a.noconvert())
      .def("predict", &Bound::predict, "table"_a, "out"_a.noconvert())
      .def("keep_best", [](Bound& self) { self.training.keep_best(); })
      .def("restore_best", [](Bound& self) { self.training.restore_best(); });
}

void bind_stage(nb::module_& m) {
  nb::class_<BoundStage>(m, "Stage",
                         "A transform of rows; keeps the arrays of coefficients alive.")
      .def(nb::init<const std::string&, double, const BoundStage::Coefficients&,
                    const BoundStage::Permutation&, const BoundStage::FillValues&,
                    const std::vector<std::int64_t>&>(),
           "kind"_a, "amount"_a, "coefficients"_a.noconvert().none(),
           "permutation"_a.noconvert().none(), "fill_values"_a.noconvert().none(),
           "image_shape"_a);
}

void shuffle_values(const Out<std::int64_t, 1>& values, const nb::capsule& generator) {
  require(values.size() <= 0xffffffffU, "values are too many.");
  void* const bits = PyCapsule_GetPointer(generator.ptr(), "BitGenerator");
  if (bits == nullptr) throw nb::python_error();
  const WithoutGil without_gil;
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
  watch_forks();
  m.def("is_forked", &is_forked,
        "Whether this process was forked after the module was loaded.");
  m.def("shuffle", &shuffle_values, "values"_a.noconvert(), "generator"_a,
        "Shuffle as RandomState does, with draws from the capsule of a NumPy bit generator.");
  bind_loss(m);
  bind_network(m);
  bind_rules(m);
  bind_stage(m);
  m.def("multiply_add_peak", &multiply_add_peak, "dtype"_a, "n_threads"_a, "seconds"_a,
        "GFLOP/s of a loop of multiply-adds alone, the most that so many threads can reach.");
  bind_table<float>(m, "Float32Table");
  bind_table<double>(m, "Float64Table");
  bind_slots<float>(m, "Float32Slots");
  bind_slots<double>(m, "Float64Slots");
  bind_training<float>(m, "Float32Training");
  bind_training<double>(m, "Float64Training");
  bind_predict<float>(m);
  bind_predict<double>(m);
  bind_loss_and_gradients<float>(m);
  bind_loss_and_gradients<double>(m);
}
