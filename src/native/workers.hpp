// The process's own threads, which help whoever asks for a team.
#pragma once

#include <vector>

#include "signal.hpp"

namespace lightmlp {

// A thread that sleeps until it is given work. It lives as long as the process, since nobody
// can say when the last call is over; so does this object.
class Worker {
 public:
  // Null if the system grants no further thread.
  static Worker* create();

  void begin(void (*work)(void*), void* context);
  // Wait until what was begun is done.
  void finish();

 private:
  Worker() = default;
  void serve();

  Signal begun_, done_;
  void (*work_)(void*) = nullptr;
  void* context_ = nullptr;
};

// Up to so many workers for the caller alone, fewer if there are no more threads to be had.
class Crew {
 public:
  explicit Crew(int count);
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew();

  int size() const { return static_cast<int>(workers_.size()); }
  Worker& operator[](int index) const { return *workers_[static_cast<std::size_t>(index)]; }

 private:
  std::vector<Worker*> workers_;
};

// Workers that have nothing to do and are not asleep yet.
int awake_workers();

// From now on a child of a fork is known, and begins with workers of its own: those of its
// parent did not come along.
void watch_forks();
// Whether this process is the child of a fork that happened since.
bool is_forked();

}  // namespace lightmlp
