// Memory for a network in the padded layout that the kernels work on.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "plan.hpp"

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

// What LossSettings points to.
struct LossParameters {
  Loss kind = Loss::squared_error;
  double delta = 0.0, power = 0.0, gamma = 0.0, label_smoothing = 0.0;
  std::vector<double> levels{0.5};
  std::vector<std::int64_t> group_sizes{};  // empty: all columns are one output
  std::vector<double> class_weight{};       // empty: 1

  // Valid as long as this object.
  LossSettings settings() const {
    const bool one = group_sizes.empty();
    return {kind,
            delta,
            power,
            gamma,
            label_smoothing,
            levels.data(),
            static_cast<std::int64_t>(levels.size()),
            one ? nullptr : group_sizes.data(),
            one ? 1 : static_cast<std::int64_t>(group_sizes.size()),
            class_weight.empty() ? nullptr : class_weight.data()};
  }
};

struct NetworkSettings {
  std::vector<std::int64_t> widths;     // the input first
  std::vector<Activation> activations;  // of each layer, the last one's is the identity
  LossParameters loss;
  double alpha = 0.0;
  double l1 = 0.0;
  double input_dropout = 0.0;
  std::vector<Normalization> normalizations{};  // of each layer; empty: none
  std::vector<double> dropout{};                // of each layer; empty: none

  std::int64_t bias_rows(std::size_t layer) const;
  std::int64_t n_parameters() const;  // of all layers, without padding
  bool has(Normalization kind) const;
};

// What StepRules points to, and the seed of dropout.
struct TrainingRules {
  double clip_value = INFINITY, clip_norm = INFINITY, max_norm = INFINITY;
  int n_frozen = 0;
  std::vector<double> layer_rates{};  // empty: 1
  std::uint64_t seed = 0;

  // Valid as long as this object.
  StepRules settings() const {
    return {clip_value, clip_norm, max_norm, n_frozen,
            layer_rates.empty() ? nullptr : layer_rates.data()};
  }
};

// Weights and biases without padding, one array of each a layer.
template <class Value>
struct ParameterArrays {
  std::vector<Value*> weights, bias;  // all rows of a bias
};

template <class T>
using UserParameters = ParameterArrays<const T>;

// Owns the memory of a Network. Flat vectors outside the engine hold W1, b1, W2, b2, ...
// without padding, row by row.
template <class T>
class NetworkMemory {
 public:
  // With parameters alone, to predict for a sparse table or a dense one.
  NetworkMemory(const NetworkSettings& settings, bool is_sparse);
  // With everything that gradients need, for batches of at most so many rows of the table and
  // so many threads.
  NetworkMemory(const NetworkSettings& settings, const TrainingRules& rules,
                const Table<T>& table, std::int64_t rows, int n_threads);

  Network<T>& network() { return network_; }
  std::int64_t n_flat() const { return n_flat_; }
  std::int64_t widest() const;  // widest padded layer

  // For the blocks of a sparse table, whose rows pass in this order, or null: as they lie. To
  // be called before gradients.
  void make_room(const Table<T>& table, const std::int64_t* order, std::int64_t n_rows);

  // The arrays that a flat vector consists of.
  template <class Value>
  ParameterArrays<Value> arrays(Value* flat) const;
  void pad(const UserParameters<T>& from, T* padded_values) const;
  void unpad(const T* padded_values, T* flat) const;
  void set_parameters(const UserParameters<T>& parameters);
  // To be called after every change of the parameters outside a training step.
  void transpose_all();

 private:
  void lay_out(const NetworkSettings& settings);
  // For a team that shares the columns of each W.
  void lay_out_panels(int n_threads, bool is_sparse);
  Panels panels(std::int64_t rows, std::vector<std::int64_t> begins);
  template <class Value, class Copy>
  void for_runs(const ParameterArrays<Value>& arrays, const Copy& copy) const;
  void allocate_transposed();
  void allocate_column_sums();
  void allocate_panels(int n_threads);
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
  std::vector<Layer<T>> layers_;
  std::vector<std::vector<std::int64_t>> panel_begins_;
  Network<T> network_{};
  std::int64_t n_flat_ = 0;
  Buffer<T> parameters_, gradients_, transposed_, column_sums_, zeros_, panels_;
  Buffer<double> group_losses_;
  std::vector<WorkspaceMemory> workspace_memories_;
  std::vector<Workspace<T>> workspaces_;
};

}  // namespace lightmlp
