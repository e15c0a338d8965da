#include "memory.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace lightmlp {

namespace {

// Activations and deltas of a block of rows should stay in a second-level cache; where the
// parameters do not fit there either, longer blocks pass over them less often.
constexpr std::int64_t block_bytes = 768 * 1024, longest_block_bytes = 32 * 1024 * 1024;
constexpr std::int64_t fewest_block_rows = 64;
// Groups of rows with gradients of their own pay while those fit in the caches.
constexpr std::int64_t most_grouped_bytes = 1024 * 1024;

// Rows of wide matrices lie in as many pages: with small ones the processor would have to look
// up most addresses, and the system to provide each page when it is touched first.
constexpr std::size_t huge_page = 2 * 1024 * 1024;

void ask_for_huge_pages([[maybe_unused]] void* begin, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__)
  madvise(begin, bytes, MADV_HUGEPAGE);  // a wish: nothing is lost if it is not granted
#endif
}

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

template <class T>
void grow(Buffer<T>& buffer, std::int64_t size) {
  if (buffer.size() >= size) return;
  buffer = Buffer<T>();  // first: both at once need not fit
  buffer = Buffer<T>(size);
}

}  // namespace

template <class T>
Buffer<T>::Buffer(std::int64_t size) : size_(size) {
  if (size < 0 || size > PTRDIFF_MAX / static_cast<std::int64_t>(sizeof(T)))
    throw std::bad_array_new_length();
  if (size == 0) return;
  const auto bytes = static_cast<std::size_t>(size) * sizeof(T);
  const std::size_t alignment = bytes < huge_page ? padding_bytes : huge_page;
  std::size_t space = bytes + alignment;
  void* const begin = std::calloc(space, 1);
  if (begin == nullptr) throw std::bad_alloc();
  void* values = begin;
  values_ = {static_cast<T*>(std::align(alignment, bytes, values, space)), Release{begin}};
  if (bytes >= huge_page) ask_for_huge_pages(values, bytes);
}

template <class T>
NetworkMemory<T>::NetworkMemory(const NetworkSettings& settings)
    : loss_(settings.loss), layout_(settings) {
  network_.n_layers = static_cast<int>(layout_.layers().size());
  network_.layers = layout_.layers().data();
  network_.n_parameters = layout_.n_padded();
  network_.loss = loss_.settings();
  network_.alpha = settings.alpha;
  network_.l1 = settings.l1;
  network_.input_dropout = settings.input_dropout;
  network_.rules = rules_.settings();
  network_.delta_scale = 1.0;
  parameters_ = Buffer<T>(network_.n_parameters);
  network_.parameters = parameters_.data();
  zeros_ = Buffer<T>(widest());
  network_.zeros = zeros_.data();
}

template <class T>
NetworkMemory<T>::NetworkMemory(const NetworkSettings& settings, bool is_sparse)
    : NetworkMemory(settings) {
  layout_.cut(1, is_sparse);
}

template <class T>
NetworkMemory<T>::NetworkMemory(const NetworkSettings& settings, const TrainingRules& rules,
                                const Table<T>& table, std::int64_t rows, int n_threads)
    : NetworkMemory(settings) {
  Network<T>& net = network_;
  rules_ = rules;
  net.rules = rules_.settings();
  net.seed = rules.seed;
  net.input_stride = table.is_sparse() ? 0 : row_stride<T>(layout_.layers()[0].n_inputs);
  // The statistics of a batch are those of all its rows: they pass together.
  const bool is_whole = settings.has(Normalization::batch);
  net.is_grouped = !is_whole && net.n_parameters * static_cast<std::int64_t>(sizeof(T)) <=
                                    most_grouped_bytes;
  const std::int64_t n_groups = count_row_groups(net.is_grouped, rows);
  const std::int64_t group_rows = (rows + n_groups - 1) / n_groups;
  net.block_rows = is_whole ? rows : std::min(fitting_rows(table), group_rows);
  net.n_workspaces = static_cast<int>(std::min<std::int64_t>(n_threads, n_groups));
  const std::int64_t n_sums =
      net.n_workspaces > 1 ? n_groups : std::min<std::int64_t>(n_groups, 2);
  // Threads that have groups of their own do not divide columns of W.
  layout_.cut(net.n_workspaces == n_threads ? 1 : n_threads, table.is_sparse());
  gradients_ = Buffer<T>(n_sums * net.n_parameters);
  net.gradients = gradients_.data();
  group_losses_ = Buffer<double>(n_groups);
  net.group_losses = group_losses_.data();
  transposed_ = Buffer<T>(layout_.n_transposed());
  net.transposed = transposed_.data();
  allocate_column_sums();
  allocate_packing_room(n_threads);
  for (int i = 0; i < net.n_workspaces; ++i) {
    workspace_memories_.emplace_back(net, values_per_row());
    workspaces_.push_back(workspace_memories_.back().workspace(net));
  }
  net.workspaces = workspaces_.data();
}

template <class T>
std::int64_t NetworkMemory<T>::values_per_row() const {
  std::int64_t values = network_.input_stride;
  for (const Layer<T>& layer : layout_.layers())
    values += (layer.keeps_z() ? 3 : 2) * layer.stride;
  return values;
}

template <class T>
std::int64_t NetworkMemory<T>::fitting_rows(const Table<T>& table) const {
  constexpr auto size = static_cast<std::int64_t>(sizeof(T));
  const std::int64_t wanted = std::max(block_bytes, 2 * network_.n_parameters * size);
  const std::int64_t bytes = std::min(wanted, longest_block_bytes);
  const std::int64_t bytes_per_row = values_per_row() * size + mean_sparse_bytes(table);
  return std::max(bytes / bytes_per_row, fewest_block_rows);
}

template <class T>
void NetworkMemory<T>::allocate_column_sums() {
  std::int64_t columns = 0;
  for (const Layer<T>& layer : layout_.layers()) columns += layer.stride;
  column_sums_ = Buffer<T>(2 * columns);
  network_.squared_columns = column_sums_.data();
  network_.absolute_columns = column_sums_.data() + columns;
}

// A network whose rows are grouped fits in the caches.
template <class T>
void NetworkMemory<T>::allocate_packing_room(int n_threads) {
  if (network_.is_grouped) return;
  std::int64_t rows = 0;
  for (const Layer<T>& layer : layout_.layers()) {
    if (is_wide<T>(layer.stride)) rows = network_.block_rows;
  }
  network_.packing_size = std::min(rows, most_strip_rows) * strip_bytes / sizeof(T);
  packing_ = Buffer<T>(n_threads * network_.packing_size);
  network_.packing = packing_.data();
}

template <class T>
NetworkMemory<T>::WorkspaceMemory::WorkspaceMemory(const Network<T>& net,
                                                   std::int64_t values_per_row)
    : values(net.block_rows * values_per_row),
      link(net.block_rows * net.last().n_outputs),
      losses(net.block_rows * (net.last().n_outputs + 1)) {
  lay_out(net);
  lay_out_normalization(net);
}

template <class T>
void NetworkMemory<T>::make_room(const Table<T>& table, const std::int64_t* order,
                                 std::int64_t n_rows) {
  if (!table.is_sparse()) return;
  if (network_.input_dropout > 0.0)
    for (std::int64_t i = 0; i < table.n_rows; ++i)
      network_.sparse_stride = std::max(network_.sparse_stride, table.row_size(i));
  const std::int64_t most = most_block_values(table, order, n_rows, network_.block_rows);
  for (std::size_t i = 0; i < workspaces_.size(); ++i) {
    workspace_memories_[i].make_room(network_, most);
    workspaces_[i] = workspace_memories_[i].workspace(network_);
  }
}

template <class T>
void NetworkMemory<T>::WorkspaceMemory::make_room(const Network<T>& net,
                                                  std::int64_t block_values) {
  grow(sparse_values, net.block_rows * net.sparse_stride);
  grow(column_ends, net.layers[0].n_inputs);
  grow(transposed_rows, block_values);
  grow(transposed_values, block_values);
}

template <class T>
void NetworkMemory<T>::WorkspaceMemory::lay_out(const Network<T>& net) {
  T* next = values.data() + net.block_rows * net.input_stride;
  for (int l = 0; l < net.n_layers; ++l) {
    const std::int64_t size = net.block_rows * net.layers[l].stride;
    outputs.push_back(next);
    deltas.push_back(next + size);
    next += 2 * size;
    const bool keeps_z = net.layers[l].keeps_z();
    z.push_back(keeps_z ? next : outputs.back());
    if (keeps_z) next += size;
  }
}

template <class T>
void NetworkMemory<T>::WorkspaceMemory::lay_out_normalization(const Network<T>& net) {
  const auto size = [&](const Layer<T>& layer) {
    if (!layer.is_normalized()) return std::int64_t{0};
    return (net.block_rows + 3) * layer.stride + padded<T>(net.block_rows);
  };
  std::int64_t total = 0;
  for (int l = 0; l < net.n_layers; ++l) total += size(net.layers[l]);
  normalization = Buffer<T>(total);
  T* next = normalization.data();
  for (int l = 0; l < net.n_layers; ++l) {
    const Layer<T>& layer = net.layers[l];
    normalized.push_back(next);
    normalization_sums.push_back(next + net.block_rows * layer.stride);
    inverse_deviation.push_back(next + (net.block_rows + 2) * layer.stride);
    next += size(layer);
  }
}

template <class T>
Workspace<T> NetworkMemory<T>::WorkspaceMemory::workspace(const Network<T>& net) const {
  return {net.input_stride > 0 ? values.data() : nullptr,
          outputs.data(),
          z.data(),
          deltas.data(),
          link.data(),
          losses.data() + net.block_rows,
          losses.data(),
          sparse_values.data(),
          {column_ends.data(), transposed_rows.data(), transposed_values.data()},
          normalized.data(),
          inverse_deviation.data(),
          normalization_sums.data()};
}

template <class T>
std::int64_t NetworkMemory<T>::widest() const {
  std::int64_t widest = 0;
  for (const Layer<T>& layer : layout_.layers()) widest = std::max(widest, layer.stride);
  return widest;
}

template <class T>
void NetworkMemory<T>::set_parameters(const UserParameters<T>& parameters) {
  layout_.pad(parameters, network_.parameters);
  transpose_all();
}

template <class T>
void NetworkMemory<T>::transpose_all() {
  if (network_.transposed == nullptr) return;
  for (int l = 1; l < network_.n_layers; ++l) {
    const Layer<T>& layer = network_.layers[l];
    layer.for_transposed(network_.parameters, network_.transposed, {0, layer.n_inputs},
                         {0, layer.n_outputs},
                         [](const T* from, std::int64_t from_stride, std::int64_t rows,
                            std::int64_t columns, T* to, std::int64_t to_stride) {
                           for (std::int64_t j = 0; j < columns; ++j)
                             for (std::int64_t k = 0; k < rows; ++k)
                               to[j * to_stride + k] = from[k * from_stride + j];
                         });
  }
}

template class Buffer<float>;
template class Buffer<double>;
template class Buffer<std::int32_t>;
template class Buffer<std::int64_t>;
template class NetworkMemory<float>;
template class NetworkMemory<double>;

}  // namespace lightmlp
