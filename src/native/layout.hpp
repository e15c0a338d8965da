// Where each parameter of a network lies.
#pragma once

#include <cstdint>
#include <vector>

#include "settings.hpp"

namespace lightmlp {

// Weights and biases without padding, one array of each a layer.
template <class Value>
struct ParameterArrays {
  std::vector<Value*> weights, bias;  // all rows of a bias
};

template <class T>
using UserParameters = ParameterArrays<const T>;

// The padded layout that the kernels work on. Flat vectors outside the engine hold W1, b1, W2,
// b2, ... without padding, row by row.
template <class T>
class Layout {
 public:
  explicit Layout(const NetworkSettings& settings);

  // Cut W and W^T into panels for a team that divides their columns: once, before there are
  // parameters or copies.
  void cut(int n_threads, bool is_sparse);

  std::vector<Layer<T>>& layers() { return layers_; }
  const std::vector<Layer<T>>& layers() const { return layers_; }
  std::int64_t n_padded() const { return n_padded_; }
  std::int64_t n_flat() const { return n_flat_; }
  std::int64_t n_transposed() const { return n_transposed_; }  // of W^T of all layers

  // The arrays that a flat vector consists of.
  template <class Value>
  ParameterArrays<Value> arrays(Value* flat) const;
  void pad(const UserParameters<T>& from, T* padded_values) const;
  void unpad(const T* padded_values, T* flat) const;

 private:
  template <class Value, class Copy>
  void for_runs(const ParameterArrays<Value>& arrays, const Copy& copy) const;

  std::vector<Layer<T>> layers_;
  std::int64_t n_padded_ = 0, n_flat_ = 0, n_transposed_ = 0;
};

}  // namespace lightmlp
