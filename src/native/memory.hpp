// Memory for a network in the padded layout that the kernels work on.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "plan.hpp"

namespace lightmlp {

// Zeroed values at addresses that are multiples of the padding.
template <class T>
class Buffer {
 public:
  explicit Buffer(std::int64_t size = 0);

  T* data() const { return values_.get(); }
  std::int64_t size() const { return size_; }

 private:
  struct Release {
    void operator()(T* values) const {
      ::operator delete[](values, std::align_val_t{padding_bytes});
    }
  };

  std::int64_t size_;
  std::unique_ptr<T[], Release> values_;
};

struct NetworkSettings {
  std::vector<std::int64_t> widths;     // the input first
  std::vector<Activation> activations;  // of each layer, the last one's is the identity
  Loss loss;
  double alpha;
};

// What a network is to be used for decides what memory it needs.
enum class Purpose { prediction, gradients };

// Owns the memory of a Network. Flat vectors outside the engine hold W1, b1, W2, b2, ...
// without padding, row by row.
template <class T>
class NetworkMemory {
 public:
  // `rows` is the largest number of rows that pass together; 0 for prediction.
  NetworkMemory(const NetworkSettings& settings, Purpose purpose, std::int64_t rows);

  Network<T>& network() { return network_; }
  std::int64_t n_flat() const { return n_flat_; }
  std::int64_t widest() const;  // widest padded layer

  void pad(const T* flat, T* padded_values) const;
  void unpad(const T* padded_values, T* flat) const;
  void set_parameters(const T* flat);
  // To be called after every change of the parameters outside a training step.
  void transpose_all();

 private:
  void lay_out(const NetworkSettings& settings);
  void allocate_passes(std::int64_t rows);

  std::vector<Layer<T>> layers_;
  Network<T> network_{};
  std::int64_t n_flat_ = 0;
  Buffer<T> parameters_, gradients_, transposed_, values_, link_, squared_columns_;
  Buffer<double> losses_;
};

}  // namespace lightmlp
