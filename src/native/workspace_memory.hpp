// The memory of a workspace.
#pragma once

#include <cstdint>
#include <vector>

#include "buffer.hpp"
#include "network.hpp"

namespace lightmlp {

template <class T>
class WorkspaceMemory {
 public:
  // For gradients, and for so many threads that share it.
  WorkspaceMemory(const Network<T>& net, bool keeps_encoded, bool is_sparse, int n_threads);
  // For prediction, by one thread: two steps in turn in the same memory.
  WorkspaceMemory(const Network<T>& net, std::int64_t widest);

  // Values for each row of a block, without a sparse table's.
  static std::int64_t values_per_row(const Network<T>& net, bool keeps_encoded, bool is_sparse);

  // Of a sparse table whose blocks have so many values.
  void make_room(const Network<T>& net, std::int64_t block_values);
  // Valid until the next call of make_room.
  Workspace<T> workspace() const;

 private:
  class Place;  // where the next piece of memory is

  void lay_out_step(const Network<T>& net, int l, bool is_sparse, Place& next);
  void lay_out_normalization(const Network<T>& net);

  Buffer<T> values_, results_, sparse_values_, transposed_values_, normalization_, scratch_;
  Buffer<std::int64_t> column_ends_;
  Buffer<std::int32_t> transposed_rows_;
  Buffer<double> losses_;
  std::int64_t block_rows_;
  T* encoded_ = nullptr;
  std::vector<T*> outputs_, z_, deltas_, chained_, products_;
  std::vector<T*> normalized_, inverse_deviation_, normalization_sums_;
};

}  // namespace lightmlp
