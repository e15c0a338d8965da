// Muon: hidden weights follow their momentum, made orthogonal by Newton-Schulz iterations. It
// needs whole matrices: the gradients are completed first, then this phase makes the step.
//
// Threads share rows or columns, never a sum, so that the bits do not depend on their number.
#pragma once

#include "batch.hpp"
#include "kernels/product.hpp"
#include "kernels/transpose.hpp"
#include "optimizers.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// Works on tall matrices X: W itself or, where that is wide, its transpose. Each method is
// called by all threads and leaves its result complete for all of them.
template <class T>
struct Orthogonalization {
  const Team& team;
  TallShape<T> shape;
  T *x, *other;          // (padded rows, stride)
  T *gram, *polynomial;  // (padded columns, stride)
  T* squares;            // (stride,)

  Orthogonalization(const Team& threads, const TallShape<T>& of, T* scratch)
      : team(threads), shape(of) {
    const std::int64_t square = shape.stride * shape.stride;
    x = scratch;
    other = x + shape.size();
    gram = other + shape.size();
    polynomial = gram + square;
    squares = polynomial + square;
  }

  Range own_rows() const { return team.share(shape.rows, line<T>); }
  std::int64_t padded_columns() const { return padded<T>(shape.columns); }

  // function(offset) for each vector of these rows.
  template <class Function>
  LIGHTMLP_INLINE void for_rows(Range rows, const Function& function) const {
    for (std::int64_t i = rows.begin; i < rows.end; ++i)
      for (std::int64_t j = 0; j < padded_columns(); j += lanes<T>)
        function(i * shape.stride + j);
  }

  // X = X / |X| in Frobenius' norm; zeros stay zeros.
  void normalize() const {
    const Range columns = team.share(padded_columns(), line<T>);
    sum_columns<Square>(x + columns.begin, shape.stride, shape.rows, columns.size(),
                        squares + columns.begin);
    team.synchronize();
    double sum = 0.0;
    for (std::int64_t j = 0; j < shape.columns; ++j) sum += squares[j];
    const double norm = __builtin_sqrt(sum);
    const T scale = static_cast<T>(1.0 / (norm > 1e-7 ? norm : 1e-7));
    const Range rows = own_rows();
    for_rows(rows, [=, this](std::int64_t at)
                       LIGHTMLP_INLINED { store(x + at, load(x + at) * scale); });
    team.synchronize();
  }

  // X = a X + X (b A + c A^2) with A = X^T X, computed as X (a I + b A + c A^2).
  void iterate() {
    const Range rows = own_rows(), side = team.share(shape.columns, line<T>);
    const std::int64_t stride = shape.stride, begin = side.begin * stride;
    const std::int64_t columns = padded_columns();
    T* const own_gram = gram + begin;
    const auto keep = [=](std::int64_t at, Vec<T> sum)
                          LIGHTMLP_INLINED { store(own_gram + at, sum); };
    multiply_transposed<T>(
        {{x + side.begin, stride}, x, stride, side.size(), columns, shape.rows},
        Destination<decltype(keep)>{keep, 0, stride});
    team.synchronize();
    multiply<T>({{own_gram, stride}, gram, stride, side.size(), columns, shape.columns},
                polynomial + begin, stride);
    for_rows(side, [this](std::int64_t at) LIGHTMLP_INLINED {
      store(polynomial + at,
            fma(broadcast(T(2.0315)), load(polynomial + at), T(-4.7750) * load(gram + at)));
    });
    for (std::int64_t i = side.begin; i < side.end; ++i)
      polynomial[i * stride + i] += T(3.4445);
    team.synchronize();
    multiply<T>({{x + rows.begin * stride, stride},
                 polynomial,
                 stride,
                 rows.size(),
                 columns,
                 shape.columns},
                other + rows.begin * stride, stride);
    team.synchronize();
    T* const result = other;
    other = x;
    x = result;
  }
};

template <class T>
class MuonStep {
 public:
  MuonStep(const Team& team, const Network<T>& net, const OptimizerMemory<T>& memory,
           const StepValues& values)
      : team_(team),
        net_(net),
        memory_(memory),
        values_(values),
        momentum_(memory.settings.momentum) {}

  // For weights whose gradients are complete.
  void run(const Span& weights) const {
    const TallShape<T> shape(weights);
    Orthogonalization<T> work(team_, shape, memory_.scratch);
    follow_momentum(weights, shape, work.x);
    team_.synchronize();
    work.normalize();
    for (int i = 0; i < memory_.settings.n_iterations; ++i) work.iterate();
    if (shape.is_transposed) {
      const Range mine = work.own_rows();
      transpose(work.x + mine.begin * shape.stride, shape.stride, mine.size(),
                work.padded_columns(), work.other + mine.begin, shape.rows);
      team_.synchronize();
    }
    if (shape.is_transposed)
      move_weights(weights, work.other, shape.rows);
    else
      move_weights(weights, work.x, shape.stride);
    team_.synchronize();  // the next weights are worked on in the same memory
  }

 private:
  // The direction before it is made orthogonal, in the tall form.
  void follow_momentum(const Span& weights, const TallShape<T>& shape, T* x) const {
    const Part own = own_rows<T>(team_, weights);
    for_vectors<T>(
        weights, own, [&](std::int64_t at, std::int64_t k, std::int64_t j) LIGHTMLP_INLINED {
          const Vec<T> gradient = load(net_.gradients + at);
          const Vec<T> m = momentum_.follow(memory_.slots[0] + at, gradient);
          const Vec<T> ahead = fma(broadcast(momentum_.decay), m, momentum_.weight * gradient);
          T* const direction =
              shape.is_transposed ? net_.gradients + at : x + k * shape.stride + j;
          store(direction, memory_.settings.nesterov ? ahead : m);
        });
    if (!shape.is_transposed) return;
    const Range mine = team_.share(shape.rows, line<T>);
    std::memset(x + mine.begin * shape.stride, 0,
                static_cast<std::size_t>(mine.size() * shape.stride) * sizeof(T));
    team_.synchronize();
    weights.panels.for_columns(
        own.columns, [&](std::int64_t offset, std::int64_t stride, Range columns) {
          transpose(net_.gradients + weights.offset + offset + own.rows.begin * stride, stride,
                    own.rows.size(), columns.size(),
                    x + columns.begin * shape.stride + own.rows.begin, shape.stride);
        });
  }

  // W = shrink W - 0.2 rate sqrt(max(inputs, outputs)) direction
  void move_weights(const Span& weights, const T* direction,
                    std::int64_t direction_stride) const {
    const std::int64_t rows = weights.panels.rows, columns = weights.n_columns;
    const double size = static_cast<double>(rows > columns ? rows : columns);
    const T factor = static_cast<T>(0.2 * values_.rate(weights.rule) * __builtin_sqrt(size));
    const T shrink = values_.shrinkage<T>(weights.rule);
    for_vectors<T>(
        weights, own_rows<T>(team_, weights),
        [&](std::int64_t at, std::int64_t k, std::int64_t j) LIGHTMLP_INLINED {
          T* const to = net_.parameters + at;
          store(to, load(to) * shrink - factor * load(direction + k * direction_stride + j));
        });
  }

  const Team& team_;
  const Network<T>& net_;
  const OptimizerMemory<T>& memory_;
  const StepValues& values_;
  RunningMean<T> momentum_;
};

}  // namespace lightmlp::LIGHTMLP_ISA
