#include "training.hpp"

#include <cmath>
#include <numeric>
#include <vector>

#include "check.hpp"

using namespace lightmlp;

namespace {

constexpr Interrupt never{nullptr, nullptr};
bool always(void*) {
  return true;
}

NetworkSettings make_one_neuron() {
  NetworkSettings settings;
  settings.n_numbers = 1;
  settings.steps = {{1, 1, {{1, 1, true, true}, {1, 1}}}};
  return settings;
}

const NetworkSettings one_neuron = make_one_neuron();
const OptimizerSettings plain_descent{Optimizer::sgd};

constexpr ThreadLimit one_thread{1, false};
constexpr double one = 1.0;

EpochValues of_rates(const double* rates, std::int64_t stride) {
  return {{rates, stride}, {&one, 0}, {&one, 0}};
}

template <class T>
Table<T> table_of(const std::vector<T>& x, const std::vector<T>& y) {
  Table<T> table{};
  table.n_rows = static_cast<std::int64_t>(x.size());
  table.n_features = 1;
  table.dense = x.data();
  table.dense_stride = 1;
  table.targets = y.data();
  return table;
}

template <class T>
T error_after_training() {
  const std::vector<T> x{-1, 0, 1, 2}, y{-1, 1, 3, 5};  // y = 2 x + 1
  Training<T> training(one_neuron, plain_descent, {}, table_of(x, y), 4, one_thread);
  const T start = 0;
  training.set_parameters({&start, &start});
  std::vector<std::int64_t> order(x.size());
  std::iota(order.begin(), order.end(), 0);
  const double rate = 0.3;
  const EpochValues values = of_rates(&rate, 0);
  double loss = 0.0;
  for (int epoch = 0; epoch < 500; ++epoch)
    CHECK(training.train_epoch(order.data(), 4, values, never, &loss) == Outcome::done);
  CHECK(training.n_steps() == 500);
  std::vector<T> found(2);
  training.get_parameters(found.data());
  return std::abs(found[0] - 2) + std::abs(found[1] - 1);
}

}  // namespace

TEST(descent_finds_a_line) {
  CHECK(error_after_training<float>() < 1e-5F);
  CHECK(error_after_training<double>() < 1e-12);
}

TEST(gradient_of_one_row_by_hand) {
  const std::vector<double> x{3}, y{1}, parameters{2, -1};  // score 5, delta 4
  double loss = 0.0, gradients[2];
  CHECK(loss_and_gradients(one_neuron, parameters.data(), table_of(x, y), {1.0, 0, 0},
                           one_thread, never, &loss, gradients) == Outcome::done);
  CHECK(loss == 8.0);
  CHECK(gradients[0] == 12.0);
  CHECK(gradients[1] == 4.0);
}

TEST(interrupt_ends_an_epoch) {
  const std::vector<double> x{0, 1}, y{0, 1};
  Training<double> training(one_neuron, plain_descent, {}, table_of(x, y), 1, one_thread);
  const std::int64_t order[]{0, 1};
  const double rate = 0.1;
  double loss = 0.0;
  CHECK(training.train_epoch(order, 2, of_rates(&rate, 0), {always, nullptr}, &loss) ==
        Outcome::interrupted);
}

TEST(every_step_has_its_own_rate) {
  const std::vector<double> x{0, 0, 0}, y{1, 1, 1};  // the bias b goes to b + rate (1 - b)
  Training<double> training(one_neuron, plain_descent, {}, table_of(x, y), 1, one_thread);
  const std::int64_t order[]{0, 1, 2};
  const double rates[]{0.5, 0.0, 0.25};
  double loss = 0.0, found[2];
  CHECK(training.train_epoch(order, 3, of_rates(rates, 1), never, &loss) == Outcome::done);
  training.get_parameters(found);
  CHECK(found[1] == 0.625);
}
