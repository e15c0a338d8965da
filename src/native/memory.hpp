// Memory for a network in the padded layout that the kernels work on.
#pragma once

#include <cstdint>
#include <vector>

#include "buffer.hpp"
#include "structure.hpp"
#include "workspace_memory.hpp"

namespace lightmlp {

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
  const Layout<T>& layout() const { return structure_.layout(); }
  // For prediction: one for each thread.
  const Workspace<T>* prediction_workspaces(int n_threads);

  // For the blocks of a sparse table, whose rows pass in this order, or null: as they lie. To
  // be called before gradients.
  void make_room(const Table<T>& table, const std::int64_t* order, std::int64_t n_rows);

  void set_parameters(const UserParameters<T>& parameters);
  // To be called after every change of the parameters outside a training step.
  void transpose_all();

 private:
  // With W not cut into panels yet.
  NetworkMemory(const NetworkSettings& settings, const std::vector<ParameterRule>& rules);

  void allocate_zeros();
  void allocate_column_sums();
  void allocate_packing_room(int n_threads);
  std::int64_t widest() const;                             // widest padded layer
  std::int64_t fitting_rows(const Table<T>& table) const;  // of a block

  LossParameters loss_;
  Structure<T> structure_;
  Network<T> network_{};
  Buffer<T> parameters_, gradients_, transposed_, column_sums_, zeros_, packing_;
  Buffer<double> group_losses_;
  std::vector<WorkspaceMemory<T>> workspace_memories_, prediction_memories_;
  std::vector<Workspace<T>> workspaces_, prediction_workspaces_;
};

}  // namespace lightmlp
