#include "random.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace lightmlp {

void shuffle(std::int64_t* values, std::int64_t size, const BitGenerator& generator) {
  // Some partners are drawn ahead, so that memory can fetch them meanwhile; whether a draw
  // counts is no branch, since no processor could predict it.
  std::array<std::uint32_t, 64> partners;
  for (std::int64_t i = size - 1; i > 0;) {
    const std::int64_t count = std::min<std::int64_t>(i, partners.size());
    for (std::int64_t k = 0; k < count;) {
      const auto largest = static_cast<std::uint32_t>(i - k);
      const std::uint32_t mask = ~0U >> std::countl_zero(largest);
      partners[k] = generator.next_uint32(generator.state) & mask;
      __builtin_prefetch(values + partners[k], 1);
      k += partners[k] <= largest ? 1 : 0;
    }
    for (std::int64_t k = 0; k < count; ++k) std::swap(values[i - k], values[partners[k]]);
    i -= count;
  }
}

}  // namespace lightmlp
