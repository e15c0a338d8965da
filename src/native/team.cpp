#include "team.hpp"

#include <algorithm>
#include <thread>
#include <vector>

#if !defined(_WIN32)
#include <pthread.h>
#endif
#if defined(__linux__)
#include <sched.h>
#endif

#if defined(_OPENMP)
#include <omp.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace lightmlp {

namespace {

constexpr int n_spins = 1000;  // some ten microseconds

inline void pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

#if defined(_OPENMP) && !defined(_WIN32)
std::atomic<bool> forked{false};

bool is_forked_child() {
  static const int registered = pthread_atfork(nullptr, nullptr, [] { forked = true; });
  return registered != 0 || forked;
}
#elif defined(_OPENMP)
bool is_forked_child() {
  return false;
}
#endif

#if defined(_OPENMP) && defined(__linux__)
// Threads that wake up together may do so on one core, and the system takes a tenth of a second
// and more to part them, in which a team is as slow as one thread. `cores` is shared by the
// team; called by all of its threads, it sends all but the first on a core to free ones. Which
// cores a thread may use stays as it was.
void part_threads(std::vector<int>& cores, const Team& team) {
  cores[team.index] = sched_getcpu();
  team.synchronize();
  const auto is_taken = [&](int core, int before) {
    return std::find(cores.begin(), cores.begin() + before, core) != cores.begin() + before;
  };
  if (cores[team.index] < 0 || !is_taken(cores[team.index], team.index)) return;
  int to_skip = 0;  // free cores that go to others
  for (int i = 1; i < team.index; ++i) to_skip += is_taken(cores[i], i) ? 1 : 0;
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (!CPU_ISSET(core, &allowed) || is_taken(core, team.size) || to_skip-- > 0) continue;
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(core, &only);
    sched_setaffinity(0, sizeof only, &only);  // moves the thread at once
    sched_setaffinity(0, sizeof allowed, &allowed);
    return;
  }
}
#elif defined(_OPENMP)
void part_threads(std::vector<int>&, const Team&) {}
#endif

}  // namespace

void Barrier::wait() {
  const int generation = generation_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) == n_threads_ - 1) {
    arrived_.store(0, std::memory_order_relaxed);
    generation_.store(generation + 1, std::memory_order_release);
    return;
  }
  for (int spin = 0; generation_.load(std::memory_order_acquire) == generation; ++spin) {
    if (spin < n_spins)
      pause();
    else
      std::this_thread::yield();
  }
}

int max_threads() {
#if defined(_OPENMP)
  return omp_get_max_threads() > 1 ? omp_get_max_threads() : 1;
#else
  return 1;
#endif
}

Outcome run_team(int n_threads, void (*body)(const Team&, void*), void* context) {
  std::atomic<bool> stop{false};
#if defined(_OPENMP)
  if (n_threads > 1 && !is_forked_child()) {
    Barrier barrier;
    std::vector<int> cores(static_cast<std::size_t>(n_threads));
#pragma omp parallel num_threads(n_threads)
    {
      // OpenMP may grant fewer threads than were asked for.
#pragma omp single
      barrier.set_team_size(omp_get_num_threads());
      const Team team{omp_get_thread_num(), omp_get_num_threads(), &barrier, &stop};
      part_threads(cores, team);
      body(team, context);
    }
    return stop ? Outcome::interrupted : Outcome::done;
  }
#endif
  (void)n_threads;
  body(Team{0, 1, nullptr, &stop}, context);
  return stop ? Outcome::interrupted : Outcome::done;
}

}  // namespace lightmlp
