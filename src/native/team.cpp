#include "team.hpp"

#include <thread>

#if !defined(_WIN32)
#include <pthread.h>
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
#pragma omp parallel num_threads(n_threads)
    {
      // OpenMP may grant fewer threads than were asked for.
#pragma omp single
      barrier.set_team_size(omp_get_num_threads());
      body({omp_get_thread_num(), omp_get_num_threads(), &barrier, &stop}, context);
    }
    return stop ? Outcome::interrupted : Outcome::done;
  }
#endif
  (void)n_threads;
  body(Team{0, 1, nullptr, &stop}, context);
  return stop ? Outcome::interrupted : Outcome::done;
}

}  // namespace lightmlp
