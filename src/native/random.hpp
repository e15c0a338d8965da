// The stream of a NumPy bit generator, consumed without Python.
#pragma once

#include <cstdint>

namespace lightmlp {

// How numpy/random/bitgen.h lays out a generator, as far as it is used here.
struct BitGenerator {
  void* state;
  std::uint64_t (*next_uint64)(void* state);
  std::uint32_t (*next_uint32)(void* state);
};

// The permutation and the draws of RandomState.shuffle: Fisher and Yates from the end, bits
// drawn again until they are not too large. At most 2^32 values.
void shuffle(std::int64_t* values, std::int64_t size, const BitGenerator& generator);

}  // namespace lightmlp
