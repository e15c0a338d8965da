// Threads that execute one function together.
#pragma once

#include <atomic>
#include <cstdint>

#include "interrupt.hpp"
#include "placement.hpp"
#include "signal.hpp"

namespace lightmlp {

// All threads wait until the last one arrives.
class Barrier {
 public:
  explicit Barrier(int n_threads) : n_threads_(n_threads), placement_(n_threads) {}
  // By each thread, with its number, before it waits for the first time.
  void enter(int index) { placement_.enter(index); }
  void wait(int index);

 private:
  const int n_threads_;
  Placement placement_;
  alignas(64) std::atomic<int> arrived_{0};
  Signal all_arrived_;
};

// One thread's view of its team.
struct Team {
  int index, size;
  Barrier* barrier;
  std::atomic<bool>* stop;

  LIGHTMLP_EVERYWHERE bool leads() const { return index == 0; }

  LIGHTMLP_EVERYWHERE void synchronize() const {
    if (size > 1) barrier->wait(index);
  }

  // This thread's part of `count` things, cut at multiples of `unit`.
  LIGHTMLP_EVERYWHERE Range share(std::int64_t count, std::int64_t unit = 1) const {
    const Range units = equal_part((count + unit - 1) / unit, index, size);
    const std::int64_t begin = units.begin * unit, end = units.end * unit;
    return {begin < count ? begin : count, end < count ? end : count};
  }
};

// Call body(team, context) on up to n_threads threads, the calling one among them as the
// leading one; on fewer where the system grants no more. Interrupted if any of them set the
// team's stop flag.
Outcome run_team(int n_threads, void (*body)(const Team&, void*), void* context);

}  // namespace lightmlp
