// Forward pass of a block of rows, executed by a team of threads, in training and prediction.
#pragma once

#include "activations.hpp"
#include "kernels/column_sums.hpp"
#include "kernels/product.hpp"
#include "kernels/sparse.hpp"
#include "layers/layers.hpp"
#include "losses.hpp"
#include "parts.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// The network at work on one block, in a workspace that the team shares.
template <class T>
struct ForwardPass {
  const Team& team;
  const Network<T>& net;
  const Workspace<T>& work;
  const Table<T>& table;
  const Batch& batch;
  Mode mode;
  Block block;

  double rate(const Step& step) const { return step.dropout * mode.dropout_factor; }
  bool drops(const Step& step) const { return rate(step) > 0.0 && mode.step > 0; }
  DropoutMask<T> dropout(int l) const {  // -1: of the input
    return DropoutMask<T>(rate(net.step(l)), net.seed, mode.step, l + 1, net.step(l).n_outputs);
  }
  bool is_normalized(int l) const { return l >= 0 && net.layers[l].is_normalized(); }
  // A single row has no variance, and what is frozen does not depend on the batch.
  bool uses_batch_statistics(int l) const {
    return mode.step > 0 && batch.rows.rows > 1 && net.layers[l].spans[1].moves();
  }

  bool sparse_input(int l) const { return l == 0 && table.is_sparse(); }
  // Whether the input has rows of its own. Long ones are read where they are, since
  // prefetching finds what follows, if they do not evict each other there.
  bool gathers() const {
    constexpr auto size = static_cast<std::int64_t>(sizeof(T));
    return work.outputs[-1] != nullptr &&
           (net.encodes() || net.input.chain_size > 0 || drops(net.input) ||
            table.n_features * size < shortest_read_in_place ||
            collides<T>(table.dense_stride));
  }
  Rows<T> inputs(int l) const {
    if (l > 0 || gathers()) return {work.outputs[l - 1], net.step(l - 1).stride};
    const T* const first =
        block.order != nullptr ? table.dense : table.dense + block.first * table.dense_stride;
    return {first, table.dense_stride, block.order};
  }

  // The input of this thread's rows.
  void gather() const {
    const Range mine = team.share(block.rows);
    if (table.is_sparse()) return drop_sparse_inputs(mine);
    if (!gathers()) return;
    if (net.encodes())
      encode(mine);
    else
      for (std::int64_t i = mine.begin; i < mine.end; ++i)
        copy_row(table.dense + block.row(i) * table.dense_stride, table.n_features,
                 work.z[-1] + i * net.input.stride);
    const Part part{mine, {0, net.input.columns}};
    if (net.input.chain_size > 0)
      forward_chain(-1, part);
    else if (drops(net.input))
      drop(-1, work.z[-1], part);
    else if (work.z[-1] != work.outputs[-1])
      copy_part(-1, work.z[-1], part);
  }

  EncoderPlace<T> place_of(const Encoder<T>& encoder) const {
    return {encoder, net.parameters, table, block, net.input.stride};
  }

  void encode(Range rows) const {
    for (int e = 0; e < net.n_encoders; ++e)
      with_encoding(place_of(net.encoders[e]),
                    [&](const auto& layer) { layer.forward(rows, work.encoded, scratch()); });
    for (int e = 0; e < net.n_encoders; ++e) {
      const Encoder<T>& encoder = net.encoders[e];
      with_activation(encoder.activation, [&]<class F>(F) {
        if (std::is_same_v<F, Identity> && work.encoded == work.z[-1]) return;
        for (std::int64_t i = rows.begin; i < rows.end; ++i) {
          const std::int64_t at = i * net.input.stride + encoder.begin;
          transform(work.encoded + at, encoder.n_outputs, work.z[-1] + at,
                    [](Vec<T> z) LIGHTMLP_INLINED { return F::template forward<T>(z); });
        }
      });
    }
  }

  T* scratch() const { return work.scratch + team.index * net.scratch_size; }

  // outputs = values times the factors of dropout.
  void drop(int l, const T* values, const Part& part) const {
    const Step& step = net.step(l);
    const std::int64_t at = part.rows.begin * step.stride + part.columns.begin;
    dropout(l).apply(values + at, work.outputs[l] + at, step.stride, part.rows.size(),
                     part.columns.size(), block.first + part.rows.begin, part.columns.begin);
  }

  void copy_part(int l, const T* values, const Part& part) const {
    const Step& step = net.step(l);
    for (std::int64_t i = part.rows.begin; i < part.rows.end; ++i) {
      const std::int64_t at = i * step.stride + part.columns.begin;
      copy_row(values + at, part.columns.size(), work.outputs[l] + at);
    }
  }

  ChainPlace<T> chain_place(int l, int i) const {
    const Step& step = net.step(l);
    return {step.chain[i], net.parameters, mode, net.seed, l + 1, step.n_outputs};
  }
  Tile tile(int l, const Part& part) const {
    return {net.step(l).stride, part.rows.size(), part.columns.size(),
            block.first + part.rows.begin, part.columns.begin};
  }
  // What layer i of a chain reads, or, one further than the last, what the chain gives.
  T* chained(int l, int i) const {
    const Step& step = net.step(l);
    return i == step.chain_size ? work.outputs[l] : work.chained[step.chain[i].number];
  }

  void forward_chain(int l, const Part& part) const {
    const Tile of = tile(l, part);
    const std::int64_t at = part.rows.begin * of.stride + part.columns.begin;
    for (int i = 0; i < net.step(l).chain_size; ++i)
      with_elementwise(chain_place(l, i), [&](const auto& layer) {
        layer.forward(of, chained(l, i) + at, chained(l, i + 1) + at);
      });
  }

  void drop_sparse_inputs(Range rows) const {
    if (!drops(net.input)) return;
    const DropoutMask<T> dropped = dropout(-1);
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
    if (drops(net.input)) row.values = work.sparse_values + i * net.sparse_stride;
    return row;
  }

  // outputs = f(inputs . W + b) on a part of the block; normalize_layer goes on where the
  // sums are to be normalised.
  void forward_layer(int l, const Part& part) const {
    const Layer<T>& layer = net.layers[l];
    const layers::Linear<T> sums(net, layer, part, work.z[l]);
    if (sparse_input(l)) {
      sums.compute_sparse([this](std::int64_t i) { return input_row(i); });
    } else if (layer.activation == Activation::relu && !is_normalized(l) && !layer.keeps_z() &&
               !reads_one_hot(l)) {
      return sums.compute(inputs(l), [](std::int64_t, Vec<T> sum)
                                         LIGHTMLP_INLINED { return Relu::forward<T>(sum); });
    } else {
      sums.compute(inputs(l));
    }
    if (reads_one_hot(l))
      sums.add_rows(net.n_one_hot, [this](std::int64_t i, int k) { return row_of_code(i, k); });
    if (!is_normalized(l)) activate_part(l, part);
  }

  bool reads_one_hot(int l) const { return l == 0 && net.n_one_hot > 0; }
  // The row of W that code k of row i of the block chooses.
  std::int64_t row_of_code(std::int64_t i, int k) const {
    const OneHotColumn& one_hot = net.one_hot[k];
    return one_hot.first_row +
           table.categories[block.row(i) * table.n_categories + one_hot.column];
  }

  // outputs = f(z), some of them dropped; z becomes what the derivative reads.
  void activate_part(int l, const Part& part) const {
    const Layer<T>& layer = net.layers[l];
    if (layer.chain_size > 0) return forward_chain(l, part);
    const std::int64_t at = part.rows.begin * layer.stride + part.columns.begin;
    T *const z = work.z[l], *const outputs = work.outputs[l];
    T* const activations = reads_z(layer.activation) ? outputs : z;
    if (activations != z && layer.activation == Activation::identity) return;
    activate(layer.activation, z + at, activations + at, layer.stride, part.rows.size(),
             part.columns.size());
    if (drops(layer))
      drop(l, activations, part);
    else if (activations != outputs)
      copy_part(l, activations, part);
  }

  Normalized<T> normalized(int l) const {
    const Layer<T>& layer = net.layers[l];
    return {block.rows,
            layer.stride,
            layer.n_outputs,
            work.z[l],
            work.normalized[l],
            work.inverse_deviation[l],
            net.parameters + layer.spans[1].offset,
            net.parameters + layer.spans[2].offset};
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
    if (layer.normalization == Normalization::LayerNorm)
      return {team.share(block.rows), {0, layer.columns}};
    return {{0, block.rows}, own_columns<T>(team, layer.columns)};
  }

  // y of the sums z, and then f(y). All threads have computed their z.
  void normalize_layer(int l) const {
    const Layer<T>& layer = net.layers[l];
    const Part part = normalized_part(l);
    const Range columns = part.columns;
    if (layer.normalization == Normalization::LayerNorm) {
      normalize_rows(normalized(l), part.rows.begin, part.rows.end);
      return activate_part(l, part);
    }
    T* const mean = net.parameters + layer.spans[3].offset;
    T* const variance = net.parameters + layer.spans[4].offset;
    if (uses_batch_statistics(l))
      normalize_by_batch(normalized(l), columns.begin, columns.end,
                         mode.follows ? mean : nullptr, variance, weight_share());
    else
      normalize_by_running(normalized(l), columns.begin, columns.end, mean, variance);
    activate_part(l, part);
  }

  // All steps; visit(l) after each of them but the last, whose rows are this thread's own.
  template <class Visit>
  void forward(const Visit& visit) const {
    const int last = net.n_layers - 1;
    for (int l = 0; l < last; ++l) {
      forward_layer(l, own_part<T>(team, net.layers[l], block.rows, sparse_input(l)));
      team.synchronize();
      if (is_normalized(l)) {
        normalize_layer(l);
        team.synchronize();
      }
      visit(l);
    }
    forward_layer(last, {team.share(block.rows), {0, net.last().columns}});
  }
  void forward() const {
    forward([](int) {});
  }

  // Losses and deltas of this thread's rows, from the scores of the last layer.
  void loss_and_deltas() const {
    const Range mine = team.share(block.rows);
    const std::int64_t n = net.last().n_outputs, stride = net.last().stride;
    const std::int64_t n_targets = n / net.loss.n_levels;
    const Outputs<T> out{work.results + mine.begin * n, mine.size(), n, net.loss};
    T* const deltas = work.deltas[net.n_layers - 1] + mine.begin * stride;
    const Results<T> results{work.loss_terms + mine.begin * n, work.row_losses + mine.begin,
                             deltas, stride};
    const T* const scores = work.outputs[net.n_layers - 1];
    with_outputs(n, [&](auto count) LIGHTMLP_INLINED {
      for (std::int64_t i = mine.begin; i < mine.end; ++i)
        copy_row(scores + i * stride, count, work.results + i * count);
    });
    apply_inverse_link(out);
    const auto row = [&](std::int64_t i) { return block.row(mine.begin + i); };
    evaluate_loss(
        out, results, [&](std::int64_t i) { return table.targets + row(i) * n_targets; },
        [&](std::int64_t i) { return table.class_indices + row(i) * net.loss.n_groups; });
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

  // Row by row, so that blocks have no influence on the bits of a group's loss either. All
  // threads have written theirs.
  void add_losses(double* loss) const {
    for (std::int64_t i = 0; i < block.rows; ++i) *loss += work.row_losses[i];
  }
};

}  // namespace lightmlp::LIGHTMLP_ISA
