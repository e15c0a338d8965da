// Threads that execute one function together.
#pragma once

#include <atomic>
#include <cstdint>

#include "plan.hpp"

namespace lightmlp {

// All threads wait until the last one arrives. Spins briefly, then yields the processor, so
// that threads that share a core do not hold each other up.
class Barrier {
 public:
  // To be called before any thread waits.
  void set_team_size(int n_threads) { n_threads_ = n_threads; }
  void wait();

 private:
  int n_threads_ = 1;
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<int> generation_{0};
};

// One thread's view of its team.
struct Team {
  int index, size;
  Barrier* barrier;
  std::atomic<bool>* stop;

  LIGHTMLP_EVERYWHERE bool leads() const { return index == 0; }

  LIGHTMLP_EVERYWHERE void synchronize() const {
    if (size > 1) barrier->wait();
  }

  // This thread's part of `count` things, cut at multiples of `unit`.
  LIGHTMLP_EVERYWHERE Range share(std::int64_t count, std::int64_t unit = 1) const {
    const Range units = equal_part((count + unit - 1) / unit, index, size);
    const std::int64_t begin = units.begin * unit, end = units.end * unit;
    return {begin < count ? begin : count, end < count ? end : count};
  }
};

// Threads that OpenMP grants at most, at least 1; obeys OMP_NUM_THREADS and threadpoolctl.
int max_threads();

// Call body(team, context) on up to n_threads threads, the calling one among them as the
// leading one. Interrupted if any of them set the team's stop flag. After a fork the child
// computes on one thread: OpenMP's other threads did not come along.
Outcome run_team(int n_threads, void (*body)(const Team&, void*), void* context);

}  // namespace lightmlp
