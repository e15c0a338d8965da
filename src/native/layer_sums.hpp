// z = inputs . W + b of one layer, of dense and of sparse rows.
#pragma once

#include "kernels/product.hpp"
#include "kernels/sparse.hpp"
#include "parts.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// Of a part of the rows and columns.
template <class T>
class LayerSums {
 public:
  LayerSums(const Network<T>& net, const Layer<T>& layer, const Part& part, T* z)
      : layer_(layer),
        part_(part),
        weights_(net.parameters + layer.weights),
        // What is to be normalised has its shift added afterwards.
        bias_(layer.is_normalized() ? net.zeros : net.parameters + layer.bias),
        z_(z) {}

  // z = finish(offset, inputs . W + b)
  template <class Finish = AsItIs>
  void compute(const Rows<T>& inputs, const Finish& finish = {}) const {
    const Rows<T> own = inputs.from(part_.rows.begin, 0);
    layer_.panels.for_columns(part_.columns, [&](std::int64_t offset, std::int64_t stride,
                                                 Range columns) {
      multiply_by_order<T>(
          {own, weights_ + offset, stride, part_.rows.size(), columns.size(), layer_.n_inputs,
           Start::bias, bias_ + columns.begin, 0, layer_.padding(columns.end)},
          z_ + part_.rows.begin * layer_.stride + columns.begin, layer_.stride, finish);
    });
  }

  // Row i of the inputs is row_at(i).
  template <class RowAt>
  void compute_sparse(const RowAt& row_at) const {
    layer_.panels.for_columns(
        part_.columns, [&](std::int64_t offset, std::int64_t stride, Range columns) {
          for (std::int64_t i = part_.rows.begin; i < part_.rows.end; ++i)
            multiply_sparse(row_at(i), weights_ + offset, stride, bias_ + columns.begin,
                            columns.size(), z_ + i * layer_.stride + columns.begin);
        });
  }

 private:
  const Layer<T>& layer_;
  const Part part_;
  const T* weights_;
  const T* bias_;
  T* z_;
};

}  // namespace lightmlp::LIGHTMLP_ISA
