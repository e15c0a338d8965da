// Memory for a network in the padded layout that the kernels work on.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "layout.hpp"

namespace lightmlp {

// Zeroed values at addresses that are multiples of the padding. Large ones take memory when
// they are touched first, by the thread that needs them.
template <class T>
class Buffer {
 public:
  explicit Buffer(std::int64_t size = 0);

  T* data() const { return values_.get(); }
  std::int64_t size() const { return size_; }

 private:
  struct Release {
    void* begin = nullptr;

    void operator()(T*) const { std::free(begin); }
  };

  std::int64_t size_;
  std::unique_ptr<T[], Release> values_;
};

// Owns the memory of a Network.
template <class T>
class NetworkMemory {
 public:
  // With parameters alone, for prediction; laid out for a sparse table or a dense one, which
  // matters for the time alone.
  NetworkMemory(const NetworkSettings& settings, bool is_sparse);
  // With everything that gradients need, for batches of at most so many rows of the table and
  // so many threads.
  NetworkMemory(const NetworkSettings& settings, const TrainingRules& rules,
                const Table<T>& table, std::int64_t rows, int n_threads);

  Network<T>& network() { return network_; }
  const Layout<T>& layout() const { return layout_; }
  std::int64_t widest() const;  // widest padded layer

  // For the blocks of a sparse table, whose rows pass in this order, or null: as they lie. To
  // be called before gradients.
  void make_room(const Table<T>& table, const std::int64_t* order, std::int64_t n_rows);

  void set_parameters(const UserParameters<T>& parameters);
  // To be called after every change of the parameters outside a training step.
  void transpose_all();

 private:
  explicit NetworkMemory(const NetworkSettings& settings);  // with W not cut into panels yet

  void allocate_column_sums();
  void allocate_packing_room(int n_threads);
  std::int64_t values_per_row() const;  // of a workspace, without a sparse table's
  std::int64_t fitting_rows(const Table<T>& table) const;  // of a block

  // The memory of a workspace.
  struct WorkspaceMemory {
    WorkspaceMemory(const Network<T>& net, std::int64_t values_per_row);

    void make_room(const Network<T>& net, std::int64_t block_values);

    void lay_out(const Network<T>& net);
    void lay_out_normalization(const Network<T>& net);
    Workspace<T> workspace(const Network<T>& net) const;

    Buffer<T> values, link, sparse_values, transposed_values, normalization;
    Buffer<std::int64_t> column_ends;
    Buffer<std::int32_t> transposed_rows;
    Buffer<double> losses;
    std::vector<T*> outputs, z, deltas, normalized, inverse_deviation, normalization_sums;
  };

  LossParameters loss_;
  TrainingRules rules_;
  Layout<T> layout_;
  Network<T> network_{};
  Buffer<T> parameters_, gradients_, transposed_, column_sums_, zeros_, packing_;
  Buffer<double> group_losses_;
  std::vector<WorkspaceMemory> workspace_memories_;
  std::vector<Workspace<T>> workspaces_;
};

}  // namespace lightmlp
