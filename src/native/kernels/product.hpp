// Matrix products in register tiles, without BLAS, and without packing but for wide deltas.
//
// Every element of the result is summed in the order of the inner dimension with fused
// multiply-adds, whatever the tile, the vector width and the thread: the same bits always.
#pragma once

#include "../panels.hpp"
#include "simd.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// What the sum of an element begins with.
enum class Start { zero, bias, accumulate };

// The rows of a matrix, or those of a table that `order` picks if it is not null.
template <class T>
struct Rows {
  const T* first;
  std::int64_t stride;
  const std::int64_t* order = nullptr;

  // The same without the first rows and columns.
  Rows from(std::int64_t row, std::int64_t column) const {
    if (order != nullptr) return {first + column, stride, order + row};
    return {first + row * stride + column, stride};
  }
};

// op(A): rows one after another, rows that are picked (`order` is not null), or A^T of either.
enum class Left { rows, picked_rows, transposed };

// start + op(A) (rows x depth) . B (depth x columns), op(A) = A or A^T. `columns` is a
// multiple of the vector width.
template <class T>
struct Product {
  Rows<T> a;
  const T* b;
  std::int64_t b_stride;
  std::int64_t rows, columns, depth;
  Start start = Start::zero;
  const T* from = nullptr;  // the bias (columns,), or what to accumulate to (rows, from_stride)
  std::int64_t from_stride = 0;
  std::int64_t padding = 0;  // the last columns, where B and what to begin with are zero
  T* room = nullptr;         // for a strip of B, or null

  bool ends_with_half() const { return has_half_vectors && padding >= lanes<T> / 2; }
  // Copying B pays where each row of a strip lies in a page of its own, if many tiles read it.
  bool packs() const {
    return room != nullptr && is_wide<T>(b_stride) && depth <= most_strip_rows &&
           rows >= fewest_rows_of_strip;
  }
};

// The columns of B that tiles above each other read.
template <class T>
struct Strip {
  const T* values;  // (depth, stride)
  std::int64_t stride;
};

// Rows of a tile: as many as the accumulators fit into the registers.
template <int Vectors>
inline constexpr int tile_rows = n_registers == 32 ? (Vectors == 4   ? 6
                                                      : Vectors == 3 ? 8
                                                                     : 12)
                                                   : (Vectors == 2 ? 6 : 10);
// Rows of the tile for what is left below a tile of so many rows.
constexpr int smaller_tile(int rows) {
  return rows > 8 ? 8 : rows > 4 ? 4 : rows / 2;
}
inline constexpr int tile_vectors = n_registers == 32 ? 4 : 2;

template <int Vectors, class T>
Strip<T> make_strip(const Product<T>& p, std::int64_t column) {
  constexpr std::int64_t width = Vectors * lanes<T>;
  const T* const b = p.b + column;
  static_assert(width * static_cast<std::int64_t>(sizeof(T)) <= strip_bytes);
  if (!p.packs()) return {b, p.b_stride};
  for (std::int64_t k = 0; k < p.depth; ++k)
    copy_row(b + k * p.b_stride, width, p.room + k * width);
  return {p.room, width};
}

// What becomes of sums where that takes long: divisions and square roots have a part of the
// processor of their own, so a tile's sums wait here until the next tile's are multiplied.
template <class T, class Finish>
class Deferred {
 public:
  explicit Deferred(const Finish& finish) : finish_(finish) {}

  LIGHTMLP_INLINE void operator()(std::int64_t at, Vec<T> sum) {
    at_[count_] = at;
    store(sums_ + count_ * lanes<T>, sum);
    ++count_;
  }

  // Finish all sums, one after each of up to `depth` calls of step().
  template <class Step>
  LIGHTMLP_INLINE void catch_up(std::int64_t depth, const Step& step) {
    const std::int64_t n_steps = count_ < depth ? count_ : depth;
    for (std::int64_t i = 0; i < n_steps; ++i) {
      step();
      finish_one(i);
    }
    for (std::int64_t i = n_steps; i < count_; ++i) finish_one(i);
    count_ = 0;
  }

 private:
  LIGHTMLP_INLINE void finish_one(std::int64_t i) const {
    (*reread(&finish_))(at_[i], load(sums_ + i * lanes<T>));
  }

  alignas(vector_bytes) T sums_[n_registers * lanes<T>];
  std::int64_t at_[n_registers], count_ = 0;
  const Finish& finish_;
};

// Nothing waits for other kinds of `finish`.
template <class Finish, class Step>
LIGHTMLP_INLINE void catch_up(const Finish&, std::int64_t, const Step&) {}

template <class T, class Finish, class Step>
LIGHTMLP_INLINE void catch_up(Deferred<T, Finish>& deferred, std::int64_t depth,
                              const Step& step) {
  deferred.catch_up(depth, step);
}

// Call products(finish), or, if it TakesLong, with what lets it wait for later tiles and
// products.
template <class T, bool TakesLong, class Finish, class Products>
LIGHTMLP_INLINE void finish_beside(const Finish& finish, const Products& products) {
  // With few registers for both, sums would be pushed out of them.
  if constexpr (TakesLong && n_registers == 32) {
    Deferred<T, Finish> deferred(finish);
    products(deferred);
    deferred.catch_up(0, [] {});
  } else {
    products(finish);
  }
}

// What takes the sums of a product, and where they belong: the first one's offset, and how far
// rows are apart.
template <class Finish>
struct Destination {
  Finish& finish;
  std::int64_t begin, stride;
};

template <class T, int TileRows, int Vectors>
LIGHTMLP_INLINE void begin_sums(const Product<T>& p, std::int64_t row, std::int64_t column,
                                Vec<T> (&sum)[TileRows][Vectors]) {
  LIGHTMLP_UNROLL
  for (int r = 0; r < TileRows; ++r) {
    LIGHTMLP_UNROLL
    for (int v = 0; v < Vectors; ++v) {
      const std::int64_t at = column + v * lanes<T>;
      sum[r][v] = p.start == Start::zero   ? Vec<T>{}
                  : p.start == Start::bias ? load(p.from + at)
                                           : load(p.from + (row + r) * p.from_stride + at);
    }
  }
}

// TileRows x Vectors of the result, of the last vector the lower half alone if EndsWithHalf.
template <class T, Left left, int TileRows, int Vectors, bool EndsWithHalf, class Finish>
LIGHTMLP_INLINE void tile(const Product<T>& p, const Strip<T>& strip, std::int64_t row,
                          std::int64_t column, Destination<Finish> result) {
  constexpr int width = lanes<T>;
  constexpr int n_whole = EndsWithHalf ? Vectors - 1 : Vectors;
  Vec<T> sum[TileRows][Vectors];
  begin_sums(p, row, column, sum);
  constexpr bool is_transposed = left == Left::transposed;
  const std::int64_t a_step = is_transposed ? p.a.stride : 1;
  const std::int64_t a_row = is_transposed ? 1 : p.a.stride;
  const std::int64_t* order = p.a.order;
  const T* a = p.a.first + row * a_row;
  const T* picked[TileRows];
  if constexpr (left == Left::picked_rows) {
    LIGHTMLP_UNROLL
    for (int r = 0; r < TileRows; ++r) picked[r] = p.a.first + order[row + r] * p.a.stride;
  }
  const T* b = strip.values;
  std::int64_t k = 0;
  const auto step = [&]() LIGHTMLP_INLINED {
    if (is_transposed && order != nullptr) a = p.a.first + row + order[k] * p.a.stride;
    Vec<T> right[Vectors];
    LIGHTMLP_UNROLL
    for (int v = 0; v < Vectors; ++v) right[v] = load(b + v * width);
    LIGHTMLP_UNROLL
    for (int r = 0; r < TileRows; ++r) {
      const Vec<T> factor = broadcast(left == Left::picked_rows ? picked[r][k] : a[r * a_row]);
      LIGHTMLP_UNROLL
      for (int v = 0; v < n_whole; ++v) sum[r][v] = fma(factor, right[v], sum[r][v]);
      if constexpr (EndsWithHalf)
        sum[r][n_whole] = lower_fma(factor, right[n_whole], sum[r][n_whole]);
    }
    ++k;
    a += a_step;
    b += strip.stride;
  };
  catch_up(result.finish, p.depth, step);
  while (k < p.depth) step();
  LIGHTMLP_UNROLL
  for (int r = 0; r < TileRows; ++r) {
    const std::int64_t at = result.begin + (row + r) * result.stride + column;
    LIGHTMLP_UNROLL
    for (int v = 0; v < n_whole; ++v) result.finish(at + v * width, sum[r][v]);
    if constexpr (EndsWithHalf)
      result.finish(at + n_whole * width, lower_half(sum[r][n_whole]));
  }
}

template <class T, Left left, int TileRows, int Vectors, class Finish>
void rows_of_tiles(const Product<T>& p, const Strip<T>& strip, std::int64_t row,
                   std::int64_t column, Destination<Finish> result) {
  for (; row + TileRows <= p.rows; row += TileRows)
    tile<T, left, TileRows, Vectors, false>(p, strip, row, column, result);
  if constexpr (TileRows > 1) {
    if (row < p.rows)
      rows_of_tiles<T, left, smaller_tile(TileRows), Vectors>(p, strip, row, column, result);
  }
}

// The last columns, where half a vector can be left out. The last rows do without: more
// variants of a tile would be much code for little.
template <class T, Left left, int Vectors, class Finish>
void last_columns_of_tiles(const Product<T>& p, std::int64_t column,
                           Destination<Finish> result) {
  constexpr int rows = tile_rows<Vectors>;
  const Strip<T> strip = make_strip<Vectors>(p, column);
  std::int64_t row = 0;
  if constexpr (has_half_vectors) {
    for (; p.ends_with_half() && row + rows <= p.rows; row += rows)
      tile<T, left, rows, Vectors, true>(p, strip, row, column, result);
  }
  rows_of_tiles<T, left, rows, Vectors>(p, strip, row, column, result);
}

template <class T, Left left, int Vectors, class Finish>
void columns_of_tiles(const Product<T>& p, std::int64_t column, Destination<Finish> result) {
  constexpr std::int64_t width = Vectors * lanes<T>;
  for (; column + width < p.columns; column += width)
    rows_of_tiles<T, left, tile_rows<Vectors>, Vectors>(p, make_strip<Vectors>(p, column), 0,
                                                        column, result);
  if (column + width == p.columns)
    return last_columns_of_tiles<T, left, Vectors>(p, column, result);
  if constexpr (Vectors > 1) {
    if (column < p.columns) columns_of_tiles<T, left, Vectors - 1>(p, column, result);
  }
}

struct AsItIs {
  template <class Vector>
  LIGHTMLP_INLINE Vector operator()(std::int64_t, Vector sum) const {
    return sum;
  }
};

// C (rows, c_stride) = finish(offset in C, start + A . B), vector by vector: what is cheap is
// done while the sum is in a register.
template <class T, Left left = Left::rows, class Finish = AsItIs>
void multiply(const Product<T>& p, T* c, std::int64_t c_stride, const Finish& finish = {}) {
  const auto write = [=](std::int64_t at, Vec<T> sum)
                         LIGHTMLP_INLINED { store(c + at, finish(at, sum)); };
  columns_of_tiles<T, left, tile_vectors>(p, 0,
                                          Destination<decltype(write)>{write, 0, c_stride});
}

// The same where the rows of A may be picked by an order.
template <class T, class Finish>
void multiply_by_order(const Product<T>& p, T* c, std::int64_t c_stride, const Finish& finish) {
  if (p.a.order != nullptr) return multiply<T, Left::picked_rows>(p, c, c_stride, finish);
  multiply(p, c, c_stride, finish);
}

// Call result.finish(offset, vector) for each vector of start + A^T . B: what becomes of it is
// decided while it is in a register, or beside later multiplications (finish_beside).
template <class T, class Finish>
void multiply_transposed(const Product<T>& p, Destination<Finish> result) {
  columns_of_tiles<T, Left::transposed, tile_vectors>(p, 0, result);
}

}  // namespace lightmlp::LIGHTMLP_ISA
