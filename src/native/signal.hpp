// What threads wait for.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace lightmlp {

// A count that threads wait to see changed. They look for some microseconds, since most waits
// are short, and then sleep: whoever has to be waited for may need their core.
class Signal {
 public:
  std::uint32_t count() const { return count_.load(std::memory_order_acquire); }
  // Raise the count, and wake whoever sleeps.
  void raise();
  // Whether the count is another than `seen` within so many looks.
  bool look(std::uint32_t seen, int n_looks) const;
  // Sleep until the count is another than `seen`.
  void sleep(std::uint32_t seen);

 private:
  alignas(64) std::atomic<std::uint32_t> count_{0};
  std::atomic<int> n_sleeping_{0};
  std::mutex mutex_;
  std::condition_variable raised_;
};

}  // namespace lightmlp
