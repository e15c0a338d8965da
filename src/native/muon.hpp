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

  // X = X / |X| in Frobenius' norm; zeros stay zeros.
  void normalize() const {
    const Range columns = team.share(shape.stride, line<T>);
    sum_columns<Square>(x + columns.begin, shape.stride, shape.rows, columns.size(),
                        squares + columns.begin);
    team.synchronize();
    double sum = 0.0;
    for (std::int64_t j = 0; j < shape.columns; ++j) sum += squares[j];
    const double norm = __builtin_sqrt(sum);
    const T scale = static_cast<T>(1.0 / (norm > 1e-7 ? norm : 1e-7));
    const Range rows = own_rows();
    for (std::int64_t at = rows.begin * shape.stride; at < rows.end * shape.stride;
         at += lanes<T>)
      store(x + at, load(x + at) * scale);
    team.synchronize();
  }

  // X = a X + X (b A + c A^2) with A = X^T X, computed as X (a I + b A + c A^2).
  void iterate() {
    const Range rows = own_rows(), side = team.share(shape.columns, line<T>);
    const std::int64_t stride = shape.stride, begin = side.begin * stride;
    T* const own_gram = gram + begin;
    multiply_transposed<T>({x + side.begin, stride, x, stride, side.size(), stride, shape.rows,
                            Start::zero, nullptr, 0},
                           [=](std::int64_t i, std::int64_t j, Vec<T> sum)
                               LIGHTMLP_INLINED { store(own_gram + i * stride + j, sum); });
    team.synchronize();
    multiply<T>({own_gram, stride, gram, stride, side.size(), stride, shape.columns,
                 Start::zero, nullptr, 0},
                polynomial + begin, stride);
    for (std::int64_t at = begin; at < side.end * stride; at += lanes<T>)
      store(polynomial + at,
            fma(broadcast(T(2.0315)), load(polynomial + at), T(-4.7750) * load(gram + at)));
    for (std::int64_t i = side.begin; i < side.end; ++i)
      polynomial[i * stride + i] += T(3.4445);
    team.synchronize();
    multiply<T>({x + rows.begin * stride, stride, polynomial, stride, rows.size(), stride,
                 shape.columns, Start::zero, nullptr, 0},
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
           double learning_rate, std::int64_t n_steps)
      : team_(team),
        net_(net),
        memory_(memory),
        learning_rate_(learning_rate),
        n_steps_(n_steps),
        momentum_(memory.settings.momentum) {}

  // From the complete gradients of a batch.
  void run() const {
    for (int l = net_.rules.n_frozen; l < net_.n_layers; ++l) {
      const Layer<T>& layer = net_.layers[l];
      const double rate = net_.rules.rate(l, learning_rate_);
      const AdamW<T> adamw(memory_.settings, rate, n_steps_);
      if (l + 1 < net_.n_layers)
        step_orthogonally(l, rate);
      else
        step_output_weights(l, adamw);
      const Range columns = team_.share(layer.stride, line<T>);
      for (int row = 0; row < n_trained_bias_rows(layer.normalization); ++row)
        for (std::int64_t j = columns.begin; j < columns.end; j += lanes<T>) {
          const std::int64_t at = layer.bias + row * layer.stride + j;
          step_by_adamw(adamw, at, load(net_.parameters + at));
        }
    }
  }

 private:
  Range own_rows(const Layer<T>& layer) const { return team_.share(layer.n_inputs, line<T>); }

  void step_by_adamw(const AdamW<T>& adamw, std::int64_t at, Vec<T> before) const {
    store(net_.parameters + at,
          adamw.step(before, load(net_.gradients + at), memory_.slots, at));
  }

  void step_output_weights(int l, const AdamW<T>& adamw) const {
    const Layer<T>& layer = net_.layers[l];
    const Range rows = own_rows(layer);
    const T shrink = shrinkage<T>(memory_.settings, net_.rules.rate(l, learning_rate_));
    for (std::int64_t k = rows.begin * layer.stride; k < rows.end * layer.stride;
         k += lanes<T>) {
      const std::int64_t at = layer.weights + k;
      step_by_adamw(adamw, at, load(net_.parameters + at) * shrink);
    }
    renew_transposed(l, rows);
  }

  void renew_transposed(int l, Range rows) const {
    const Layer<T>& layer = net_.layers[l];
    if (l > 0)
      transpose(net_.parameters + layer.weights + rows.begin * layer.stride, layer.stride,
                rows.size(), layer.stride, layer.transposed + rows.begin,
                layer.transposed_stride);
  }

  void step_orthogonally(int l, double rate) const {
    const Layer<T>& layer = net_.layers[l];
    const TallShape<T> shape(layer);
    Orthogonalization<T> work(team_, shape, memory_.scratch);
    follow_momentum(layer, shape, work.x);
    team_.synchronize();
    work.normalize();
    for (int i = 0; i < memory_.settings.n_iterations; ++i) work.iterate();
    if (shape.is_transposed) {
      const Range mine = work.own_rows();
      transpose(work.x + mine.begin * shape.stride, shape.stride, mine.size(), shape.stride,
                work.other + mine.begin, layer.stride);
      team_.synchronize();
    }
    move_weights(layer, rate, shape.is_transposed ? work.other : work.x);
    renew_transposed(l, own_rows(layer));
    team_.synchronize();  // the next layer works in the same memory
  }

  // The direction before it is made orthogonal, in the tall form.
  void follow_momentum(const Layer<T>& layer, const TallShape<T>& shape, T* x) const {
    const Range rows = own_rows(layer);
    T* const gradients = net_.gradients + layer.weights;
    T* const directions = shape.is_transposed ? gradients : x;
    for (std::int64_t k = rows.begin * layer.stride; k < rows.end * layer.stride;
         k += lanes<T>) {
      const Vec<T> gradient = load(gradients + k);
      const Vec<T> m = momentum_.follow(memory_.slots[0] + layer.weights + k, gradient);
      const Vec<T> ahead = fma(broadcast(momentum_.decay), m, momentum_.weight * gradient);
      store(directions + k, memory_.settings.nesterov ? ahead : m);
    }
    if (!shape.is_transposed) return;
    const Range mine = team_.share(shape.rows, line<T>);
    std::memset(x + mine.begin * shape.stride, 0,
                static_cast<std::size_t>(mine.size() * shape.stride) * sizeof(T));
    team_.synchronize();
    transpose(gradients + rows.begin * layer.stride, layer.stride, rows.size(), layer.stride,
              x + rows.begin, shape.stride);
  }

  // W = shrink W - 0.2 rate sqrt(max(inputs, outputs)) direction
  void move_weights(const Layer<T>& layer, double rate, const T* direction) const {
    const double size = static_cast<double>(layer.n_inputs > layer.n_outputs ? layer.n_inputs
                                                                             : layer.n_outputs);
    const T factor = static_cast<T>(0.2 * rate * __builtin_sqrt(size));
    const T shrink = shrinkage<T>(memory_.settings, rate);
    T* const weights = net_.parameters + layer.weights;
    const Range rows = own_rows(layer);
    for (std::int64_t k = rows.begin * layer.stride; k < rows.end * layer.stride; k += lanes<T>)
      store(weights + k, load(weights + k) * shrink - factor * load(direction + k));
  }

  const Team& team_;
  const Network<T>& net_;
  const OptimizerMemory<T>& memory_;
  double learning_rate_;
  std::int64_t n_steps_;
  RunningMean<T> momentum_;
};

}  // namespace lightmlp::LIGHTMLP_ISA
