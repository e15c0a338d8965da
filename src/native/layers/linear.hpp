// The linear layer: z = inputs . W + b, of dense rows, of sparse rows and of one-hot codes.
#pragma once

#include "../kernels/product.hpp"
#include "../kernels/sparse.hpp"
#include "../parts.hpp"

namespace lightmlp::LIGHTMLP_ISA::layers {

// The sums of a part of the rows and columns.
template <class T>
class Linear {
 public:
  Linear(const Network<T>& net, const Layer<T>& layer, const Part& part, T* z)
      : layer_(layer),
        part_(part),
        weights_(net.parameters + layer.weights().offset),
        // What is to be normalised has its shift added afterwards.
        bias_(layer.is_normalized() || !layer.has_bias()
                  ? net.zeros
                  : net.parameters + layer.spans[1].offset),
        z_(z) {}

  // z = finish(offset, inputs . W + b)
  template <class Finish = AsItIs>
  void compute(const Rows<T>& inputs, const Finish& finish = {}) const {
    const Rows<T> own = inputs.from(part_.rows.begin, 0);
    layer_.panels().for_columns(part_.columns, [&](std::int64_t offset, std::int64_t stride,
                                                   Range columns) {
      multiply_by_order<T>(
          {own, weights_ + offset, stride, part_.rows.size(), columns.size(), layer_.n_dense,
           Start::bias, bias_ + columns.begin, 0, layer_.weights().padding(columns.end)},
          z_ + part_.rows.begin * layer_.stride + columns.begin, layer_.stride, finish);
    });
  }

  // Row i of the inputs is row_at(i).
  template <class RowAt>
  void compute_sparse(const RowAt& row_at) const {
    layer_.panels().for_columns(
        part_.columns, [&](std::int64_t offset, std::int64_t stride, Range columns) {
          for (std::int64_t i = part_.rows.begin; i < part_.rows.end; ++i)
            multiply_sparse(row_at(i), weights_ + offset, stride, bias_ + columns.begin,
                            columns.size(), z_ + i * layer_.stride + columns.begin);
        });
  }

  // z += the rows of W that codes choose; row_of(i, k) is that of code number k of row i. W
  // lies in one panel.
  template <class RowOf>
  void add_rows(int n_codes, const RowOf& row_of) const {
    for (std::int64_t i = part_.rows.begin; i < part_.rows.end; ++i) {
      T* const z = z_ + i * layer_.stride;
      for (int k = 0; k < n_codes; ++k) {
        const T* const row = weights_ + row_of(i, k) * layer_.columns;
        for (std::int64_t j = part_.columns.begin; j < part_.columns.end; j += lanes<T>)
          store(z + j, load(z + j) + load(row + j));
      }
    }
  }

 private:
  const Layer<T>& layer_;
  const Part part_;
  const T* weights_;
  const T* bias_;
  T* z_;
};

}  // namespace lightmlp::LIGHTMLP_ISA::layers
