#include "placement.hpp"

#include <algorithm>

namespace lightmlp {

#if defined(__linux__)

namespace {

// What this worker was last told to use.
thread_local cpu_set_t own_cores;
thread_local bool has_own_cores = false;

}  // namespace

Placement::Placement(int n_threads)
    : is_known_(sched_getaffinity(0, sizeof allowed_, &allowed_) == 0),
      cores_(static_cast<std::size_t>(n_threads)) {
  for (std::atomic<int>& core : cores_) core.store(-1, std::memory_order_relaxed);
  cores_[0].store(sched_getcpu(), std::memory_order_relaxed);
}

void Placement::enter(int index) {
  if (!is_known_ || index == 0) {
    cores_[static_cast<std::size_t>(index)].store(sched_getcpu(), std::memory_order_relaxed);
    return;
  }
  if (!has_own_cores || CPU_EQUAL(&own_cores, &allowed_) == 0) {
    own_cores = allowed_;
    has_own_cores = sched_setaffinity(0, sizeof allowed_, &allowed_) == 0;
  }
  leave_shared_core(index);
}

bool Placement::is_taken(int core, int by_others_than) const {
  for (std::size_t i = 0; i < cores_.size(); ++i)
    if (static_cast<int>(i) != by_others_than &&
        cores_[i].load(std::memory_order_relaxed) == core)
      return true;
  return false;
}

void Placement::leave_shared_core(int index) {
  std::atomic<int>& own = cores_[static_cast<std::size_t>(index)];
  const int core = sched_getcpu();
  own.store(core, std::memory_order_relaxed);
  if (core < 0 || !is_taken(core, index)) return;
  for (int free = 0; free < CPU_SETSIZE; ++free) {
    if (!CPU_ISSET(free, &allowed_) || is_taken(free, index)) continue;
    own.store(free, std::memory_order_relaxed);
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(free, &only);
    sched_setaffinity(0, sizeof only, &only);  // moves the thread at once
    sched_setaffinity(0, sizeof allowed_, &allowed_);
    return;
  }
}

#else

Placement::Placement(int) {}
void Placement::enter(int) {}

#endif

}  // namespace lightmlp
