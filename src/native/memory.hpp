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
  std::vector<std::int64_t> widths;  // the input first
  Activation activation;
  Loss loss;
  double alpha;
};

// Owns the memory of a Network. Flat vectors outside the engine hold W1, b1, W2, b2, ...
// without padding, row by row.
template <class T>
class NetworkMemory {
 public:
  // With parameters alone, for prediction.
  explicit NetworkMemory(const NetworkSettings& settings);
  // With everything that gradients need, for batches of at most so many rows and threads that
  // may work on groups of their own.
  NetworkMemory(const NetworkSettings& settings, std::int64_t rows, int n_threads);

  Network<T>& network() { return network_; }
  std::int64_t n_flat() const { return n_flat_; }
  std::int64_t widest() const;  // widest padded layer

  void pad(const T* flat, T* padded_values) const;
  void unpad(const T* padded_values, T* flat) const;
  void set_parameters(const T* flat);
  // To be called after every change of the parameters outside a training step.
  void transpose_all();

 private:
  void lay_out(const std::vector<std::int64_t>& widths);
  void allocate_transposed();
  std::int64_t values_per_row() const;  // of a workspace
  std::int64_t fitting_rows() const;    // of a block

  // The memory of a workspace.
  struct WorkspaceMemory {
    WorkspaceMemory(const Network<T>& net, std::int64_t values_per_row);

    Buffer<T> values, link;
    Buffer<double> losses;
    std::vector<T*> outputs, deltas;
  };

  std::vector<Layer<T>> layers_;
  Network<T> network_{};
  std::int64_t n_flat_ = 0;
  Buffer<T> parameters_, gradients_, transposed_, squared_columns_;
  Buffer<double> group_losses_;
  std::vector<WorkspaceMemory> workspace_memories_;
  std::vector<Workspace<T>> workspaces_;
};

}  // namespace lightmlp
