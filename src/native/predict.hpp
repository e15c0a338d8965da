// Forward pass for prediction: each thread takes rows through all layers on its own, some at
// a time, so that a thread that is held up does not hold up the others.
#pragma once

#include <atomic>

#include "activations.hpp"
#include "forward_pass.hpp"
#include "kernels/sparse.hpp"
#include "losses.hpp"
#include "team.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// Where predictions go. `hidden[l]`, if wanted, is (n_rows, outputs of layer l).
template <class T>
struct Prediction {
  T* outputs;         // (n_rows, n_outputs), null if only hidden layers are wanted
  T* const* hidden;   // null if not wanted
  bool inverse_link;  // outputs, not scores
};

template <class T>
struct PredictionTask {
  const Network<T>& net;
  const Table<T>& table;
  const Prediction<T>& result;
  const Workspace<T>* workspaces;  // one for each thread
  const Interrupt& interrupt;
  std::atomic<std::int64_t>* next;  // first row that no thread has taken yet
};

// to (rows, columns) = from (rows, stride), without the padding
template <class T>
void copy_unpadded(const T* from, std::int64_t stride, std::int64_t rows, std::int64_t columns,
                   T* to) {
  for (std::int64_t i = 0; i < rows; ++i)
    copy_row(from + i * stride, columns, to + i * columns);
}

// Outputs of some rows, by one thread.
template <class T>
void predict_block(const PredictionTask<T>& task, const Team& alone, int thread,
                   const Block& rows) {
  const Network<T>& net = task.net;
  const Workspace<T>& work = task.workspaces[thread];
  const Prediction<T>& result = task.result;
  const ForwardPass<T> pass{alone, net, work, task.table, {rows, 0.0}, Mode{}, rows};
  const auto copy_to = [&](int l, T* wanted) {
    const Layer<T>& layer = net.layers[l];
    copy_unpadded(work.outputs[l], layer.stride, rows.rows, layer.n_outputs,
                  wanted + rows.first * layer.n_outputs);
  };
  pass.gather();
  pass.forward([&](int l) {
    if (result.hidden != nullptr) copy_to(l, result.hidden[l]);
  });
  if (result.outputs == nullptr) return;
  copy_to(net.n_layers - 1, result.outputs);
  const std::int64_t n = net.last().n_outputs;
  if (result.inverse_link)
    apply_inverse_link<T>({result.outputs + rows.first * n, rows.rows, n, net.loss});
}

template <class T>
void predict_rows(const Team& team, void* context) {
  const auto& task = *static_cast<const PredictionTask<T>*>(context);
  const Team alone{0, 1, nullptr, team.stop};
  while (true) {
    if (team.leads() && task.interrupt()) team.stop->store(true, std::memory_order_relaxed);
    if (team.stop->load(std::memory_order_relaxed)) return;
    const std::int64_t first = task.next->fetch_add(prediction_rows, std::memory_order_relaxed);
    const std::int64_t left = task.table.n_rows - first;
    if (left <= 0) return;
    const std::int64_t rows = left < prediction_rows ? left : prediction_rows;
    predict_block(task, alone, team.index, {nullptr, first, rows});
  }
}

// c (columns) = bias + a . B for one row, with B as the user's arrays lie in memory: for a
// few rows, copying the weights to padded memory would take longer than using them.
template <class T, class Value, class RowOfB>
void multiply_row(Value value, RowOfB row_of_b, std::int64_t depth, const T* bias, T* c,
                  std::int64_t columns) {
  constexpr int n_vectors = 8;
  std::int64_t column = 0;
  for (; column + n_vectors * lanes<T> <= columns; column += n_vectors * lanes<T>) {
    Vec<T> sum[n_vectors];
    LIGHTMLP_UNROLL
    for (int v = 0; v < n_vectors; ++v) sum[v] = load(bias + column + v * lanes<T>);
    for (std::int64_t k = 0; k < depth; ++k) {
      const Vec<T> left = broadcast(value(k));
      const T* const right = row_of_b(k) + column;
      LIGHTMLP_UNROLL
      for (int v = 0; v < n_vectors; ++v)
        sum[v] = fma(left, load(right + v * lanes<T>), sum[v]);
    }
    LIGHTMLP_UNROLL
    for (int v = 0; v < n_vectors; ++v) store(c + column + v * lanes<T>, sum[v]);
  }
  if (column == columns) return;
  std::memcpy(c + column, bias + column,
              static_cast<std::size_t>(columns - column) * sizeof(T));
  for (std::int64_t k = 0; k < depth; ++k) {
    const T left = value(k);
    const T* const right = row_of_b(k);
    std::int64_t j = column;
    for (; j + lanes<T> <= columns; j += lanes<T>)
      store(c + j, fma(broadcast(left), load(right + j), load(c + j)));
    for (; j < columns; ++j) c[j] = fma(left, right[j], c[j]);
  }
}

// A few rows, on the calling thread, with unpadded weights.
template <class T>
void predict_few(const DirectNetwork<T>& net, const Table<T>& table, T* outputs,
                 bool inverse_link, T* below, T* above) {
  const std::int64_t n = net.n_outputs[net.n_layers - 1];
  for (std::int64_t i = 0; i < table.n_rows; ++i) {
    std::int64_t depth = table.n_features;
    for (int l = 0; l < net.n_layers; ++l) {
      const std::int64_t columns = net.n_outputs[l];
      const T* const weights = net.parameters[2 * l];
      const T* const bias = net.parameters[2 * l + 1];
      const bool last = l + 1 == net.n_layers;
      T* const out = last ? outputs + i * n : above;
      if (l == 0 && table.is_sparse()) {
        const SparseRow<T> row = sparse_row(table, i);
        multiply_row<T>([&](std::int64_t k) { return row.values[k]; },
                        [&](std::int64_t k) { return weights + row.columns[k] * columns; },
                        row.size, bias, out, columns);
      } else {
        const T* const in = l == 0 ? table.dense + i * table.dense_stride : below;
        multiply_row<T>([&](std::int64_t k) { return in[k]; },
                        [&](std::int64_t k) { return weights + k * columns; }, depth, bias, out,
                        columns);
      }
      if (last) break;
      with_activation(net.activations[l], [&]<class F>(F) {
        transform(out, columns, [](Vec<T> z) { return F::template forward<T>(z); });
      });
      depth = columns;
      above = below;
      below = out;
    }
  }
  if (inverse_link) apply_inverse_link<T>({outputs, table.n_rows, n, net.loss});
}

}  // namespace lightmlp::LIGHTMLP_ISA
