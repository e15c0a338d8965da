// The loss and the gradients of a batch, and how threads share the work.
#pragma once

#include "backend.hpp"
#include "backward_pass.hpp"
#include "kernels/transpose.hpp"
#include "thread_choice.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// Every thread adds up all weights, so that none has to wait for another.
template <class T>
Batch make_batch(const Table<T>& table, Block rows) {
  if (table.sample_weight == nullptr) return {rows, static_cast<double>(rows.rows)};
  double sum = 0.0;
  for (std::int64_t i = 0; i < rows.rows; ++i) sum += table.sample_weight[rows.row(i)];
  return {rows, sum};
}

// Sums over the own columns of a parameter, in `values`, which are laid out as the parameters.
template <class Term, class T>
void sum_own_columns(const Team& team, const Span& span, const T* values, T* sums) {
  T* const own = sums + span.sums;
  span.panels.for_columns(
      own_columns<T>(team, span.columns()),
      [&](std::int64_t offset, std::int64_t stride, Range columns) {
        const T* const first = values + span.offset + offset;
        if (!span.adds_to_sums)
          return sum_columns<Term>(first, stride, span.panels.rows, columns.size(),
                                   own + columns.begin);
        sum_columns<Term>(first, stride, span.panels.rows, columns.size(), own + columns.begin,
                          [=](std::int64_t j, Vec<T> sum)
                              LIGHTMLP_INLINED { store(own + columns.begin + j, sum); });
      });
}

// function(span) for the parameters that alpha and l1 penalise.
template <class T, class Function>
LIGHTMLP_INLINE void for_penalized(const Network<T>& net, const Function& function) {
  for (int s = 0; s < net.n_spans; ++s)
    if (net.spans[s].is_penalized) function(net.spans[s]);
}

template <class T>
double total_of_columns(const Span& span, const T* sums, double total) {
  for (std::int64_t j = 0; j < span.n_columns; ++j) total += sums[span.sums + j];
  return total;
}

template <class T>
void sum_penalties(const Team& team, const Network<T>& net) {
  for_penalized(net, [&](const Span& span) {
    if (net.alpha != 0.0)
      sum_own_columns<Square>(team, span, net.parameters, net.squared_columns);
    if (net.l1 != 0.0)
      sum_own_columns<Magnitude>(team, span, net.parameters, net.absolute_columns);
  });
}

template <class T>
double penalty(const Network<T>& net) {
  double squares = 0.0, magnitudes = 0.0;
  for_penalized(net, [&](const Span& span) {
    if (net.alpha != 0.0) squares = total_of_columns(span, net.squared_columns, squares);
    if (net.l1 != 0.0) magnitudes = total_of_columns(span, net.absolute_columns, magnitudes);
  });
  double sum = 0.0;
  if (net.alpha != 0.0) sum += 0.5 * net.alpha * squares;
  if (net.l1 != 0.0) sum += net.l1 * magnitudes;
  return sum;
}

// Copy a part of W to W^T, of the layers that have it.
template <class T>
void transpose_part(const Network<T>& net, int l, const Part& part) {
  const Layer<T>& layer = net.layers[l];
  if (!layer.has_transposed) return;
  const Range rows = part.rows.within({0, layer.n_dense});
  if (rows.size() <= 0) return;
  layer.for_transposed(net.parameters, net.transposed, rows, part.columns,
                       [](const T* from, std::int64_t from_stride, std::int64_t rows,
                          std::int64_t columns, T* to, std::int64_t to_stride) {
                         transpose(from, from_stride, rows, columns, to, to_stride);
                       });
}

// What becomes of the sums of a group's rows: kept, or added to those of the groups before.
// `of` gives what takes those of one parameter: `weights` the weights of a layer, which may be
// penalised, and `others` all else.
template <class T>
struct Keep {
  static constexpr bool takes_long = false;
  T* sums;

  LIGHTMLP_INLINE void weights(std::int64_t at, Vec<T> sum) const { store(sums + at, sum); }
  LIGHTMLP_INLINE void others(std::int64_t at, Vec<T> sum) const { store(sums + at, sum); }
  bool is_for(const Span&) const { return true; }
  Keep of(const Span&) const { return *this; }
  void finish_layer(int, const Part&) const {}
};

template <class T>
struct AddToTotal {
  static constexpr bool takes_long = false;
  T* total;

  LIGHTMLP_INLINE void weights(std::int64_t at, Vec<T> sum) const {
    store(total + at, load(total + at) + sum);
  }
  LIGHTMLP_INLINE void others(std::int64_t at, Vec<T> sum) const { weights(at, sum); }
  bool is_for(const Span&) const { return true; }
  AddToTotal of(const Span&) const { return *this; }
  void finish_layer(int, const Part&) const {}
};

template <class T, class Take>
struct TakeTotal {
  static constexpr bool takes_long = Take::takes_long;
  const T* total;
  Take take;

  LIGHTMLP_INLINE void weights(std::int64_t at, Vec<T> sum) const {
    take.weights(at, load(total + at) + sum);
  }
  LIGHTMLP_INLINE void others(std::int64_t at, Vec<T> sum) const {
    take.others(at, load(total + at) + sum);
  }
  bool is_for(const Span& span) const { return take.is_for(span); }
  TakeTotal of(const Span& span) const { return {total, take.of(span)}; }
  void finish_layer(int l, const Part& part) const { take.finish_layer(l, part); }
};

// A group of a batch's rows, cut into blocks.
struct RowGroup {
  Block rows;
  std::int64_t n_blocks;

  RowGroup(const Block& batch, std::int64_t group, std::int64_t n_groups,
           std::int64_t block_rows)
      : rows(batch) {
    const Range own = equal_part(batch.rows, group, n_groups);
    rows = batch.part(own.begin, own.size());
    n_blocks = (rows.rows + block_rows - 1) / block_rows;
  }

  Block block(std::int64_t b) const {
    const Range own = equal_part(rows.rows, b, n_blocks);
    return rows.part(own.begin, own.size());
  }
};

// Loss and gradients of one batch by a team of threads.
template <class T>
struct BatchTask {
  const Team& team;
  const Network<T>& net;
  const Table<T>& table;
  const Batch& batch;
  Mode mode;
  std::int64_t n_groups;
  const Interrupt& interrupt;

  RowGroup group(std::int64_t g) const { return {batch.rows, g, n_groups, net.block_rows}; }

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
        const ForwardPass<T> pass{team,  net,  net.workspaces[0], table,
                                  batch, mode, group.block(b)};
        if (!pass_forward(pass, &loss)) return false;
        const bool group_ends = b + 1 == group.n_blocks, batch_ends = g + 1 == n_groups;
        if (!group_ends || (g == 0 && !batch_ends))
          BackwardPass<T>(pass).run(sums, b > 0, Keep<T>{sums});
        else if (g == 0)
          BackwardPass<T>(pass).run(sums, b > 0, take);
        else if (!batch_ends)
          BackwardPass<T>(pass).run(sums, b > 0, AddToTotal<T>{net.sums(0)});
        else
          BackwardPass<T>(pass).run(sums, b > 0, TakeTotal<T, Take>{net.sums(0), take});
        if (!group_ends || !batch_ends) team.synchronize();
      }
      if (team.leads()) net.group_losses[g] = loss;
    }
    return true;
  }

  // The scores of all rows, (rows, n_outputs).
  bool write_scores(T* scores) const {
    const std::int64_t n = net.last().n_outputs, stride = net.last().stride;
    for (std::int64_t g = 0; g < n_groups; ++g) {
      const RowGroup group = this->group(g);
      for (std::int64_t b = 0; b < group.n_blocks; ++b) {
        const Block block = group.block(b);
        const ForwardPass<T> pass{team, net, net.workspaces[0], table, batch, mode, block};
        if (!begin(pass)) return false;
        pass.forward();
        const Range mine = team.share(block.rows);
        const T* const own = net.workspaces[0].outputs[net.n_layers - 1];
        for (std::int64_t i = mine.begin; i < mine.end; ++i)
          copy_row(own + i * stride, n, scores + (block.first + i) * n);
        team.synchronize();
      }
    }
    return true;
  }

  // Gather the rows of a pass; false, for all threads, if it is to stop.
  bool begin(const ForwardPass<T>& pass) const {
    pass.gather();
    if (team.leads()) stopped();
    team.synchronize();
    return !team.stop->load(std::memory_order_relaxed);
  }

  bool pass_forward(const ForwardPass<T>& pass, double* loss) const {
    if (!begin(pass)) return false;
    pass.forward();
    pass.loss_and_deltas();
    team.synchronize();
    if (team.leads()) pass.add_losses(loss);
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
        const ForwardPass<T> pass{
            alone, net, net.workspaces[team.index], table, batch, mode, group.block(b)};
        pass.gather();
        pass.forward();
        pass.loss_and_deltas();
        pass.add_losses(&loss);
        BackwardPass<T>(pass).run(sums, b > 0, Keep<T>{sums});
      }
      net.group_losses[g] = loss;
    }
    team.synchronize();
    if (team.stop->load(std::memory_order_relaxed)) return false;
    for (int s = 0; s < net.n_spans; ++s) {
      if (!net.spans[s].moves()) continue;
      with_own(take, net.spans[s], [&](const Take& own) { take_own_part(net.spans[s], own); });
    }
    for (int l = 0; l < net.n_layers; ++l)
      if (net.layers[l].weights().moves())
        take.finish_layer(l, own_rows<T>(team, net.layers[l].weights()));
    return true;
  }

  // Hand the totals of this thread's part of a parameter to `own`.
  template <class Own>
  void take_own_part(const Span& span, const Own& own) const {
    for_vectors<T>(span, own_rows<T>(team, span),
                   [&](std::int64_t at, std::int64_t, std::int64_t) LIGHTMLP_INLINED {
                     if (span.is_penalized)
                       own.weights(at, total(at));
                     else
                       own.others(at, total(at));
                   });
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
                          const Batch& batch, Mode mode, const Interrupt& interrupt,
                          double* loss, const Take& take) {
  const std::int64_t n_groups = count_row_groups(net.is_grouped, batch.rows.rows);
  const BatchTask<T> task{team, net, table, batch, mode, n_groups, interrupt};
  sum_penalties(team, net);
  const bool apart = team.size > 1 && team.size <= n_groups && team.size <= net.n_workspaces;
  const bool completed = apart ? task.share_groups(take) : task.share_each_group(take);
  if (!completed) return false;
  if (team.leads()) {
    double sum = 0.0;
    for (std::int64_t g = 0; g < n_groups; ++g) sum += net.group_losses[g];
    *loss = (sum + penalty(net)) / batch.weight_sum;
  }
  return true;
}

}  // namespace lightmlp::LIGHTMLP_ISA
