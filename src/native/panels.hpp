// How matrices lie in memory.
#pragma once

#include <cstdint>

namespace lightmlp {

// For small functions that every instruction set's file compiles: inlined, no copy built for
// one instruction set can end up in code that must run everywhere.
#define LIGHTMLP_EVERYWHERE inline __attribute__((always_inline))

// begin, ..., end - 1
struct Range {
  std::int64_t begin, end;

  LIGHTMLP_EVERYWHERE std::int64_t size() const { return end - begin; }
  // What both have; without anything in common, of a size of 0 or less.
  LIGHTMLP_EVERYWHERE Range within(Range other) const {
    return {begin > other.begin ? begin : other.begin, end < other.end ? end : other.end};
  }
};

// One of n_parts nearly equal parts of `count` things. Small steps would spend much of their
// time on the divisions of cutting nothing.
LIGHTMLP_EVERYWHERE Range equal_part(std::int64_t count, std::int64_t part,
                                     std::int64_t n_parts) {
  if (n_parts == 1) return {0, count};
  return {count * part / n_parts, count * (part + 1) / n_parts};
}

// Widths are padded to a multiple of this many bytes, so that no vector is ever cut.
inline constexpr std::int64_t padding_bytes = 64;

// Values of a cache line.
template <class T>
inline constexpr std::int64_t line = padding_bytes / static_cast<std::int64_t>(sizeof(T));

template <class T>
LIGHTMLP_EVERYWHERE constexpr std::int64_t padded(std::int64_t width) {
  return (width + line<T> - 1) / line<T> * line<T>;
}

// Whether some columns of rows that are so far apart share few places of the caches, where they
// evict each other.
template <class T>
LIGHTMLP_EVERYWHERE constexpr bool collides(std::int64_t stride) {
  return stride * static_cast<std::int64_t>(sizeof(T)) % 512 == 0;
}

// Distance of the rows of a matrix that lies row by row.
template <class T>
LIGHTMLP_EVERYWHERE constexpr std::int64_t row_stride(std::int64_t width) {
  const std::int64_t stride = padded<T>(width);
  return collides<T>(stride) ? stride + line<T> : stride;
}

// Columns are divided between threads where each gets two cache lines of a row or more; a
// matrix with fewer is divided by rows.
template <class T>
LIGHTMLP_EVERYWHERE constexpr bool divides_columns(std::int64_t columns, int n_threads) {
  return columns / line<T> >= 2 * n_threads;
}

// Rows of wide deltas begin in pages of their own. Products copy a strip of their columns, of
// so many bytes per row and at most so many rows, to read it in one piece.
template <class T>
LIGHTMLP_EVERYWHERE bool is_wide(std::int64_t stride) {
  return stride * static_cast<std::int64_t>(sizeof(T)) >= 4096;
}
inline constexpr std::int64_t most_strip_rows = 4096, strip_bytes = 256;
// A copied strip is read by tiles of so many rows of the result or more, or it would not pay.
inline constexpr std::int64_t fewest_rows_of_strip = 96;

// Panels are at most so many cache lines wide.
inline constexpr std::int64_t most_panel_lines = 4;

// A matrix cut into panels of some columns, each of which lies in one piece, row after row. So
// a tile finds what it reads or updates side by side, and so does a thread that owns panels:
// were its columns parts of longer rows, prefetching would take lines of other threads away.
struct Panels {
  std::int64_t rows, lines, line_width;  // cache lines of a row, and values of each
  std::int64_t count;                    // of panels, nearly equal in width

  LIGHTMLP_EVERYWHERE std::int64_t columns() const { return lines * line_width; }
  LIGHTMLP_EVERYWHERE std::int64_t size() const { return rows * columns(); }

  // Call function(offset, stride, columns) for what each panel has of a range of columns:
  // where row 0 of it begins and how far from it row 1.
  template <class Function>
  LIGHTMLP_EVERYWHERE void for_columns(Range columns, const Function& function) const {
    std::int64_t first = 0, last = 0;
    for (std::int64_t panel = 0; panel < count; ++panel, first = last) {
      last = equal_part(lines, panel, count).end * line_width;
      const Range part = columns.within({first, last});
      if (part.begin < part.end)
        function(rows * first + part.begin - first, last - first, part);
    }
  }
};

}  // namespace lightmlp
