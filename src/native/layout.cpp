#include "layout.hpp"

#include <algorithm>

namespace lightmlp {

namespace {

// copy(offset in the array, offset in the buffer, count) for each run of values that follow
// each other in both.
template <class Copy>
void for_runs(const Span& span, const Copy& copy) {
  const std::int64_t n = span.n_columns;
  span.panels.for_columns({0, n}, [&](std::int64_t offset, std::int64_t stride, Range columns) {
    for (std::int64_t k = 0; k < span.panels.rows; ++k)
      copy(k * n + columns.begin, span.offset + offset + k * stride, columns.size());
  });
}

}  // namespace

template <class T>
Panels cut_into_panels(std::int64_t rows, std::int64_t width, int n_threads) {
  const std::int64_t columns = padded<T>(width), lines = columns / line<T>;
  const std::int64_t threads = divides_columns<T>(columns, n_threads) ? n_threads : 1;
  const std::int64_t lines_each = (lines + threads - 1) / threads;
  const std::int64_t panels_each = (lines_each + most_panel_lines - 1) / most_panel_lines;
  return {rows, lines, line<T>, threads * panels_each};
}

template <class T>
Layout<T>::Layout(const NetworkSettings& settings) {
  for (const EncoderSettings& encoder : settings.encoders) add(encoder.parameters, false);
  for (const ElementwiseSettings& layer : settings.of_input) add(layer.parameters, false);
  for (const StepSettings& step : settings.steps) {
    weights_.push_back(spans_.size());
    add(step.parameters, true);
    for (const ElementwiseSettings& layer : step.elementwise) add(layer.parameters, false);
  }
}

template <class T>
void Layout<T>::add(const std::vector<ParameterShape>& shapes, bool share_columns) {
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const ParameterShape& shape = shapes[i];
    const std::int64_t columns = padded<T>(shape.columns);
    const bool shares = share_columns && i > 0;
    if (!shares) n_sums_ += columns;
    spans_.push_back({n_padded_,
                      {shape.rows, columns / line<T>, line<T>, 1},
                      shape.columns,
                      shape.is_trained,
                      shape.is_penalized,
                      n_sums_ - columns,
                      shares,
                      {}});
    n_padded_ += shape.rows == 1 ? row_stride<T>(shape.columns) : shape.rows * columns;
    n_flat_ += shape.rows * shape.columns;
  }
}

template <class T>
void Layout<T>::cut(std::size_t l, int n_threads) {
  Span& span = spans_[weights_[l]];
  span.panels = cut_into_panels<T>(span.panels.rows, span.n_columns, n_threads);
}

template <class T>
void Layout<T>::set_rules(const std::vector<ParameterRule>& rules) {
  for (std::size_t i = 0; i < rules.size(); ++i) spans_[i].rule = rules[i];
}

template <class T>
UserParameters<T> Layout<T>::arrays(const T* flat) const {
  UserParameters<T> split;
  for (const Span& span : spans_) {
    split.push_back(flat);
    flat += span.panels.rows * span.n_columns;
  }
  return split;
}

template <class T>
void Layout<T>::pad(const UserParameters<T>& from, T* padded_values) const {
  for (std::size_t i = 0; i < spans_.size(); ++i)
    for_runs(spans_[i], [&](std::int64_t at, std::int64_t offset, std::int64_t count) {
      std::copy_n(from[i] + at, count, padded_values + offset);
    });
}

template <class T>
void Layout<T>::unpad(const T* padded_values, T* flat) const {
  for (const Span& span : spans_) {
    for_runs(span, [&](std::int64_t at, std::int64_t offset, std::int64_t count) {
      std::copy_n(padded_values + offset, count, flat + at);
    });
    flat += span.panels.rows * span.n_columns;
  }
}

template Panels cut_into_panels<float>(std::int64_t, std::int64_t, int);
template Panels cut_into_panels<double>(std::int64_t, std::int64_t, int);
template class Layout<float>;
template class Layout<double>;

}  // namespace lightmlp
