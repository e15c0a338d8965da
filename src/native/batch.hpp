// The loss and the gradients of a batch, and how threads share the work.
#pragma once

#include "backend.hpp"
#include "network.hpp"
#include "thread_choice.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// Rows of a batch and the sum of their weights.
struct Batch {
  Block rows;
  double weight_sum;
};

// Every thread adds up all weights, so that none has to wait for another.
template <class T>
Batch make_batch(const Table<T>& table, Block rows) {
  if (table.sample_weight == nullptr) return {rows, static_cast<double>(rows.rows)};
  double sum = 0.0;
  for (std::int64_t i = 0; i < rows.rows; ++i) sum += table.sample_weight[rows.row(i)];
  return {rows, sum};
}

// squares[j] = sum_k w[k, j]^2 over some vectors of columns at a time.
template <class T, int Vectors = 4>
void square_columns(const T* weights, std::int64_t stride, std::int64_t rows,
                    std::int64_t columns, T* squares) {
  constexpr std::int64_t width = Vectors * lanes<T>;
  std::int64_t column = 0;
  for (; column + width <= columns; column += width) {
    Vec<T> sum[Vectors] = {};
    for (std::int64_t k = 0; k < rows; ++k) {
      LIGHTMLP_UNROLL
      for (int v = 0; v < Vectors; ++v) {
        const Vec<T> w = load(weights + k * stride + column + v * lanes<T>);
        sum[v] = fma(w, w, sum[v]);
      }
    }
    LIGHTMLP_UNROLL
    for (int v = 0; v < Vectors; ++v) store(squares + column + v * lanes<T>, sum[v]);
  }
  if constexpr (Vectors > 1) {
    if (column < columns)
      square_columns<T, Vectors - 1>(weights + column, stride, rows, columns - column,
                                     squares + column);
  }
}

// Sums of squares of the own columns of each W, for the L2 term.
template <class T>
void square_weights(const Team& team, const Network<T>& net) {
  T* squares = net.squared_columns;
  for (int l = 0; l < net.n_layers; squares += net.layers[l].stride, ++l) {
    const Layer<T>& layer = net.layers[l];
    const Range columns = team.share(layer.stride, line<T>);
    square_columns(net.parameters + layer.weights + columns.begin, layer.stride, layer.n_inputs,
                   columns.size(), squares + columns.begin);
  }
}

template <class T>
double l2_penalty(const Network<T>& net) {
  if (net.alpha == 0.0) return 0.0;
  double sum = 0.0;
  const T* squares = net.squared_columns;
  for (int l = 0; l < net.n_layers; squares += net.layers[l].stride, ++l)
    for (std::int64_t j = 0; j < net.layers[l].n_outputs; ++j) sum += squares[j];
  return 0.5 * net.alpha * sum;
}

// What becomes of the sums of a group's rows: kept, or added to those of the groups before.
template <class T>
struct Keep {
  T* sums;

  LIGHTMLP_INLINE void weights(std::int64_t at, Vec<T> sum) const { store(sums + at, sum); }
  LIGHTMLP_INLINE void bias(std::int64_t at, Vec<T> sum) const { store(sums + at, sum); }
  void finish_layer(int, const Part&) const {}
};

template <class T>
struct AddToTotal {
  T* total;

  LIGHTMLP_INLINE void weights(std::int64_t at, Vec<T> sum) const {
    store(total + at, load(total + at) + sum);
  }
  LIGHTMLP_INLINE void bias(std::int64_t at, Vec<T> sum) const { weights(at, sum); }
  void finish_layer(int, const Part&) const {}
};

template <class T, class Take>
struct TakeTotal {
  const T* total;
  const Take& take;

  LIGHTMLP_INLINE void weights(std::int64_t at, Vec<T> sum) const {
    take.weights(at, load(total + at) + sum);
  }
  LIGHTMLP_INLINE void bias(std::int64_t at, Vec<T> sum) const {
    take.bias(at, load(total + at) + sum);
  }
  void finish_layer(int l, const Part& part) const { take.finish_layer(l, part); }
};

// A group of a batch's rows, cut into blocks.
struct RowGroup {
  Block rows;
  std::int64_t n_blocks;

  RowGroup(const Block& batch, std::int64_t group, std::int64_t n_groups,
           std::int64_t block_rows)
      : rows(batch) {
    const std::int64_t begin = batch.rows * group / n_groups;
    rows = batch.part(begin, batch.rows * (group + 1) / n_groups - begin);
    n_blocks = (rows.rows + block_rows - 1) / block_rows;
  }

  Block block(std::int64_t b) const {
    const std::int64_t begin = rows.rows * b / n_blocks;
    return rows.part(begin, rows.rows * (b + 1) / n_blocks - begin);
  }
};

// Loss and gradients of one batch by a team of threads.
template <class T>
struct BatchTask {
  const Team& team;
  const Network<T>& net;
  const Table<T>& table;
  const Block& rows;
  std::int64_t n_groups;
  const Interrupt& interrupt;

  RowGroup group(std::int64_t g) const { return {rows, g, n_groups, net.block_rows}; }

  bool stopped() const {
    if (team.leads() && interrupt()) team.stop->store(true, std::memory_order_relaxed);
    return team.stop->load(std::memory_order_relaxed);
  }

  // All threads work on the same block. What moves between the cores: activations.
  template <class Take>
  bool share_each_group(const Take& take) const {
    for (std::int64_t g = 0; g < n_groups; ++g) {
      const RowGroup group = this->group(g);
      // Between blocks a later group needs a place of its own beside the total.
      T* const sums = net.sums(g > 0 ? 1 : 0);
      double loss = 0.0;
      for (std::int64_t b = 0; b < group.n_blocks; ++b) {
        const Pass<T> pass{team, net, net.workspaces[0], table, group.block(b)};
        if (!pass_forward(pass, &loss)) return false;
        const bool group_ends = b + 1 == group.n_blocks, batch_ends = g + 1 == n_groups;
        if (!group_ends || (g == 0 && !batch_ends))
          pass.backward(sums, b > 0, Keep<T>{sums});
        else if (g == 0)
          pass.backward(sums, b > 0, take);
        else if (!batch_ends)
          pass.backward(sums, b > 0, AddToTotal<T>{net.sums(0)});
        else
          pass.backward(sums, b > 0, TakeTotal<T, Take>{net.sums(0), take});
        if (!group_ends || !batch_ends) team.synchronize();
      }
      if (team.leads()) net.group_losses[g] = loss;
    }
    return true;
  }

  bool pass_forward(const Pass<T>& pass, double* loss) const {
    pass.gather();
    if (team.leads()) stopped();
    team.synchronize();
    if (team.stop->load(std::memory_order_relaxed)) return false;
    pass.forward();
    pass.loss_and_deltas();
    team.synchronize();
    if (team.leads()) *loss += pass.total_loss();
    return true;
  }

  // Each thread works on groups of its own. What moves between the cores: gradients.
  template <class Take>
  bool share_groups(const Take& take) const {
    const Team alone{0, 1, nullptr, team.stop};
    const Range mine = team.share(n_groups);
    for (std::int64_t g = mine.begin; g < mine.end; ++g) {
      const RowGroup group = this->group(g);
      T* const sums = net.sums(g);
      double loss = 0.0;
      for (std::int64_t b = 0; b < group.n_blocks && !stopped(); ++b) {
        const Pass<T> pass{alone, net, net.workspaces[team.index], table, group.block(b)};
        pass.gather();
        pass.forward();
        pass.loss_and_deltas();
        loss += pass.total_loss();
        pass.backward(sums, b > 0, Keep<T>{sums});
      }
      net.group_losses[g] = loss;
    }
    team.synchronize();
    if (team.stop->load(std::memory_order_relaxed)) return false;
    for (int l = 0; l < net.n_layers; ++l) take_own_part(l, take);
    return true;
  }

  // Hand the totals of this thread's rows of W, and of its columns of b, to `take`.
  template <class Take>
  void take_own_part(int l, const Take& take) const {
    const Layer<T>& layer = net.layers[l];
    const Part part{team.share(layer.n_inputs, line<T>), {0, layer.stride}};
    const std::int64_t begin = layer.weights + part.rows.begin * layer.stride;
    const std::int64_t end = layer.weights + part.rows.end * layer.stride;
    for (std::int64_t at = begin; at < end; at += lanes<T>) take.weights(at, total(at));
    const Range columns = team.share(layer.stride, line<T>);
    for (std::int64_t j = columns.begin; j < columns.end; j += lanes<T>)
      take.bias(layer.bias + j, total(layer.bias + j));
    take.finish_layer(l, part);
  }

  LIGHTMLP_INLINE Vec<T> total(std::int64_t at) const {
    Vec<T> sum = load(net.gradients + at);
    for (std::int64_t g = 1; g < n_groups; ++g) sum += load(net.sums(g) + at);
    return sum;
  }
};

// The loss of a batch (for the leading thread); its gradients go to `take`. Every thread
// returns false if the leading one was asked to stop.
template <class T, class Take>
bool forward_and_backward(const Team& team, const Network<T>& net, const Table<T>& table,
                          const Batch& batch, const Interrupt& interrupt, double* loss,
                          const Take& take) {
  const std::int64_t n_groups = count_row_groups(net.is_grouped, batch.rows.rows);
  const BatchTask<T> task{team, net, table, batch.rows, n_groups, interrupt};
  if (net.alpha != 0.0) square_weights(team, net);
  const bool apart = team.size > 1 && team.size <= n_groups && team.size <= net.n_workspaces;
  const bool completed = apart ? task.share_groups(take) : task.share_each_group(take);
  if (!completed) return false;
  if (team.leads()) {
    double sum = 0.0;
    for (std::int64_t g = 0; g < n_groups; ++g) sum += net.group_losses[g];
    *loss = (sum + l2_penalty(net)) / batch.weight_sum;
  }
  return true;
}

}  // namespace lightmlp::LIGHTMLP_ISA
