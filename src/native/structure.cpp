#include "structure.hpp"

#include <algorithm>

namespace lightmlp {

namespace {

std::size_t count_chained(const NetworkSettings& settings) {
  std::size_t count = is_fused(settings.of_input) ? 0 : settings.of_input.size();
  for (const StepSettings& step : settings.steps)
    if (!is_fused(step.elementwise)) count += step.elementwise.size();
  return count;
}

// What encoders write spills over their last column by less than a line.
template <class T>
std::int64_t input_stride(const NetworkSettings& settings, std::int64_t width) {
  return row_stride<T>(settings.encoders.empty() ? width : width + line<T>);
}

}  // namespace

template <class T>
Structure<T>::Structure(const NetworkSettings& settings)
    : layout_(settings),
      one_hot_(settings.one_hot),
      n_numbers_(settings.n_numbers),
      n_categories_(settings.n_categories) {
  // What pointers refer to must not move.
  chains_.reserve(count_chained(settings));
  std::int64_t width = 0;
  for (const EncoderSettings& encoder : settings.encoders) {
    add_encoder(encoder, width);
    width += encoder.n_outputs;
  }
  if (settings.encoders.empty()) width = settings.n_numbers;
  // Encodings stay as they are for the derivative of what follows them.
  input_ = make_step(width, input_stride<T>(settings, width), settings.of_input);
  for (const StepSettings& step : settings.steps) {
    Layer<T> layer{};
    const bool is_first = layers_.empty();
    layer.n_inputs = step.n_inputs;
    layer.n_dense = is_first ? width : step.n_inputs;
    layer.has_transposed = !is_first || n_taken_ > 0;
    layer.normalization = step.normalization;
    layer.spans = take_spans(step.parameters.size());
    layer.n_spans = static_cast<int>(step.parameters.size());
    static_cast<Step&>(layer) =
        make_step(step.n_outputs, row_stride<T>(step.n_outputs), step.elementwise);
    layers_.push_back(layer);
  }
}

template <class T>
const Span* Structure<T>::take_spans(std::size_t count) {
  const Span* const first = layout_.spans().data() + n_taken_;
  n_taken_ += count;
  return first;
}

template <class T>
void Structure<T>::add_encoder(const EncoderSettings& settings, std::int64_t begin) {
  columns_.push_back(settings.columns);
  values_.emplace_back();
  starts_.push_back({0});
  for (const std::vector<double>& list : settings.lists) {
    values_.back().insert(values_.back().end(), list.begin(), list.end());
    starts_.back().push_back(static_cast<std::int64_t>(values_.back().size()));
  }
  const Span* const spans = take_spans(settings.parameters.size());
  encoders_.push_back({settings.kind, columns_.back().data(),
                       static_cast<int>(columns_.back().size()), begin, settings.n_outputs,
                       settings.activation, values_.back().data(), starts_.back().data(), spans,
                       static_cast<int>(settings.parameters.size())});
}

template <class T>
Step Structure<T>::make_step(std::int64_t n_outputs, std::int64_t stride,
                             const std::vector<ElementwiseSettings>& elementwise) {
  Step step{};
  step.n_outputs = n_outputs;
  step.stride = stride;
  step.columns = padded<T>(n_outputs);
  if (is_fused(elementwise)) {
    for (const ElementwiseSettings& layer : elementwise)
      if (layer.kind == Elementwise::Activation)
        step.activation = layer.activation;
      else
        step.dropout = layer.rate;
    return step;
  }
  step.chain = chains_.data() + chains_.size();
  step.chain_size = static_cast<int>(elementwise.size());
  for (const ElementwiseSettings& layer : elementwise) {
    const std::size_t n_spans = layer.parameters.size();
    chains_.push_back({layer.kind, static_cast<int>(chains_.size()), layer.activation,
                       layer.rate, take_spans(n_spans), static_cast<int>(n_spans)});
  }
  return step;
}

template <class T>
void Structure<T>::cut(int n_threads, bool is_sparse) {
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    Layer<T>& layer = layers_[l];
    // The values of a sparse row take whole rows of W, here and there; so do one-hot codes.
    const bool takes_rows = l == 0 && (is_sparse || !one_hot_.empty());
    if (!takes_rows) layout_.cut(l, n_threads);
    if (!layer.has_transposed) continue;
    layer.transposed_panels = cut_into_panels<T>(layer.columns, layer.n_dense, n_threads);
    layer.transposed = n_transposed_;
    n_transposed_ += layer.transposed_panels.size();
  }
}

template <class T>
void Structure<T>::describe(Network<T>& network) const {
  network.n_numbers = n_numbers_;
  network.n_categories = n_categories_;
  network.encoders = encoders_.data();
  network.n_encoders = static_cast<int>(encoders_.size());
  network.one_hot = one_hot_.data();
  network.n_one_hot = static_cast<int>(one_hot_.size());
  network.input = input_;
  network.n_layers = static_cast<int>(layers_.size());
  network.layers = layers_.data();
  network.spans = layout_.spans().data();
  network.n_spans = static_cast<int>(layout_.spans().size());
  network.n_parameters = layout_.n_padded();
  const auto moves = [](const Span& span) { return span.moves(); };
  const Span* const end = network.spans + network.n_spans;
  const Span* const first = std::find_if(network.spans, end, moves);
  network.first_moving = -1;
  for (const Layer<T>& layer : layers_) network.first_moving += first >= layer.spans;
  network.limits_norms = std::any_of(network.spans, end, [](const Span& span) {
    return span.moves() && span.rule.max_norm < INFINITY;
  });
}

template <class T>
bool Structure<T>::keeps_encoded() const {
  return std::any_of(encoders_.begin(), encoders_.end(),
                     [](const Encoder<T>& encoder) { return reads_z(encoder.activation); });
}

// Room to transpose what one column has of a parameter, and for a few rows beside it.
template <class T>
std::int64_t Structure<T>::scratch_size() const {
  constexpr std::int64_t spare_rows = 8;
  std::int64_t size = 0;
  for (const Encoder<T>& encoder : encoders_)
    for (int i = 0; i < encoder.n_spans; ++i) {
      const Span& span = encoder.spans[i];
      const std::int64_t rows = (span.panels.rows + encoder.n_columns - 1) / encoder.n_columns;
      size = std::max(size, padded<T>(rows + line<T>) * (span.columns() + spare_rows));
    }
  return size;
}

template class Structure<float>;
template class Structure<double>;

}  // namespace lightmlp
