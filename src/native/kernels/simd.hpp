// Vectors of the widest kind that the instruction set of this translation unit has.
//
// Arithmetic uses the compiler's vector extensions; the few operations that those lack
// (fused multiply-add, square root) are here. Nothing else in the engine names an
// instruction set. Each result lane depends on the same lane of the arguments alone, and
// every multiply-add that the engine relies on is fused explicitly: results do not depend
// on the width of the vectors.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#if defined(__clang__)
#define LIGHTMLP_UNROLL _Pragma("clang loop unroll(full)")
#else
#define LIGHTMLP_UNROLL _Pragma("GCC unroll 16")
#endif
#define LIGHTMLP_INLINE inline __attribute__((always_inline))
#define LIGHTMLP_INLINED __attribute__((always_inline))  // for lambdas

namespace lightmlp::LIGHTMLP_ISA {

// The same object, of which the compiler can keep nothing in registers.
template <class Object>
LIGHTMLP_INLINE const Object* reread(const Object* object) {
  asm("" : "+r"(object));
  return object;
}

#if defined(__AVX512F__)
inline constexpr int vector_bytes = 64;
inline constexpr int n_registers = 32;
#elif defined(__AVX2__)
inline constexpr int vector_bytes = 32;
inline constexpr int n_registers = 16;
#elif defined(__aarch64__)
inline constexpr int vector_bytes = 16;
inline constexpr int n_registers = 32;
#else
inline constexpr int vector_bytes = 16;
inline constexpr int n_registers = 16;
#endif

template <class T>
struct VectorOf;

template <>
struct VectorOf<float> {
  typedef float Vector __attribute__((vector_size(vector_bytes)));
  typedef float Unaligned __attribute__((vector_size(vector_bytes), aligned(4), may_alias));
  typedef std::int32_t Integer __attribute__((vector_size(vector_bytes)));
  typedef std::uint32_t Bits __attribute__((vector_size(vector_bytes)));
};

template <>
struct VectorOf<double> {
  typedef double Vector __attribute__((vector_size(vector_bytes)));
  typedef double Unaligned __attribute__((vector_size(vector_bytes), aligned(8), may_alias));
  typedef std::int64_t Integer __attribute__((vector_size(vector_bytes)));
  typedef std::uint64_t Bits __attribute__((vector_size(vector_bytes)));
};

template <class T>
using Vec = typename VectorOf<T>::Vector;
template <class T>
using IntVec = typename VectorOf<T>::Integer;
template <class T>
using BitVec = typename VectorOf<T>::Bits;

template <class T>
inline constexpr int lanes = vector_bytes / static_cast<int>(sizeof(T));

template <class T>
LIGHTMLP_INLINE Vec<T> load(const T* from) {
  return *reinterpret_cast<const typename VectorOf<T>::Unaligned*>(from);
}

template <class T>
LIGHTMLP_INLINE void store(T* to, Vec<T> value) {
  *reinterpret_cast<typename VectorOf<T>::Unaligned*>(to) = value;
}

template <class T>
LIGHTMLP_INLINE Vec<T> broadcast(T value) {
  return value - Vec<T>{};  // x - 0 is x for every x, -0 included
}

LIGHTMLP_INLINE Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(a, b, c);
#elif defined(__AVX2__)
  return _mm256_fmadd_ps(a, b, c);
#elif defined(__aarch64__)
  return vfmaq_f32(c, a, b);
#else
  return a * b + c;
#endif
}

LIGHTMLP_INLINE Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_pd(a, b, c);
#elif defined(__AVX2__)
  return _mm256_fmadd_pd(a, b, c);
#elif defined(__aarch64__)
  return vfmaq_f64(c, a, b);
#else
  return a * b + c;
#endif
}

// The same rounding for a single value, so that tails equal full vectors.
template <class T>
LIGHTMLP_INLINE T fma(T a, T b, T c)
  requires std::is_floating_point_v<T>
{
#if defined(__FMA__) || defined(__aarch64__)
  if constexpr (sizeof(T) == 4)
    return __builtin_fmaf(a, b, c);
  else
    return __builtin_fma(a, b, c);
#else
  return a * b + c;
#endif
}

// Whether the lower half of a vector can be computed alone, which takes half the time where the
// processor works on 64 bytes in two halves.
inline constexpr bool has_half_vectors = vector_bytes == 64;

#if defined(__AVX512F__)
// By shuffles and masks: GCC 12 warns of an uninitialised value in the casts that are for this.
LIGHTMLP_INLINE __m256 lower_lanes(Vec<float> x) {
  return __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7);
}

LIGHTMLP_INLINE __m256d lower_lanes(Vec<double> x) {
  return __builtin_shufflevector(x, x, 0, 1, 2, 3);
}

// The lower half of fma(a, b, c); what is above it has no meaning.
LIGHTMLP_INLINE Vec<float> lower_fma(Vec<float> a, Vec<float> b, Vec<float> c) {
  const __m256 lower = _mm256_fmadd_ps(lower_lanes(a), lower_lanes(b), lower_lanes(c));
  return _mm512_castps256_ps512(lower);
}

LIGHTMLP_INLINE Vec<double> lower_fma(Vec<double> a, Vec<double> b, Vec<double> c) {
  const __m256d lower = _mm256_fmadd_pd(lower_lanes(a), lower_lanes(b), lower_lanes(c));
  return _mm512_castpd256_pd512(lower);
}

// The lower half, and zeros.
LIGHTMLP_INLINE Vec<float> lower_half(Vec<float> x) {
  return _mm512_maskz_mov_ps(0x00ff, x);
}

LIGHTMLP_INLINE Vec<double> lower_half(Vec<double> x) {
  return _mm512_maskz_mov_pd(0x0f, x);
}
#endif

LIGHTMLP_INLINE Vec<float> square_root(Vec<float> x) {
#if defined(__AVX512F__)
  // Unmasked in effect; the plain form makes GCC 12 warn of an uninitialised value.
  return _mm512_maskz_sqrt_ps(static_cast<__mmask16>(-1), x);
#elif defined(__AVX2__)
  return _mm256_sqrt_ps(x);
#elif defined(__aarch64__)
  return vsqrtq_f32(x);
#else
  Vec<float> root;
  for (int i = 0; i < lanes<float>; ++i) root[i] = __builtin_sqrtf(x[i]);
  return root;
#endif
}

LIGHTMLP_INLINE Vec<double> square_root(Vec<double> x) {
#if defined(__AVX512F__)
  return _mm512_maskz_sqrt_pd(static_cast<__mmask8>(-1), x);
#elif defined(__AVX2__)
  return _mm256_sqrt_pd(x);
#elif defined(__aarch64__)
  return vsqrtq_f64(x);
#else
  Vec<double> root;
  for (int i = 0; i < lanes<double>; ++i) root[i] = __builtin_sqrt(x[i]);
  return root;
#endif
}

// Copy a row in line: it may be so short that a call of memcpy would show.
template <class T>
LIGHTMLP_INLINE void copy_row(const T* from, std::int64_t count, T* to) {
  std::int64_t i = 0;
  for (; i + lanes<T> <= count; i += lanes<T>) store(to + i, load(from + i));
  for (; i < count; ++i) to[i] = from[i];
}

// y[0], ..., y[count - 1] = function(vector of x), the last vector filled up.
template <class T, class Function>
LIGHTMLP_INLINE void transform(const T* x, std::int64_t count, T* y, Function function) {
  std::int64_t i = 0;
  for (; i + lanes<T> <= count; i += lanes<T>) store(y + i, function(load(x + i)));
  if (i < count) {
    T tail[lanes<T>] = {};
    const auto size = static_cast<std::size_t>(count - i) * sizeof(T);
    std::memcpy(tail, x + i, size);
    store(tail, function(load(tail)));
    std::memcpy(y + i, tail, size);
  }
}

// Replace x[0], ..., x[count - 1].
template <class T, class Function>
LIGHTMLP_INLINE void transform(T* x, std::int64_t count, Function function) {
  transform(x, count, x, function);
}

}  // namespace lightmlp::LIGHTMLP_ISA
