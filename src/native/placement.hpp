// On which cores the threads of a team compute.
#pragma once

#include <atomic>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

namespace lightmlp {

// The cores that the caller's thread may use are those of its team. Threads that wake up may do
// so on a core that another one of the team is on, and the system takes a tenth of a second and
// more to part them, in which a team is as slow as one thread: they go to free cores at once.
class Placement {
 public:
  // By the leading thread.
  explicit Placement(int n_threads);
  // By each thread of the team, with its number, where it may be on another core than before.
  void enter(int index);

 private:
#if defined(__linux__)
  bool is_taken(int core, int by_others_than) const;
  void leave_shared_core(int index);

  cpu_set_t allowed_;
  bool is_known_;
  std::vector<std::atomic<int>> cores_;  // of each thread, when it last looked; -1: none yet
#endif
};

}  // namespace lightmlp
