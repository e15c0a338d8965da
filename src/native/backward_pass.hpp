// Backpropagation of a block of rows, executed by the team of threads that has passed forward.
//
// Each thread of the team owns a part of every matrix of weights (some of its columns, or of
// its rows where the layer is narrow or the table sparse) and the same part of its gradient: a
// sum is never split between threads, so the bits do not depend on their number.
#pragma once

#include "forward_pass.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// function(what takes the gradients of one parameter): as it is for most of them, or one that
// is made for its rule.
template <class Take, class Function>
LIGHTMLP_INLINE void with_own(const Take& take, const Span& span, const Function& function) {
  if (take.is_for(span)) return function(take);
  const Take own = take.of(span);
  function(own);
}

template <class T>
class BackwardPass {
 public:
  explicit BackwardPass(const ForwardPass<T>& done)
      : forward(done), team(done.team), net(done.net), work(done.work), block(done.block) {}

  // The deltas of each step, then what `take` makes of its gradients; it may
  // change the step's weights, which no other thread of the team needs any more. Gradients are
  // summed on from the group's earlier blocks in `sums` if `go_on`.
  template <class Take>
  void run(T* sums, bool go_on, const Take& take) const {
    for (int l = net.n_layers - 1; l >= 0 && l >= net.first_moving; --l) {
      if (l > net.first_moving) {
        backward_layer(l);
        team.synchronize();
        if (forward.is_normalized(l - 1)) differentiate_normalization(l - 1, sums, go_on);
      }
      gradients(l, sums, go_on, take);
    }
    if (net.first_moving >= 0) return;
    chain_gradients(net.input, sums, go_on, take);
    encoder_gradients(sums, go_on, take);
  }

 private:
  // Deltas of the chain's outputs become those of its inputs.
  void backward_chain(int l, const Part& part) const {
    const Tile of = forward.tile(l, part);
    const std::int64_t at = part.rows.begin * of.stride + part.columns.begin;
    for (int i = net.step(l).chain_size - 1; i >= 0; --i) {
      T* const products = work.products[net.step(l).chain[i].number];
      with_elementwise(forward.chain_place(l, i), [&](const auto& layer) {
        layer.backward(of, forward.chained(l, i) + at, forward.chained(l, i + 1) + at,
                       work.deltas[l] + at, products == nullptr ? nullptr : products + at);
      });
    }
  }

  // d loss / d W = inputs^T . deltas and d loss / d b = sum of deltas, of the own part, summed
  // on from the group's earlier blocks in `sums` if `go_on`. Each vector of a sum goes to what
  // take.of(span) returns.
  template <class Take>
  void gradients(int l, T* sums, bool go_on, const Take& take) const {
    const Layer<T>& layer = net.layers[l];
    const Part part = own_part<T>(team, layer, layer.n_inputs, forward.sparse_input(l));
    if (layer.weights().moves()) {
      with_own(take, layer.weights(),
               [&](const Take& own) { weight_gradients(l, part, sums, go_on, own); });
      take.finish_layer(l, part);
    }
    if (forward.is_normalized(l))
      take_normalization_gradients(l, take);
    else if (layer.has_bias() && layer.spans[1].moves())
      sum_gradient(layer, layer.spans[1], work.deltas[l], sums, go_on, take);
    chain_gradients(layer, sums, go_on, take);
  }

  template <class Own>
  void weight_gradients(int l, const Part& part, T* sums, bool go_on, const Own& own) const {
    if (forward.sparse_input(l)) {
      sparse_gradients(l, part.rows, sums, go_on, own);
    } else {
      const Range dense = part.rows.within({0, net.layers[l].n_dense});
      dense_gradients(l, {dense, part.columns}, sums, go_on, own);
    }
    if (forward.reads_one_hot(l)) one_hot_gradients(part, sums, go_on, own);
  }

  template <class Own>
  void sparse_gradients(int l, Range rows, const T* sums, bool go_on, const Own& own) const {
    const Layer<T>& layer = net.layers[l];
    const std::int64_t columns = layer.columns;
    const TransposedRows<T> transposed(
        block.rows, [this](std::int64_t i) { return forward.input_row(i); }, rows.begin,
        rows.end, work.transposed_inputs);
    for (std::int64_t k = rows.begin; k < rows.end; ++k) {
      const std::int64_t at = layer.weights().row(k);
      sum_sparse(
          transposed[k], work.deltas[l], layer.stride, go_on ? sums + at : net.zeros, columns,
          [own, at](std::int64_t j, Vec<T> sum) LIGHTMLP_INLINED { own.weights(at + j, sum); });
    }
  }

  template <class Own>
  void dense_gradients(int l, const Part& part, const T* sums, bool go_on,
                       const Own& own) const {
    const Layer<T>& layer = net.layers[l];
    if (part.rows.size() <= 0) return;
    const auto take_weights = [own](std::int64_t at, Vec<T> sum)
                                  LIGHTMLP_INLINED { own.weights(at, sum); };
    finish_beside<T, Own::takes_long>(take_weights, [&]<class Finish>(Finish& finish) {
      layer.panels().for_columns(
          part.columns, [&](std::int64_t offset, std::int64_t stride, Range columns) {
            const std::int64_t at = layer.weights().offset + offset + part.rows.begin * stride;
            multiply_transposed<T>(
                {forward.inputs(l).from(0, part.rows.begin), work.deltas[l] + columns.begin,
                 layer.stride, part.rows.size(), columns.size(), block.rows,
                 go_on ? Start::accumulate : Start::zero, sums + at, stride,
                 layer.weights().padding(columns.end), net.packing_room(team.index)},
                Destination<Finish>{finish, at, stride});
          });
    });
  }

  // Of the rows of W that codes choose: each row of deltas is added to those of its codes.
  template <class Own>
  void one_hot_gradients(const Part& part, T* sums, bool go_on, const Own& own) const {
    const Layer<T>& layer = net.layers[0];
    const Range rows = part.rows.within({layer.n_dense, layer.n_inputs});
    const auto for_own = [&](std::int64_t k, const auto& function) LIGHTMLP_INLINED {
      const std::int64_t at = layer.weights().row(k);
      for (std::int64_t j = part.columns.begin; j < part.columns.end; j += lanes<T>)
        function(at + j, j);
    };
    if (!go_on)
      for (std::int64_t k = rows.begin; k < rows.end; ++k)
        for_own(k, [&](std::int64_t at, std::int64_t) { store(sums + at, Vec<T>{}); });
    for (std::int64_t i = 0; i < block.rows; ++i)
      for (int c = 0; c < net.n_one_hot; ++c) {
        const std::int64_t k = forward.row_of_code(i, c);
        if (k < rows.begin || k >= rows.end) continue;
        const T* const deltas = work.deltas[0] + i * layer.stride;
        for_own(k, [&](std::int64_t at, std::int64_t j)
                       LIGHTMLP_INLINED { add_to(sums + at, load(deltas + j)); });
      }
    for (std::int64_t k = rows.begin; k < rows.end; ++k)
      for_own(k, [&](std::int64_t at, std::int64_t)
                     LIGHTMLP_INLINED { own.weights(at, load(sums + at)); });
  }

  // Of shift and scale, which differentiate_normalization has summed.
  template <class Take>
  void take_normalization_gradients(int l, const Take& take) const {
    const Layer<T>& layer = net.layers[l];
    const Range columns = own_columns<T>(team, layer.columns);
    for (int i = 0; i < 2; ++i) {
      const Span& span = layer.spans[1 + i];
      if (!span.moves()) continue;
      const T* const summed = work.normalization_sums[l] + i * layer.stride;
      with_own(take, span, [&](const Take& own) {
        for (std::int64_t j = columns.begin; j < columns.end; j += lanes<T>)
          own.others(span.offset + j, load(summed + j));
      });
    }
  }

  // The sum over the rows of a matrix is the gradient of a parameter of one row.
  template <class Take>
  void sum_gradient(const Step& step, const Span& span, const T* terms, const T* sums,
                    bool go_on, const Take& take) const {
    const Range columns = own_columns<T>(team, step.columns);
    const std::int64_t first = span.offset + columns.begin;
    with_own(take, span, [&](const Take& own) {
      sum_columns<Itself>(terms + columns.begin, step.stride, block.rows, columns.size(),
                          go_on ? sums + first : nullptr,
                          [&](std::int64_t j, Vec<T> sum)
                              LIGHTMLP_INLINED { own.others(first + j, sum); });
    });
  }

  template <class Take>
  void chain_gradients(const Step& step, const T* sums, bool go_on, const Take& take) const {
    for (int i = 0; i < step.chain_size; ++i) {
      const ChainLayer& layer = step.chain[i];
      for (int s = 0; s < layer.n_spans; ++s)
        if (layer.spans[s].moves())
          sum_gradient(step, layer.spans[s], work.products[layer.number], sums, go_on, take);
    }
  }

  // Of the encoders' parameters; each thread has columns of the table of its own.
  template <class Take>
  void encoder_gradients(T* sums, bool go_on, const Take& take) const {
    std::int64_t n_columns = 0;
    for (int e = 0; e < net.n_encoders; ++e) n_columns += net.encoders[e].n_columns;
    const Range mine = team.share(n_columns);
    std::int64_t column = 0;
    for (int e = 0; e < net.n_encoders; ++e) {
      const Encoder<T>& encoder = net.encoders[e];
      for (int j = 0; j < encoder.n_columns; ++j, ++column)
        if (column >= mine.begin && column < mine.end)
          encoder_gradient(encoder, j, sums, go_on, take);
    }
  }

  template <class Take>
  void encoder_gradient(const Encoder<T>& encoder, int j, T* sums, bool go_on,
                        const Take& take) const {
    const T* const of = reads_z(encoder.activation) ? work.encoded : work.z[-1];
    with_encoding(forward.place_of(encoder), [&](const auto& layer) {
      const auto for_own = [&](int s, const auto& function) LIGHTMLP_INLINED {
        const Span& span = encoder.spans[s];
        const Range rows = layer.rows_of(s, j);
        for (std::int64_t at = span.row(rows.begin); at < span.row(rows.end); at += lanes<T>)
          function(at);
      };
      if (!go_on)
        for (int s = 0; s < encoder.n_spans; ++s)
          for_own(s, [&](std::int64_t at) LIGHTMLP_INLINED { store(sums + at, Vec<T>{}); });
      layer.add_gradients(j, {work.deltas[-1], of, sums, forward.scratch()});
      for (int s = 0; s < encoder.n_spans; ++s) {
        if (!encoder.spans[s].moves()) continue;
        with_own(take, encoder.spans[s], [&](const Take& own) {
          for_own(s,
                  [&](std::int64_t at) LIGHTMLP_INLINED { own.others(at, load(sums + at)); });
        });
      }
    });
  }

  // deltas of the step below = (deltas . W^T) * f'(z), of the own part, where y takes the
  // place of z if it is normalised
  void backward_layer(int l) const {
    const Step& below = net.step(l - 1);
    const Part part = l > 0 ? own_part<T>(team, below, block.rows, forward.sparse_input(l - 1))
                            : Part{team.share(block.rows), {0, below.columns}};
    if (below.activation == Activation::relu && !forward.drops(below))
      return multiply_by_transposed(l, part, [](const T* z, Vec<T> sum) LIGHTMLP_INLINED {
        return Relu::backward<T>(load(z), sum);
      });
    multiply_by_transposed(l, part, [](const T*, Vec<T> sum) LIGHTMLP_INLINED { return sum; });
    if (below.chain_size > 0) return backward_chain(l - 1, part);
    const std::int64_t at = part.rows.begin * below.stride + part.columns.begin;
    T* const deltas = work.deltas[l - 1] + at;
    if (forward.drops(below))
      forward.dropout(l - 1).apply(deltas, deltas, below.stride, part.rows.size(),
                                   part.columns.size(), block.first + part.rows.begin,
                                   part.columns.begin);
    differentiate(below.activation, work.z[l - 1] + at, deltas, below.stride, part.rows.size(),
                  part.columns.size());
  }

  // deltas of the step below = finish(z, deltas . W^T), of a part.
  template <class Finish>
  void multiply_by_transposed(int l, const Part& part, const Finish& finish) const {
    const Layer<T>& layer = net.layers[l];
    const Step& below = net.step(l - 1);
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
                       columns.end > below.n_outputs ? columns.end - below.n_outputs : 0},
                      work.deltas[l - 1] + at, below.stride,
                      [=](std::int64_t i, Vec<T> sum)
                          LIGHTMLP_INLINED { return finish(z + i, sum); });
        });
  }

  // Deltas of y become those of z, after the gradients of shift and scale were summed.
  void differentiate_normalization(int l, const T* group_sums, bool go_on) const {
    const Layer<T>& layer = net.layers[l];
    const Normalized<T> of = forward.normalized(l);
    T *const deltas = work.deltas[l], *const sums = work.normalization_sums[l];
    const Range columns = own_columns<T>(team, layer.columns);
    sum_normalization_gradients(of, deltas, columns.begin, columns.end,
                                go_on ? group_sums + layer.spans[1].offset : nullptr, sums);
    if (layer.normalization == Normalization::LayerNorm) {
      team.synchronize();
      const Range rows = team.share(block.rows);
      differentiate_rows(of, deltas, rows.begin, rows.end);
    } else if (forward.uses_batch_statistics(l)) {
      differentiate_by_batch(of, deltas, columns.begin, columns.end, sums,
                             forward.weight_share());
    } else {
      differentiate_by_batch(of, deltas, columns.begin, columns.end, sums,
                             [](std::int64_t) { return T(0); });
    }
    team.synchronize();
  }

  const ForwardPass<T>& forward;
  const Team& team;
  const Network<T>& net;
  const Workspace<T>& work;
  const Block& block;
};

}  // namespace lightmlp::LIGHTMLP_ISA
