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

// Up to `count` workers for the caller alone, fewer if there are no more threads to be had.
std::vector<Worker*> take_workers(int count);
void give_back(const std::vector<Worker*>& workers);
// Workers that have nothing to do and are not asleep yet.
int awake_workers();

// From now on a child of a fork is known, and begins with workers of its own: those of its
// parent did not come along.
void watch_forks();
// Whether this process is the child of a fork that happened since.
bool is_forked();

}  // namespace lightmlp
