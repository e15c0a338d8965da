// Forward and backward pass of a block of rows, executed by a team of threads.
//
// Each thread of the team owns a part of every matrix of weights (some of its columns, or of
// its rows where the layer is narrow or the table sparse) and the same part of its gradient: a
// sum is never split between threads, so the bits do not depend on their number.
#pragma once

#include "activations.hpp"
#include "dropout.hpp"
#include "kernels/column_sums.hpp"
#include "kernels/product.hpp"
#include "kernels/sparse.hpp"
#include "layer_sums.hpp"
#include "losses.hpp"
#include "normalization.hpp"
#include "parts.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// The network at work on one block, in a workspace that the team shares.
template <class T>
struct Pass {
  const Team& team;
  const Network<T>& net;
  const Workspace<T>& work;
  const Table<T>& table;
  const Batch& batch;
  Mode mode;
  Block block;

  bool drops(double rate) const { return rate > 0.0 && mode.step > 0; }
  Dropout<T> dropout(int l) const {  // -1: of X
    const bool of_input = l < 0;
    return Dropout<T>(of_input ? net.input_dropout : net.layers[l].dropout, net.seed, mode.step,
                      l + 1, of_input ? table.n_features : net.layers[l].n_outputs);
  }
  bool is_normalized(int l) const { return net.layers[l].is_normalized(); }
  // A single row has no variance, and what is frozen does not depend on the batch.
  bool uses_batch_statistics(int l) const {
    return mode.step > 0 && batch.rows.rows > 1 && l >= net.rules.n_frozen;
  }

  bool sparse_input(int l) const { return l == 0 && table.is_sparse(); }
  // Whether the rows of a dense table are copied. Long ones are read where they are, since
  // prefetching finds what follows, if they do not evict each other there.
  bool gathers() const {
    constexpr auto size = static_cast<std::int64_t>(sizeof(T));
    return drops(net.input_dropout) || table.n_features * size < shortest_read_in_place ||
           collides<T>(table.dense_stride);
  }
  Rows<T> inputs(int l) const {
    if (l > 0) return {work.outputs[l - 1], net.layers[l - 1].stride};
    if (gathers()) return {work.inputs, net.input_stride};
    const T* const first =
        block.order != nullptr ? table.dense : table.dense + block.first * table.dense_stride;
    return {first, table.dense_stride, block.order};
  }

  void gather() const {
    const Range mine = team.share(block.rows);
    if (table.is_sparse()) return drop_sparse_inputs(mine);
    if (!gathers()) return;
    for (std::int64_t i = mine.begin; i < mine.end; ++i)
      copy_row(table.dense + block.row(i) * table.dense_stride, table.n_features,
               work.inputs + i * net.input_stride);
    if (drops(net.input_dropout)) {
      T* const inputs = work.inputs + mine.begin * net.input_stride;
      dropout(-1).apply(inputs, inputs, net.input_stride, mine.size(),
                        padded<T>(table.n_features), block.first + mine.begin, 0);
    }
  }

  void drop_sparse_inputs(Range rows) const {
    if (!drops(net.input_dropout)) return;
    const Dropout<T> dropped = dropout(-1);
    for (std::int64_t i = rows.begin; i < rows.end; ++i) {
      const SparseRow<T> row = sparse_row(table, block.row(i));
      T* const values = work.sparse_values + i * net.sparse_stride;
      for (std::int64_t k = 0; k < row.size; ++k)
        values[k] = row.values[k] * dropped.factor(block.first + i, row.columns[k]);
    }
  }

  // Row i of the block of a sparse table, as the first layer sees it.
  SparseRow<T> input_row(std::int64_t i) const {
    SparseRow<T> row = sparse_row(table, block.row(i));
    if (drops(net.input_dropout)) row.values = work.sparse_values + i * net.sparse_stride;
    return row;
  }

  // outputs = f(inputs . W + b) on a part of the block; normalize_layer goes on where the
  // sums are to be normalised.
  void forward_layer(int l, const Part& part) const {
    const Layer<T>& layer = net.layers[l];
    const LayerSums<T> sums(net, layer, part, work.z[l]);
    if (sparse_input(l)) {
      sums.compute_sparse([this](std::int64_t i) { return input_row(i); });
    } else if (layer.activation == Activation::relu && !is_normalized(l) && !layer.keeps_z()) {
      return sums.compute(inputs(l), [](std::int64_t, Vec<T> sum)
                                         LIGHTMLP_INLINED { return Relu::forward<T>(sum); });
    } else {
      sums.compute(inputs(l));
    }
    if (!is_normalized(l)) activate_part(l, part);
  }

  // outputs = f(z), some of them dropped; z becomes what the derivative reads.
  void activate_part(int l, const Part& part) const {
    const Layer<T>& layer = net.layers[l];
    const std::int64_t at = part.rows.begin * layer.stride + part.columns.begin;
    const std::int64_t rows = part.rows.size(), columns = part.columns.size();
    T *const z = work.z[l] + at, *const outputs = work.outputs[l] + at;
    T* const activations = reads_z(layer.activation) ? outputs : z;
    if (activations != z && layer.activation == Activation::identity) return;
    activate(layer.activation, z, activations, layer.stride, rows, columns);
    if (drops(layer.dropout))
      dropout(l).apply(activations, outputs, layer.stride, rows, columns,
                       block.first + part.rows.begin, part.columns.begin);
    else if (activations != outputs)
      for (std::int64_t i = 0; i < rows; ++i)
        copy_row(activations + i * layer.stride, columns, outputs + i * layer.stride);
  }

  Normalized<T> normalized(int l) const {
    const Layer<T>& layer = net.layers[l];
    const T* const shift = net.parameters + layer.bias;
    return {block.rows, layer.stride,        layer.n_outputs,
            work.z[l],  work.normalized[l],  work.inverse_deviation[l],
            shift,      shift + layer.stride};
  }

  // The share of a row's weight in those of the batch.
  auto weight_share() const {
    const T scale = static_cast<T>(1.0 / batch.weight_sum);
    return [this, scale](std::int64_t i) {
      return table.sample_weight == nullptr ? scale : table.sample_weight[block.row(i)] * scale;
    };
  }

  // What this thread normalises: whole rows, or whole columns.
  Part normalized_part(int l) const {
    const Layer<T>& layer = net.layers[l];
    if (layer.normalization == Normalization::layer)
      return {team.share(block.rows), {0, layer.panels.columns()}};
    return {{0, block.rows}, own_columns(team, layer)};
  }

  // y of the sums z, and then f(y). All threads have computed their z.
  void normalize_layer(int l) const {
    const Layer<T>& layer = net.layers[l];
    const Part part = normalized_part(l);
    const Range columns = part.columns;
    T* const mean = net.parameters + layer.bias + 2 * layer.stride;
    T* const variance = mean + layer.stride;
    if (layer.normalization == Normalization::layer)
      normalize_rows(normalized(l), part.rows.begin, part.rows.end);
    else if (uses_batch_statistics(l))
      normalize_by_batch(normalized(l), columns.begin, columns.end,
                         mode.follows ? mean : nullptr, variance, weight_share());
    else
      normalize_by_running(normalized(l), columns.begin, columns.end, mean, variance);
    activate_part(l, part);
  }

  void forward() const {
    const int last = net.n_layers - 1;
    for (int l = 0; l < last; ++l) {
      forward_layer(l, own_part(team, net.layers[l], block.rows, sparse_input(l)));
      team.synchronize();
      if (!is_normalized(l)) continue;
      normalize_layer(l);
      team.synchronize();
    }
    forward_layer(last, {team.share(block.rows), {0, net.last().panels.columns()}});
  }

  // Losses and deltas of this thread's rows, from the scores of the last layer.
  void loss_and_deltas() const {
    const Range mine = team.share(block.rows);
    const std::int64_t n = net.last().n_outputs, stride = net.last().stride;
    const std::int64_t n_targets = n / net.loss.n_levels;
    const Outputs<T> out{work.link + mine.begin * n, mine.size(), n, net.loss};
    T* const deltas = work.deltas[net.n_layers - 1] + mine.begin * stride;
    const Results<T> results{work.loss_terms + mine.begin * n, work.row_losses + mine.begin,
                             deltas, stride};
    const T* const scores = work.outputs[net.n_layers - 1];
    with_outputs(n, [&](auto count) LIGHTMLP_INLINED {
      for (std::int64_t i = mine.begin; i < mine.end; ++i)
        copy_row(scores + i * stride, count, work.link + i * count);
    });
    apply_link(out);
    const auto row = [&](std::int64_t i) { return block.row(mine.begin + i); };
    evaluate_loss(
        out, results, [&](std::int64_t i) { return table.targets + row(i) * n_targets; },
        [&](std::int64_t i) { return table.codes + row(i) * net.loss.n_groups; });
    weigh(mine);
  }

  // Losses and deltas of these rows times their weights. A row of weight zero adds nothing,
  // whatever its loss is: infinity times zero is not a number.
  void weigh(Range rows) const {
    if (net.loss.kind == Loss::given) return;  // weights are in the derivatives
    const T scale = static_cast<T>(net.delta_scale);
    if (table.sample_weight == nullptr && scale == T(1)) return;
    const Layer<T>& layer = net.last();
    for (std::int64_t i = rows.begin; i < rows.end; ++i) {
      T* const delta = work.deltas[net.n_layers - 1] + i * layer.stride;
      T weight = scale;
      if (table.sample_weight != nullptr) {
        const T own = table.sample_weight[block.row(i)];
        weight *= own;
        work.row_losses[i] = own == T(0) ? 0.0 : work.row_losses[i] * own;
      }
      for (std::int64_t j = 0; j < layer.n_outputs; ++j)
        delta[j] = weight == T(0) ? T(0) : delta[j] * weight;
    }
  }

  // d loss / d W = inputs^T . deltas and d loss / d b = sum of deltas, of the own part, summed
  // on from the group's earlier blocks in `sums` if `go_on`. Each vector of a sum goes to
  // take.weights(offset, sum) or take.bias(offset, sum).
  template <class Take>
  void gradients(int l, T* sums, bool go_on, const Take& take) const {
    const Layer<T>& layer = net.layers[l];
    const Part part = own_part(team, layer, layer.n_inputs, sparse_input(l));
    if (sparse_input(l))
      sparse_gradients(l, part.rows, sums, go_on, take);
    else
      dense_gradients(l, part, sums, go_on, take);
    bias_gradient(l, sums, go_on, take);
    take.finish_layer(l, part);
  }

  template <class Take>
  void sparse_gradients(int l, Range rows, const T* sums, bool go_on, const Take& take) const {
    const Layer<T>& layer = net.layers[l];
    const std::int64_t columns = layer.panels.columns();
    const TransposedRows<T> transposed(
        block.rows, [this](std::int64_t i) { return input_row(i); }, rows.begin, rows.end,
        work.transposed_inputs);
    for (std::int64_t k = rows.begin; k < rows.end; ++k) {
      const std::int64_t at = layer.weights + k * columns;
      sum_sparse(transposed[k], work.deltas[l], layer.stride, go_on ? sums + at : net.zeros,
                 columns, [take, at](std::int64_t j, Vec<T> sum) LIGHTMLP_INLINED {
                   take.weights(at + j, sum);
                 });
    }
  }

  template <class Take>
  void dense_gradients(int l, const Part& part, const T* sums, bool go_on,
                       const Take& take) const {
    const Layer<T>& layer = net.layers[l];
    const auto take_weights = [take](std::int64_t at, Vec<T> sum)
                                  LIGHTMLP_INLINED { take.weights(at, sum); };
    finish_beside<T, Take::takes_long>(take_weights, [&]<class Finish>(Finish& finish) {
      layer.panels.for_columns(
          part.columns, [&](std::int64_t offset, std::int64_t stride, Range columns) {
            const std::int64_t at = layer.weights + offset + part.rows.begin * stride;
            multiply_transposed<T>(
                {inputs(l).from(0, part.rows.begin), work.deltas[l] + columns.begin,
                 layer.stride, part.rows.size(), columns.size(), block.rows,
                 go_on ? Start::accumulate : Start::zero, sums + at, stride,
                 layer.padding(columns.end), net.packing_room(team.index)},
                Destination<Finish>{finish, at, stride});
          });
    });
  }

  template <class Take>
  void bias_gradient(int l, const T* sums, bool go_on, const Take& take) const {
    const Layer<T>& layer = net.layers[l];
    const Range columns = own_columns(team, layer);
    if (is_normalized(l)) {  // differentiate_normalization has summed
      const T* const summed = work.normalization_sums[l];
      return for_trained_bias(layer, columns, [&](std::int64_t at) LIGHTMLP_INLINED {
        take.bias(at, load(summed + at - layer.bias));
      });
    }
    const std::int64_t bias = layer.bias + columns.begin;
    sum_columns<Itself>(work.deltas[l] + columns.begin, layer.stride, block.rows,
                        columns.size(), go_on ? sums + bias : nullptr,
                        [&](std::int64_t j, Vec<T> sum)
                            LIGHTMLP_INLINED { take.bias(bias + j, sum); });
  }

  // deltas of the layer below = (deltas . W^T) * f'(z), of the own part, where y takes the
  // place of z if it is normalised
  void backward_layer(int l) const {
    const Layer<T>& below = net.layers[l - 1];
    const Part part = own_part(team, below, block.rows, sparse_input(l - 1));
    if (below.activation == Activation::relu && !drops(below.dropout))
      return multiply_by_transposed(l, part, [](const T* z, Vec<T> sum) LIGHTMLP_INLINED {
        return Relu::backward<T>(load(z), sum);
      });
    multiply_by_transposed(l, part, [](const T*, Vec<T> sum) LIGHTMLP_INLINED { return sum; });
    const std::int64_t at = part.rows.begin * below.stride + part.columns.begin;
    const T* const of = work.z[l - 1] + at;
    T* const deltas = work.deltas[l - 1] + at;
    if (drops(below.dropout))
      dropout(l - 1).apply(deltas, deltas, below.stride, part.rows.size(), part.columns.size(),
                           block.first + part.rows.begin, part.columns.begin);
    differentiate(below.activation, of, deltas, below.stride, part.rows.size(),
                  part.columns.size());
  }

  // deltas of the layer below = finish(z, deltas . W^T), of a part.
  template <class Finish>
  void multiply_by_transposed(int l, const Part& part, const Finish& finish) const {
    const Layer<T>& layer = net.layers[l];
    const Layer<T>& below = net.layers[l - 1];
    layer.transposed_panels.for_columns(
        part.columns, [&](std::int64_t offset, std::int64_t stride, Range columns) {
          const std::int64_t at = part.rows.begin * below.stride + columns.begin;
          const T* const z = work.z[l - 1] + at;
          multiply<T>({{work.deltas[l] + part.rows.begin * layer.stride, layer.stride},
                       net.transposed + layer.transposed + offset,
                       stride,
                       part.rows.size(),
                       columns.size(),
                       layer.n_outputs,
                       Start::zero,
                       nullptr,
                       0,
                       below.padding(columns.end)},
                      work.deltas[l - 1] + at, below.stride,
                      [=](std::int64_t i, Vec<T> sum)
                          LIGHTMLP_INLINED { return finish(z + i, sum); });
        });
  }

  // Deltas of y become those of z, after the gradients of shift and scale were summed.
  void differentiate_normalization(int l, const T* group_sums, bool go_on) const {
    const Layer<T>& layer = net.layers[l];
    const Normalized<T> of = normalized(l);
    T *const deltas = work.deltas[l], *const sums = work.normalization_sums[l];
    const Range columns = own_columns(team, layer);
    sum_normalization_gradients(of, deltas, columns.begin, columns.end,
                                go_on ? group_sums + layer.bias : nullptr, sums);
    if (layer.normalization == Normalization::layer) {
      team.synchronize();
      const Range rows = team.share(block.rows);
      differentiate_rows(of, deltas, rows.begin, rows.end);
    } else if (uses_batch_statistics(l)) {
      differentiate_by_batch(of, deltas, columns.begin, columns.end, sums, weight_share());
    } else {
      differentiate_by_batch(of, deltas, columns.begin, columns.end, sums,
                             [](std::int64_t) { return T(0); });
    }
    team.synchronize();
  }

  // Backpropagation: the deltas of each layer, then what `take` makes of its gradients; it
  // may change the layer's weights, which no other thread of the team needs any more.
  template <class Take>
  void backward(T* sums, bool go_on, const Take& take) const {
    for (int l = net.n_layers - 1; l >= net.rules.n_frozen; --l) {
      if (l > net.rules.n_frozen) {
        backward_layer(l);
        team.synchronize();
        if (is_normalized(l - 1)) differentiate_normalization(l - 1, sums, go_on);
      }
      gradients(l, sums, go_on, take.of_layer(l));
    }
  }

  // Row by row, so that blocks have no influence on the bits of a group's loss either. All
  // threads have written theirs.
  void add_losses(double* loss) const {
    for (std::int64_t i = 0; i < block.rows; ++i) *loss += work.row_losses[i];
  }
};

}  // namespace lightmlp::LIGHTMLP_ISA
