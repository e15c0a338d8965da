// Where each parameter of a network lies.
#pragma once

#include <cstdint>
#include <vector>

#include "settings.hpp"

namespace lightmlp {

// One array for each parameter, without padding, row by row.
template <class T>
using UserParameters = std::vector<const T*>;

// The padded layout that the kernels work on. Flat vectors outside the engine hold the same
// arrays one after another without padding.
template <class T>
class Layout {
 public:
  explicit Layout(const NetworkSettings& settings);

  // Cut the weights of step l into panels for a team that divides their columns: once, before
  // there are parameters.
  void cut(std::size_t l, int n_threads);
  void set_rules(const std::vector<ParameterRule>& rules);

  const std::vector<Span>& spans() const { return spans_; }
  // The number of the weights of step l among the spans.
  std::size_t weights(std::size_t l) const { return weights_[l]; }
  std::int64_t n_padded() const { return n_padded_; }
  std::int64_t n_flat() const { return n_flat_; }
  std::int64_t n_sums() const { return n_sums_; }  // columns of all arrays

  // The arrays that a flat vector consists of.
  UserParameters<T> arrays(const T* flat) const;
  void pad(const UserParameters<T>& from, T* padded_values) const;
  void unpad(const T* padded_values, T* flat) const;

 private:
  void add(const std::vector<ParameterShape>& shapes, bool share_columns);

  std::vector<Span> spans_;
  std::vector<std::size_t> weights_;
  std::int64_t n_padded_ = 0, n_flat_ = 0, n_sums_ = 0;
};

// Panels of few cache lines, as many for each thread of a team.
template <class T>
Panels cut_into_panels(std::int64_t rows, std::int64_t width, int n_threads);

}  // namespace lightmlp
