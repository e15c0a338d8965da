#include "memory.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace lightmlp {

namespace {

// Activations and deltas of a block of rows should stay in a second-level cache; where the
// parameters do not fit there either, longer blocks pass over them less often.
constexpr std::int64_t block_bytes = 768 * 1024, longest_block_bytes = 8 * 1024 * 1024;
constexpr std::int64_t fewest_block_rows = 64;
// Groups of rows with gradients of their own pay while those fit in the caches.
constexpr std::int64_t most_grouped_bytes = 1024 * 1024;

// Distance of gathered rows: not a multiple of a page, where rows would evict each other.
template <class T>
std::int64_t spread(std::int64_t width) {
  const std::int64_t stride = padded<T>(width);
  const bool collides = stride * static_cast<std::int64_t>(sizeof(T)) % 4096 == 0;
  return collides ? stride + padded<T>(1) : stride;
}

}  // namespace

template <class T>
Buffer<T>::Buffer(std::int64_t size) : size_(size) {
  if (size < 0 || size > PTRDIFF_MAX / static_cast<std::int64_t>(sizeof(T)))
    throw std::bad_array_new_length();
  if (size == 0) return;
  const auto count = static_cast<std::size_t>(size);
  values_.reset(
      static_cast<T*>(::operator new[](count * sizeof(T), std::align_val_t{padding_bytes})));
  std::fill_n(values_.get(), count, T(0));
}

template <class T>
NetworkMemory<T>::NetworkMemory(const NetworkSettings& settings) {
  lay_out(settings.widths);
  network_.n_layers = static_cast<int>(layers_.size());
  network_.layers = layers_.data();
  network_.activation = settings.activation;
  network_.loss = settings.loss;
  network_.alpha = settings.alpha;
  network_.delta_scale = 1.0;
  parameters_ = Buffer<T>(network_.n_parameters);
  network_.parameters = parameters_.data();
}

template <class T>
NetworkMemory<T>::NetworkMemory(const NetworkSettings& settings, std::int64_t rows,
                                int n_threads)
    : NetworkMemory(settings) {
  Network<T>& net = network_;
  net.input_stride = spread<T>(layers_[0].n_inputs);
  net.is_grouped =
      net.n_parameters * static_cast<std::int64_t>(sizeof(T)) <= most_grouped_bytes;
  const std::int64_t n_groups = count_row_groups(net.is_grouped, rows);
  const std::int64_t group_rows = (rows + n_groups - 1) / n_groups;
  net.block_rows = std::min(fitting_rows(), group_rows);
  net.n_workspaces = static_cast<int>(std::min<std::int64_t>(n_threads, n_groups));
  const std::int64_t n_sums =
      net.n_workspaces > 1 ? n_groups : std::min<std::int64_t>(n_groups, 2);
  gradients_ = Buffer<T>(n_sums * net.n_parameters);
  net.gradients = gradients_.data();
  group_losses_ = Buffer<double>(n_groups);
  net.group_losses = group_losses_.data();
  allocate_transposed();
  for (int i = 0; i < net.n_workspaces; ++i) {
    workspace_memories_.emplace_back(net, values_per_row());
    const WorkspaceMemory& memory = workspace_memories_.back();
    workspaces_.push_back({memory.values.data(), memory.outputs.data(), memory.deltas.data(),
                           memory.link.data(), memory.losses.data() + net.block_rows,
                           memory.losses.data()});
  }
  net.workspaces = workspaces_.data();
}

template <class T>
void NetworkMemory<T>::lay_out(const std::vector<std::int64_t>& widths) {
  std::int64_t offset = 0;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    Layer<T> layer{};
    layer.n_inputs = widths[l];
    layer.n_outputs = widths[l + 1];
    layer.stride = padded<T>(layer.n_outputs);
    layer.transposed_stride = padded<T>(layer.n_inputs);
    layer.weights = offset;
    layer.bias = offset + layer.n_inputs * layer.stride;
    offset = layer.bias + layer.stride;
    n_flat_ += (layer.n_inputs + 1) * layer.n_outputs;
    layers_.push_back(layer);
  }
  network_.n_parameters = offset;
}

template <class T>
std::int64_t NetworkMemory<T>::values_per_row() const {
  std::int64_t values = network_.input_stride;
  for (const Layer<T>& layer : layers_) values += 2 * layer.stride;
  return values;
}

template <class T>
std::int64_t NetworkMemory<T>::fitting_rows() const {
  constexpr auto size = static_cast<std::int64_t>(sizeof(T));
  const std::int64_t wanted = std::max(block_bytes, 2 * network_.n_parameters * size);
  const std::int64_t bytes = std::min(wanted, longest_block_bytes);
  return std::max(bytes / (values_per_row() * size), fewest_block_rows);
}

template <class T>
void NetworkMemory<T>::allocate_transposed() {
  std::int64_t outputs = 0, transposed = 0;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    outputs += layers_[l].stride;
    if (l > 0) transposed += layers_[l].stride * layers_[l].transposed_stride;
  }
  squared_columns_ = Buffer<T>(outputs);
  network_.squared_columns = squared_columns_.data();
  transposed_ = Buffer<T>(transposed);
  T* next = transposed_.data();
  for (std::size_t l = 1; l < layers_.size(); ++l) {
    layers_[l].transposed = next;
    next += layers_[l].stride * layers_[l].transposed_stride;
  }
}

template <class T>
NetworkMemory<T>::WorkspaceMemory::WorkspaceMemory(const Network<T>& net,
                                                   std::int64_t values_per_row)
    : values(net.block_rows * values_per_row),
      link(net.block_rows * net.last().n_outputs),
      losses(net.block_rows * (net.last().n_outputs + 1)) {
  T* next = values.data() + net.block_rows * net.input_stride;
  for (int l = 0; l < net.n_layers; ++l) {
    const std::int64_t size = net.block_rows * net.layers[l].stride;
    outputs.push_back(next);
    deltas.push_back(next + size);
    next += 2 * size;
  }
}

template <class T>
std::int64_t NetworkMemory<T>::widest() const {
  std::int64_t widest = 0;
  for (const Layer<T>& layer : layers_) widest = std::max(widest, layer.stride);
  return widest;
}

template <class T>
void NetworkMemory<T>::pad(const T* flat, T* padded_values) const {
  for (const Layer<T>& layer : layers_) {
    T* row = padded_values + layer.weights;
    for (std::int64_t k = 0; k <= layer.n_inputs; ++k, row += layer.stride) {  // W, then b
      std::copy_n(flat, layer.n_outputs, row);
      flat += layer.n_outputs;
    }
  }
}

template <class T>
void NetworkMemory<T>::unpad(const T* padded_values, T* flat) const {
  for (const Layer<T>& layer : layers_) {
    const T* row = padded_values + layer.weights;
    for (std::int64_t k = 0; k <= layer.n_inputs; ++k, row += layer.stride)
      flat = std::copy_n(row, layer.n_outputs, flat);
  }
}

template <class T>
void NetworkMemory<T>::set_parameters(const T* flat) {
  pad(flat, network_.parameters);
  transpose_all();
}

template <class T>
void NetworkMemory<T>::transpose_all() {
  for (const Layer<T>& layer : layers_) {
    if (layer.transposed == nullptr) continue;
    const T* const weights = network_.parameters + layer.weights;
    for (std::int64_t k = 0; k < layer.n_inputs; ++k)
      for (std::int64_t j = 0; j < layer.n_outputs; ++j)
        layer.transposed[j * layer.transposed_stride + k] = weights[k * layer.stride + j];
  }
}

template class Buffer<float>;
template class Buffer<double>;
template class NetworkMemory<float>;
template class NetworkMemory<double>;

}  // namespace lightmlp
