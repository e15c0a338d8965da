// Forward and backward pass of a block of rows, executed by a team of threads.
//
// Each thread of the team owns a part of every matrix of weights (some of its columns, or of
// its rows where the layer is narrow) and the same part of its gradient: a sum is never split
// between threads, so the bits do not depend on their number.
#pragma once

#include "activations.hpp"
#include "kernels/product.hpp"
#include "kernels/sparse.hpp"
#include "losses.hpp"
#include "plan.hpp"
#include "team.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// Consecutive rows of a batch; `order` picks them from the table, or null: from `first` on.
struct Block {
  const std::int64_t* order;
  std::int64_t first, rows;

  std::int64_t row(std::int64_t i) const { return order != nullptr ? order[i] : first + i; }
  Block part(std::int64_t begin, std::int64_t count) const {
    return {order != nullptr ? order + begin : nullptr, first + begin, count};
  }
};

// A part of a matrix.
struct Part {
  Range rows, columns;
};

template <class T>
inline constexpr std::int64_t line = padding_bytes / static_cast<std::int64_t>(sizeof(T));

// What one thread computes of a (rows x padded outputs) matrix of a layer. Columns where
// each thread gets two cache lines of a row or more: then weights never change their owner.
template <class T>
Part own_part(const Team& team, const Layer<T>& layer, std::int64_t rows, bool sparse_input) {
  const bool by_columns = sparse_input || layer.stride / line<T> >= 2 * team.size;
  if (by_columns) return {{0, rows}, team.share(layer.stride, line<T>)};
  return {team.share(rows, line<T>), {0, layer.stride}};
}

template <class T>
SparseRow<T> sparse_row(const Table<T>& table, std::int64_t row) {
  const std::int64_t begin = table.row_starts[row];
  return {table.columns + begin, table.values + begin, table.row_starts[row + 1] - begin};
}

// The network at work on one block, in a workspace that the team shares.
template <class T>
struct Pass {
  const Team& team;
  const Network<T>& net;
  const Workspace<T>& work;
  const Table<T>& table;
  Block block;

  bool sparse_input(int l) const { return l == 0 && table.is_sparse(); }
  const T* inputs(int l) const { return l == 0 ? work.inputs : work.outputs[l - 1]; }
  std::int64_t input_stride(int l) const {
    return l == 0 ? net.input_stride : net.layers[l - 1].stride;
  }

  void gather() const {
    if (table.is_sparse()) return;
    const Range mine = team.share(block.rows);
    const auto bytes = static_cast<std::size_t>(table.n_features) * sizeof(T);
    for (std::int64_t i = mine.begin; i < mine.end; ++i)
      std::memcpy(work.inputs + i * net.input_stride,
                  table.dense + block.row(i) * table.dense_stride, bytes);
  }

  // outputs = f(inputs . W + b) on a part of the block
  void forward_layer(int l, const Part& part) const {
    const Layer<T>& layer = net.layers[l];
    const std::int64_t column = part.columns.begin;
    T* const outputs = work.outputs[l] + part.rows.begin * layer.stride + column;
    const T* const weights = net.parameters + layer.weights + column;
    const T* const bias = net.parameters + layer.bias + column;
    if (sparse_input(l)) {
      for (std::int64_t i = part.rows.begin; i < part.rows.end; ++i)
        multiply_sparse(sparse_row(table, block.row(i)), weights, layer.stride, bias,
                        work.outputs[l] + i * layer.stride + column, part.columns.size());
    } else {
      const Product<T> product{inputs(l) + part.rows.begin * input_stride(l),
                               input_stride(l),
                               weights,
                               layer.stride,
                               part.rows.size(),
                               part.columns.size(),
                               layer.n_inputs,
                               Start::bias,
                               bias,
                               0};
      if (l + 1 < net.n_layers && net.activation == Activation::relu)
        return multiply(product, outputs, layer.stride,
                        [](std::int64_t, Vec<T> sum)
                            LIGHTMLP_INLINED { return Relu::forward<T>(sum); });
      multiply(product, outputs, layer.stride);
    }
    if (l + 1 < net.n_layers)
      activate(net.activation, outputs, layer.stride, part.rows.size(), part.columns.size());
  }

  void forward() const {
    const int last = net.n_layers - 1;
    for (int l = 0; l < last; ++l) {
      forward_layer(l, own_part(team, net.layers[l], block.rows, sparse_input(l)));
      team.synchronize();
    }
    forward_layer(last, {team.share(block.rows), {0, net.last().stride}});
  }

  // Losses and deltas of this thread's rows, from the scores of the last layer.
  void loss_and_deltas() const {
    const Range mine = team.share(block.rows);
    const std::int64_t n = net.last().n_outputs, stride = net.last().stride;
    const Outputs<T> out{work.link + mine.begin * n, work.loss_terms + mine.begin * n,
                         work.row_losses + mine.begin, mine.size(), n};
    const T* const scores = work.outputs[net.n_layers - 1];
    for (std::int64_t i = mine.begin; i < mine.end; ++i)
      std::memcpy(work.link + i * n, scores + i * stride,
                  static_cast<std::size_t>(n) * sizeof(T));
    apply_link(net.loss, out);
    with_loss(net.loss, [&]<class L>(L) {
      if constexpr (std::is_same_v<L, LogLoss>)
        L::loss(out, [&](std::int64_t i) { return table.codes[block.row(mine.begin + i)]; });
      else
        L::loss(out, [&](std::int64_t i) { return targets(mine.begin + i); });
    });
    for (std::int64_t i = mine.begin; i < mine.end; ++i) delta_row(i);
  }

  const T* targets(std::int64_t i) const {
    return table.targets + block.row(i) * net.last().n_outputs;
  }

  // delta = weight (output - target)
  void delta_row(std::int64_t i) const {
    const Layer<T>& layer = net.last();
    const T* const output = work.link + i * layer.n_outputs;
    T* const delta = work.deltas[net.n_layers - 1] + i * layer.stride;
    if (net.loss == Loss::log_loss) {
      for (std::int64_t j = 0; j < layer.n_outputs; ++j) delta[j] = output[j];
      delta[table.codes[block.row(i)]] -= T(1);
    } else {
      const T* const target = targets(i);
      for (std::int64_t j = 0; j < layer.n_outputs; ++j) delta[j] = output[j] - target[j];
    }
    T weight = static_cast<T>(net.delta_scale);
    if (table.sample_weight != nullptr) {
      weight *= table.sample_weight[block.row(i)];
      work.row_losses[i] *= table.sample_weight[block.row(i)];
    }
    if (weight != T(1))
      for (std::int64_t j = 0; j < layer.n_outputs; ++j) delta[j] *= weight;
    for (std::int64_t j = layer.n_outputs; j < layer.stride; ++j) delta[j] = T(0);
  }

  // d loss / d W = inputs^T . deltas and d loss / d b = sum of deltas, of the own part, summed
  // on from the group's earlier blocks in `sums` if `go_on`. Each vector of a sum goes to
  // take.weights(offset, sum) or take.bias(offset, sum).
  template <class Take>
  void gradients(int l, T* sums, bool go_on, const Take& take) const {
    const Layer<T>& layer = net.layers[l];
    const Part part = own_part(team, layer, layer.n_inputs, sparse_input(l));
    const std::int64_t begin =
        layer.weights + part.rows.begin * layer.stride + part.columns.begin;
    const auto take_weights = [&](std::int64_t k, std::int64_t j, Vec<T> sum) LIGHTMLP_INLINED {
      take.weights(begin + k * layer.stride + j, sum);
    };
    if (sparse_input(l)) {
      sum_sparse_gradient(l, part, sums + begin, go_on);
      for (std::int64_t k = 0; k < part.rows.size(); ++k)
        for (std::int64_t j = 0; j < part.columns.size(); j += lanes<T>)
          take_weights(k, j, load(sums + begin + k * layer.stride + j));
    } else {
      multiply_transposed<T>(
          {inputs(l) + part.rows.begin, input_stride(l), work.deltas[l] + part.columns.begin,
           layer.stride, part.rows.size(), part.columns.size(), block.rows,
           go_on ? Start::accumulate : Start::zero, sums + begin, layer.stride},
          take_weights);
    }
    bias_gradient(l, sums, go_on, take);
    take.finish_layer(l, part);
  }

  void sum_sparse_gradient(int l, const Part& part, T* sums, bool go_on) const {
    const Layer<T>& layer = net.layers[l];
    const auto bytes = static_cast<std::size_t>(part.columns.size()) * sizeof(T);
    if (!go_on)
      for (std::int64_t k = 0; k < layer.n_inputs; ++k)
        std::memset(sums + k * layer.stride, 0, bytes);
    for (std::int64_t i = 0; i < block.rows; ++i)
      add_outer_product(sparse_row(table, block.row(i)),
                        work.deltas[l] + i * layer.stride + part.columns.begin, sums,
                        layer.stride, part.columns.size());
  }

  template <class Take>
  void bias_gradient(int l, const T* sums, bool go_on, const Take& take) const {
    const Layer<T>& layer = net.layers[l];
    const Range columns = team.share(layer.stride, line<T>);
    for (std::int64_t j = columns.begin; j < columns.end; j += lanes<T>) {
      Vec<T> sum = go_on ? load(sums + layer.bias + j) : Vec<T>{};
      for (std::int64_t i = 0; i < block.rows; ++i)
        sum += load(work.deltas[l] + i * layer.stride + j);
      take.bias(layer.bias + j, sum);
    }
  }

  // deltas of the layer below = (deltas . W^T) * f'(z), of the own part
  void backward_layer(int l) const {
    const Layer<T>& layer = net.layers[l];
    const Layer<T>& below = net.layers[l - 1];
    const Part part = own_part(team, below, block.rows, sparse_input(l - 1));
    const std::int64_t at = part.rows.begin * below.stride + part.columns.begin;
    const Product<T> product{work.deltas[l] + part.rows.begin * layer.stride,
                             layer.stride,
                             layer.transposed + part.columns.begin,
                             layer.transposed_stride,
                             part.rows.size(),
                             part.columns.size(),
                             layer.n_outputs,
                             Start::zero,
                             nullptr,
                             0};
    const T* const activations = work.outputs[l - 1] + at;
    if (net.activation == Activation::relu)
      return multiply(product, work.deltas[l - 1] + at, below.stride,
                      [=](std::int64_t i, Vec<T> sum) LIGHTMLP_INLINED {
                        return Relu::backward<T>(load(activations + i), sum);
                      });
    multiply(product, work.deltas[l - 1] + at, below.stride);
    differentiate(net.activation, activations, work.deltas[l - 1] + at, below.stride,
                  part.rows.size(), part.columns.size());
  }

  // Backpropagation: the deltas of each layer, then what `take` makes of its gradients; it
  // may change the layer's weights, which no other thread of the team needs any more.
  template <class Take>
  void backward(T* sums, bool go_on, const Take& take) const {
    for (int l = net.n_layers - 1; l >= 0; --l) {
      if (l > 0) {
        backward_layer(l);
        team.synchronize();
      }
      gradients(l, sums, go_on, take);
    }
  }

  // The sum of the block's losses, after all threads have written theirs.
  double total_loss() const {
    double sum = 0.0;
    for (std::int64_t i = 0; i < block.rows; ++i) sum += work.row_losses[i];
    return sum;
  }
};

}  // namespace lightmlp::LIGHTMLP_ISA
