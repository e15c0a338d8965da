#include "workers.hpp"

#include <mutex>
#include <system_error>
#include <thread>

#if !defined(_WIN32)
#include <pthread.h>
#endif

namespace lightmlp {

namespace {

// Work follows work within some ten microseconds as long as a fit goes on.
constexpr int looks_for_work = 4000;
constexpr int looks_for_end = 1000;

// Never destroyed: a daemon thread may still compute while the process ends.
struct Idle {
  std::mutex mutex;
  std::vector<Worker*> workers;
  std::size_t n_workers = 0;  // those at work too
};

std::atomic<Idle*> idle{new Idle};
std::atomic<bool> forked{false};
std::atomic<int> n_awake{0};

}  // namespace

Worker* Worker::create() {
  Worker* const worker = new Worker;
  try {
    std::thread([worker] { worker->serve(); }).detach();
  } catch (const std::system_error&) {
    delete worker;
    return nullptr;
  }
  return worker;
}

void Worker::begin(void (*work)(void*), void* context) {
  work_ = work;
  context_ = context;
  begun_.raise();
}

void Worker::finish() {
  const std::uint32_t seen = begun_.count() - 1;
  if (!done_.look(seen, looks_for_end)) done_.sleep(seen);
}

void Worker::serve() {
  for (std::uint32_t n_done = 0;; ++n_done) {
    ++n_awake;
    const bool has_begun = begun_.look(n_done, looks_for_work);
    --n_awake;
    if (!has_begun) begun_.sleep(n_done);
    work_(context_);
    done_.raise();
  }
}

Crew::Crew(int count) {
  workers_.reserve(static_cast<std::size_t>(count));
  Idle& from = *idle;
  const std::lock_guard lock(from.mutex);
  while (size() < count && !from.workers.empty()) {
    workers_.push_back(from.workers.back());  // the one that was at work last
    from.workers.pop_back();
  }
  while (size() < count) {
    from.workers.reserve(from.n_workers + 1);  // giving back must not need memory
    Worker* const worker = Worker::create();
    if (worker == nullptr) break;
    ++from.n_workers;
    workers_.push_back(worker);
  }
}

Crew::~Crew() {
  Idle& to = *idle;
  const std::lock_guard lock(to.mutex);
  to.workers.insert(to.workers.end(), workers_.rbegin(), workers_.rend());
}

void watch_forks() {
#if !defined(_WIN32)
  // The lock may have been held by a thread that is not there any more: a new list has its own.
  static const int registered = pthread_atfork(nullptr, nullptr, [] {
    idle = new Idle;
    n_awake = 0;
    forked = true;
  });
  (void)registered;
#endif
}

int awake_workers() {
  return n_awake;
}

bool is_forked() {
  return forked;
}

}  // namespace lightmlp
