// The most multiply-adds a second that cores can do: what benchmarks hold the kernels to.
#pragma once

#include "kernels/simd.hpp"
#include "surroundings.hpp"
#include "team.hpp"

namespace lightmlp::LIGHTMLP_ISA {

struct PeakTask {
  double seconds;                    // for which every thread computes
  std::atomic<std::int64_t> blocks;  // done by all threads together
};

// Two pipelines with a latency of four or five cycles need ten independent sums; twelve and
// their operands fit into sixteen registers.
inline constexpr int peak_sums = 12, peak_repeats = 4096;

// Multiply-adds that wait for nothing: no operand comes from memory. Returns about `term`.
template <class T>
[[gnu::noinline]] Vec<T> multiply_add_block(Vec<T> term) {
  const Vec<T> half = broadcast(static_cast<T>(0.5));
  Vec<T> sums[peak_sums];
  LIGHTMLP_UNROLL
  for (int i = 0; i < peak_sums; ++i) sums[i] = term + static_cast<T>(i);
  for (int repeat = 0; repeat < peak_repeats; ++repeat) {
    LIGHTMLP_UNROLL
    for (int i = 0; i < peak_sums; ++i) sums[i] = fma(sums[i], half, term);
  }
  Vec<T> total{};
  LIGHTMLP_UNROLL
  for (int i = 0; i < peak_sums; ++i) total += sums[i];
  return total * static_cast<T>(0.5 / peak_sums);
}

template <class T>
void run_multiply_adds(const Team& team, void* context) {
  PeakTask& task = *static_cast<PeakTask*>(context);
  // Each block needs the result of the last one: the compiler can leave none out.
  Vec<T> value = broadcast(static_cast<T>(1));
  team.synchronize();
  const double deadline = clock_seconds() + task.seconds;
  std::int64_t done = 0;
  for (; clock_seconds() < deadline; ++done) value = multiply_add_block<T>(value);
  task.blocks += value[0] > 0 ? done : 0;
}

// Operations a second of a team, two for each multiply-add.
template <class T>
double multiply_add_peak(double seconds, int n_threads) {
  PeakTask task{seconds, 0};
  run_team(n_threads, run_multiply_adds<T>, &task);
  return 2.0 * peak_sums * peak_repeats * lanes<T> * static_cast<double>(task.blocks) / seconds;
}

}  // namespace lightmlp::LIGHTMLP_ISA
