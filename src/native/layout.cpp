#include "layout.hpp"

#include <algorithm>

namespace lightmlp {

namespace {

// Panels of few cache lines, as many for each thread of a team.
template <class T>
Panels cut_into_panels(std::int64_t rows, std::int64_t width, int n_threads) {
  const std::int64_t columns = padded<T>(width), lines = columns / line<T>;
  const std::int64_t threads = divides_columns<T>(columns, n_threads) ? n_threads : 1;
  const std::int64_t lines_each = (lines + threads - 1) / threads;
  const std::int64_t panels_each = (lines_each + most_panel_lines - 1) / most_panel_lines;
  return {rows, lines, line<T>, threads * panels_each};
}

}  // namespace

template <class T>
Layout<T>::Layout(const NetworkSettings& settings) : n_flat_(settings.n_parameters()) {
  const std::vector<std::int64_t>& widths = settings.widths;
  std::int64_t offset = 0;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    Layer<T> layer{};
    layer.n_inputs = widths[l];
    layer.n_outputs = widths[l + 1];
    layer.activation = settings.activations[l];
    if (!settings.normalizations.empty()) layer.normalization = settings.normalizations[l];
    if (!settings.dropout.empty()) layer.dropout = settings.dropout[l];
    layer.stride = row_stride<T>(layer.n_outputs);
    layer.weights = offset;
    layer.bias = offset + layer.n_inputs * padded<T>(layer.n_outputs);
    offset = layer.bias + n_bias_rows(layer.normalization) * layer.stride;
    layers_.push_back(layer);
  }
  n_padded_ = offset;
}

template <class T>
void Layout<T>::cut(int n_threads, bool is_sparse) {
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    Layer<T>& layer = layers_[l];
    layer.panels = cut_into_panels<T>(layer.n_inputs, layer.n_outputs, n_threads);
    // The values of a sparse row take whole rows of W, here and there.
    if (l == 0 && is_sparse) layer.panels.count = 1;
    if (l == 0) continue;
    layer.transposed_panels =
        cut_into_panels<T>(layer.panels.columns(), layer.n_inputs, n_threads);
    layer.transposed = n_transposed_;
    n_transposed_ += layer.transposed_panels.size();
  }
}

template <class T>
template <class Value>
ParameterArrays<Value> Layout<T>::arrays(Value* flat) const {
  ParameterArrays<Value> split;
  for (const Layer<T>& layer : layers_) {
    split.weights.push_back(flat);
    flat += layer.n_inputs * layer.n_outputs;
    split.bias.push_back(flat);
    flat += n_bias_rows(layer.normalization) * layer.n_outputs;
  }
  return split;
}

// copy(place, offset, count) for each run of values that follow each other both in an array, at
// `place`, and in the padded layout.
template <class T>
template <class Value, class Copy>
void Layout<T>::for_runs(const ParameterArrays<Value>& arrays, const Copy& copy) const {
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer<T>& layer = layers_[l];
    const std::int64_t n = layer.n_outputs;
    layer.panels.for_columns({0, n},
                             [&](std::int64_t offset, std::int64_t stride, Range columns) {
                               for (std::int64_t k = 0; k < layer.n_inputs; ++k)
                                 copy(arrays.weights[l] + k * n + columns.begin,
                                      layer.weights + offset + k * stride, columns.size());
                             });
    for (std::int64_t k = 0; k < n_bias_rows(layer.normalization); ++k)
      copy(arrays.bias[l] + k * n, layer.bias + k * layer.stride, n);
  }
}

template <class T>
void Layout<T>::pad(const UserParameters<T>& from, T* padded_values) const {
  for_runs(from, [=](const T* place, std::int64_t offset, std::int64_t count) {
    std::copy_n(place, count, padded_values + offset);
  });
}

template <class T>
void Layout<T>::unpad(const T* padded_values, T* flat) const {
  for_runs(arrays(flat), [=](T* place, std::int64_t offset, std::int64_t count) {
    std::copy_n(padded_values + offset, count, place);
  });
}

template class Layout<float>;
template class Layout<double>;
template ParameterArrays<const float> Layout<float>::arrays(const float*) const;
template ParameterArrays<const double> Layout<double>::arrays(const double*) const;

}  // namespace lightmlp
