#include "memory.hpp"

#include <algorithm>
#include <cstdint>

namespace lightmlp {

namespace {

// Activations and deltas of a block of rows should stay in a second-level cache; where the
// parameters do not fit there either, longer blocks pass over them less often.
constexpr std::int64_t block_bytes = 768 * 1024, longest_block_bytes = 32 * 1024 * 1024;
constexpr std::int64_t fewest_block_rows = 64;
// Groups of rows with gradients of their own pay while those fit in the caches.
constexpr std::int64_t most_grouped_bytes = 1024 * 1024;

// What a row of a sparse table takes in a block's transpose.
template <class T>
std::int64_t mean_sparse_bytes(const Table<T>& table) {
  if (!table.is_sparse()) return 0;
  constexpr auto size = static_cast<std::int64_t>(sizeof(T) + sizeof(std::int32_t));
  return table.row_starts[table.n_rows] * size / std::max<std::int64_t>(table.n_rows, 1);
}

// The most values that a block of a sparse table has, whose rows pass in this order.
template <class T>
std::int64_t most_block_values(const Table<T>& table, const std::int64_t* order,
                               std::int64_t n_rows, std::int64_t block_rows) {
  const auto size = [&](std::int64_t i) {
    return table.row_size(order != nullptr ? order[i] : i);
  };
  std::int64_t values = 0, most = 0;
  for (std::int64_t i = 0; i < n_rows; ++i) {
    values += size(i);
    if (i >= block_rows) values -= size(i - block_rows);
    most = std::max(most, values);
  }
  return most;
}

}  // namespace

template <class T>
NetworkMemory<T>::NetworkMemory(const NetworkSettings& settings,
                                const std::vector<ParameterRule>& rules)
    : loss_(settings.loss), structure_(settings) {
  structure_.set_rules(rules);
  network_.loss = loss_.settings();
  network_.alpha = settings.alpha;
  network_.l1 = settings.l1;
  network_.clipping = TrainingRules{}.clipping;
  network_.delta_scale = 1.0;
  network_.scratch_size = structure_.scratch_size();
  parameters_ = Buffer<T>(layout().n_padded());
  network_.parameters = parameters_.data();
}

template <class T>
NetworkMemory<T>::NetworkMemory(const NetworkSettings& settings, bool is_sparse)
    : NetworkMemory(settings, std::vector<ParameterRule>{}) {
  structure_.cut(1, is_sparse);
  structure_.describe(network_);
  allocate_zeros();
}

template <class T>
NetworkMemory<T>::NetworkMemory(const NetworkSettings& settings, const TrainingRules& rules,
                                const Table<T>& table, std::int64_t rows, int n_threads)
    : NetworkMemory(settings, rules.parameters) {
  Network<T>& net = network_;
  structure_.describe(net);
  net.clipping = rules.clipping;
  net.seed = rules.seed;
  // The statistics of a batch are those of all its rows: they pass together.
  const bool is_whole = settings.has(Normalization::BatchNorm);
  net.is_grouped = !is_whole && net.n_parameters * static_cast<std::int64_t>(sizeof(T)) <=
                                    most_grouped_bytes;
  const std::int64_t n_groups = count_row_groups(net.is_grouped, rows);
  const std::int64_t group_rows = (rows + n_groups - 1) / n_groups;
  net.block_rows = is_whole ? rows : std::min(fitting_rows(table), group_rows);
  net.n_workspaces = static_cast<int>(std::min<std::int64_t>(n_threads, n_groups));
  const std::int64_t n_sums =
      net.n_workspaces > 1 ? n_groups : std::min<std::int64_t>(n_groups, 2);
  // Threads that have groups of their own do not divide columns of W.
  structure_.cut(net.n_workspaces == n_threads ? 1 : n_threads, table.is_sparse());
  allocate_zeros();
  gradients_ = Buffer<T>(n_sums * net.n_parameters);
  net.gradients = gradients_.data();
  group_losses_ = Buffer<double>(n_groups);
  net.group_losses = group_losses_.data();
  transposed_ = Buffer<T>(structure_.n_transposed());
  net.transposed = transposed_.data();
  allocate_column_sums();
  allocate_packing_room(n_threads);
  for (int i = 0; i < net.n_workspaces; ++i) {
    workspace_memories_.emplace_back(net, structure_.keeps_encoded(), table.is_sparse(),
                                     n_threads);
    workspaces_.push_back(workspace_memories_.back().workspace());
  }
  net.workspaces = workspaces_.data();
}

template <class T>
const Workspace<T>* NetworkMemory<T>::prediction_workspaces(int n_threads) {
  prediction_memories_.clear();
  prediction_workspaces_.clear();
  for (int i = 0; i < n_threads; ++i) {
    prediction_memories_.emplace_back(network_, widest());
    prediction_workspaces_.push_back(prediction_memories_.back().workspace());
  }
  return prediction_workspaces_.data();
}

template <class T>
std::int64_t NetworkMemory<T>::fitting_rows(const Table<T>& table) const {
  constexpr auto size = static_cast<std::int64_t>(sizeof(T));
  const std::int64_t wanted = std::max(block_bytes, 2 * network_.n_parameters * size);
  const std::int64_t bytes = std::min(wanted, longest_block_bytes);
  const std::int64_t values = WorkspaceMemory<T>::values_per_row(
      network_, structure_.keeps_encoded(), table.is_sparse());
  return std::max(bytes / (values * size + mean_sparse_bytes(table)), fewest_block_rows);
}

template <class T>
void NetworkMemory<T>::allocate_zeros() {
  zeros_ = Buffer<T>(widest());
  network_.zeros = zeros_.data();
}

template <class T>
void NetworkMemory<T>::allocate_column_sums() {
  const std::int64_t columns = layout().n_sums();
  column_sums_ = Buffer<T>(2 * columns);
  network_.squared_columns = column_sums_.data();
  network_.absolute_columns = column_sums_.data() + columns;
}

// A network whose rows are grouped fits in the caches.
template <class T>
void NetworkMemory<T>::allocate_packing_room(int n_threads) {
  if (network_.is_grouped) return;
  std::int64_t rows = 0;
  for (const Layer<T>& layer : structure_.layers()) {
    if (is_wide<T>(layer.stride)) rows = network_.block_rows;
  }
  network_.packing_size = std::min(rows, most_strip_rows) * strip_bytes / sizeof(T);
  packing_ = Buffer<T>(n_threads * network_.packing_size);
  network_.packing = packing_.data();
}

template <class T>
void NetworkMemory<T>::make_room(const Table<T>& table, const std::int64_t* order,
                                 std::int64_t n_rows) {
  if (!table.is_sparse()) return;
  if (network_.input.dropout > 0.0)
    for (std::int64_t i = 0; i < table.n_rows; ++i)
      network_.sparse_stride = std::max(network_.sparse_stride, table.row_size(i));
  const std::int64_t most = most_block_values(table, order, n_rows, network_.block_rows);
  for (std::size_t i = 0; i < workspaces_.size(); ++i) {
    workspace_memories_[i].make_room(network_, most);
    workspaces_[i] = workspace_memories_[i].workspace();
  }
}

template <class T>
std::int64_t NetworkMemory<T>::widest() const {
  std::int64_t widest = 0;
  for (const Layer<T>& layer : structure_.layers()) widest = std::max(widest, layer.stride);
  return widest;
}

template <class T>
void NetworkMemory<T>::set_parameters(const UserParameters<T>& parameters) {
  layout().pad(parameters, network_.parameters);
  transpose_all();
}

template <class T>
void NetworkMemory<T>::transpose_all() {
  if (network_.transposed == nullptr) return;
  for (int l = 0; l < network_.n_layers; ++l) {
    const Layer<T>& layer = network_.layers[l];
    if (!layer.has_transposed) continue;
    layer.for_transposed(network_.parameters, network_.transposed, {0, layer.n_dense},
                         {0, layer.n_outputs},
                         [](const T* from, std::int64_t from_stride, std::int64_t rows,
                            std::int64_t columns, T* to, std::int64_t to_stride) {
                           for (std::int64_t j = 0; j < columns; ++j)
                             for (std::int64_t k = 0; k < rows; ++k)
                               to[j * to_stride + k] = from[k * from_stride + j];
                         });
  }
}

template class NetworkMemory<float>;
template class NetworkMemory<double>;

}  // namespace lightmlp
