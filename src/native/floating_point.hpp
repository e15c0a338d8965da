// How the processor rounds, and what it does with numbers near zero.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace lightmlp {

// A scope in which a thread computes as IEEE 754 has it: rounding to nearest, with subnormal
// numbers, without traps. Some libraries for sound and for learning set another mode for the
// thread that calls them; without this, bits would depend on which thread computes.
class StandardArithmetic {
 public:
  StandardArithmetic() : before_(mode()) {
    if (before_ != standard) set_mode(standard);
  }
  StandardArithmetic(const StandardArithmetic&) = delete;
  StandardArithmetic& operator=(const StandardArithmetic&) = delete;
  ~StandardArithmetic() { set_mode(before_); }

 private:
#if defined(__x86_64__)
  using Mode = std::uint32_t;
  static constexpr Mode standard = 0x1f80;  // MXCSR: all exceptions masked, none raised
  static Mode mode() { return _mm_getcsr(); }
  static void set_mode(Mode mode) { _mm_setcsr(mode); }
#elif defined(__aarch64__)
  using Mode = std::uint64_t;
  static constexpr Mode standard = 0;  // FPCR
  static Mode mode() {
    Mode mode;
    asm volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void set_mode(Mode mode) { asm volatile("msr fpcr, %0" ::"r"(mode)); }
#else
  using Mode = int;
  static constexpr Mode standard = 0;
  static Mode mode() { return standard; }
  static void set_mode(Mode) {}
#endif

  const Mode before_;
};

}  // namespace lightmlp
