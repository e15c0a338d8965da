#include "memory.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace lightmlp {

namespace {

// Activations and deltas of a block of rows should stay in a second-level cache.
constexpr std::int64_t block_bytes = 768 * 1024;
constexpr std::int64_t fewest_block_rows = 64;

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
NetworkMemory<T>::NetworkMemory(const NetworkSettings& settings, Purpose purpose,
                                std::int64_t rows) {
  lay_out(settings);
  network_.n_layers = static_cast<int>(layers_.size());
  network_.layers = layers_.data();
  network_.loss = settings.loss;
  network_.alpha = settings.alpha;
  network_.delta_scale = 1.0;
  parameters_ = Buffer<T>(network_.n_parameters);
  network_.parameters = parameters_.data();
  if (purpose == Purpose::gradients) allocate_passes(rows);
}

template <class T>
void NetworkMemory<T>::lay_out(const NetworkSettings& settings) {
  const std::vector<std::int64_t>& widths = settings.widths;
  std::int64_t offset = 0;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    Layer<T> layer{};
    layer.n_inputs = widths[l];
    layer.n_outputs = widths[l + 1];
    layer.activation = settings.activations[l];
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
void NetworkMemory<T>::allocate_passes(std::int64_t rows) {
  Network<T>& net = network_;
  net.input_stride = spread<T>(layers_[0].n_inputs);
  std::int64_t row_values = net.input_stride, outputs = 0, transposed = 0;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    outputs += layers_[l].stride;
    row_values += (reads_z(layers_[l].activation) ? 3 : 2) * layers_[l].stride;
    if (l > 0) transposed += layers_[l].n_outputs * layers_[l].transposed_stride;
  }
  const std::int64_t fitting =
      block_bytes / (row_values * static_cast<std::int64_t>(sizeof(T)));
  net.block_rows = std::min(std::max(fitting, fewest_block_rows), rows);
  gradients_ = Buffer<T>(net.n_parameters);
  transposed_ = Buffer<T>(transposed);
  values_ = Buffer<T>(row_values * net.block_rows);
  const std::int64_t n_outputs = layers_.back().n_outputs;
  link_ = Buffer<T>(net.block_rows * n_outputs);
  losses_ = Buffer<double>(net.block_rows * (n_outputs + 1));
  squared_columns_ = Buffer<T>(outputs);
  net.gradients = gradients_.data();
  net.link = link_.data();
  net.row_losses = losses_.data();
  net.loss_terms = losses_.data() + net.block_rows;
  net.squared_columns = squared_columns_.data();
  net.inputs = values_.data();
  T* values = net.inputs + net.block_rows * net.input_stride;
  T* next_transposed = transposed_.data();
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    Layer<T>& layer = layers_[l];
    layer.outputs = values;
    const std::int64_t size = net.block_rows * layer.stride;
    layer.deltas = values + size;
    values += 2 * size;
    layer.z = layer.outputs;
    if (reads_z(layer.activation)) {
      layer.z = values;
      values += size;
    }
    if (l == 0) continue;
    layer.transposed = next_transposed;
    next_transposed += layer.n_outputs * layer.transposed_stride;
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
