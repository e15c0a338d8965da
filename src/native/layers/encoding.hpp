// What encoders of a table's columns are given.
#pragma once

#include "../activations.hpp"
#include "../network.hpp"
#include "../parts.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// The first `count` lanes, and zeros.
template <class T>
LIGHTMLP_INLINE Vec<T> first_lanes(Vec<T> x, std::int64_t count) {
  IntVec<T> lane{};
  LIGHTMLP_UNROLL
  for (int i = 0; i < lanes<T>; ++i) lane[i] = i;
  using Integer = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  return (Vec<T>)((IntVec<T>)x & (lane < static_cast<Integer>(count)));
}

// An encoder at work on the rows of a block. What it writes for a column is filled up to whole
// vectors and spills over the columns behind it, which are written afterwards.
template <class T>
struct EncoderPlace {
  const Encoder<T>& encoder;
  const T* parameters;  // of the network
  const Table<T>& table;
  Block block;
  std::int64_t stride;  // of encoded rows

  T number(std::int64_t i, int j) const {
    return table.dense[block.row(i) * table.dense_stride + encoder.columns[j]];
  }
  std::int32_t category(std::int64_t i) const {
    return table.categories[block.row(i) * table.n_categories + encoder.columns[0]];
  }
  // Where the encoding of column j begins within a row.
  std::int64_t begin(int j) const { return encoder.begin + j * encoder.width(); }
  const T* row(int parameter, std::int64_t k) const {
    return parameters + encoder.spans[parameter].row(k);
  }
};

// The derivative of the loss by what an encoder wrote, and the memory of a gradient.
template <class T>
struct EncoderGradient {
  const T* deltas;  // (block rows, stride) by f(z)
  const T* of;      // what f's derivative reads
  T* sums;          // laid out as the parameters
  T* scratch;
};

// Calls function(i, v, d loss / d z) for each row and each vector of column j, v being its
// place within the column.
template <class T, class Function>
LIGHTMLP_INLINE void for_deltas(const EncoderPlace<T>& place, const EncoderGradient<T>& of,
                                int j, const Function& function) {
  const std::int64_t width = place.encoder.width(), begin = place.begin(j);
  with_activation(place.encoder.activation, [&]<class F>(F) {
    for (std::int64_t i = 0; i < place.block.rows; ++i)
      for (std::int64_t v = 0; v < width; v += lanes<T>) {
        const std::int64_t at = i * place.stride + begin + v;
        const Vec<T> delta = F::template backward<T>(load(of.of + at), load(of.deltas + at));
        function(i, v, first_lanes<T>(delta, width - v));
      }
  });
}

// sum[v] += value
template <class T>
LIGHTMLP_INLINE void add_to(T* sum, Vec<T> value) {
  store(sum, load(sum) + value);
}

// The rows of a parameter that belong to column j, if all columns have as many.
template <class T>
Range equal_rows(const Encoder<T>& encoder, int parameter, int j) {
  return equal_part(encoder.spans[parameter].panels.rows, j, encoder.n_columns);
}

}  // namespace lightmlp::LIGHTMLP_ISA
