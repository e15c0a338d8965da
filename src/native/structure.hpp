// The steps of a network and what its input consists of, put together from settings.
#pragma once

#include <cstdint>
#include <vector>

#include "layout.hpp"

namespace lightmlp {

// Points into itself.
template <class T>
class Structure {
 public:
  explicit Structure(const NetworkSettings& settings);
  Structure(const Structure&) = delete;
  Structure& operator=(const Structure&) = delete;

  // Cut W and, where gradients go back through it, W^T into panels for a team that divides
  // their columns: once, before there are parameters or copies.
  void cut(int n_threads, bool is_sparse);
  void set_rules(const std::vector<ParameterRule>& rules) { layout_.set_rules(rules); }
  // Write what the structure decides into the network.
  void describe(Network<T>& network) const;

  const Layout<T>& layout() const { return layout_; }
  const std::vector<Layer<T>>& layers() const { return layers_; }
  std::int64_t n_transposed() const { return n_transposed_; }  // of W^T of all layers
  bool keeps_encoded() const;         // whether an encoder's activation reads z
  std::int64_t scratch_size() const;  // that encoders need for each thread

 private:
  void add_encoder(const EncoderSettings& settings, std::int64_t begin);
  Step make_step(std::int64_t n_outputs, std::int64_t stride,
                 const std::vector<ElementwiseSettings>& elementwise);
  const Span* take_spans(std::size_t count);

  Layout<T> layout_;
  std::vector<Layer<T>> layers_;
  std::vector<Encoder<T>> encoders_;
  std::vector<OneHotColumn> one_hot_;
  std::vector<ChainLayer> chains_;
  // What encoders point to.
  std::vector<std::vector<std::int32_t>> columns_;
  std::vector<std::vector<double>> values_;
  std::vector<std::vector<std::int64_t>> starts_;
  Step input_{};
  std::int64_t n_numbers_, n_categories_;
  std::int64_t n_transposed_ = 0;
  std::size_t n_taken_ = 0;  // spans that have an owner already
};

}  // namespace lightmlp
