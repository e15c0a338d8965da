#include "signal.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace lightmlp {

namespace {

inline void pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

// Either the sleeper is seen here, or it sees the new count before it sleeps: both look after
// they have written, in one order of all (sequentially consistent) operations.
void Signal::raise() {
  count_.fetch_add(1, std::memory_order_seq_cst);
  if (n_sleeping_.load(std::memory_order_seq_cst) == 0) return;
  {
    const std::lock_guard lock(mutex_);
  }  // it sleeps now, and not only is about to
  raised_.notify_all();
}

bool Signal::look(std::uint32_t seen, int n_looks) const {
  for (int look = 0; look < n_looks; ++look) {
    if (count() != seen) return true;
    pause();
  }
  return false;
}

void Signal::sleep(std::uint32_t seen) {
  n_sleeping_.fetch_add(1, std::memory_order_seq_cst);
  {
    std::unique_lock lock(mutex_);
    raised_.wait(lock, [&] { return count_.load(std::memory_order_seq_cst) != seen; });
  }
  n_sleeping_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace lightmlp
