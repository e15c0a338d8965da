#include "surroundings.hpp"

#include <chrono>

#if defined(__linux__)
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cstdio>
#endif

namespace lightmlp {

double clock_seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

#if defined(__linux__)

namespace {

// Threads of all programs that run or wait for a core at this moment; 0 where unknown.
int runnable_threads() {
  const int file = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[128];
  const ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length <= 0) return 0;
  text[length] = '\0';
  int runnable = 0;
  return std::sscanf(text, "%*s %*s %*s %d/", &runnable) == 1 ? runnable : 0;
}

// 0 if this process may not use all of the machine's.
int cores_of_machine() {
  static const long online = sysconf(_SC_NPROCESSORS_ONLN);  // reads files
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 0;
  return CPU_COUNT(&allowed) == online ? static_cast<int>(online) : 0;
}

}  // namespace

int free_cores(int running) {
  const int cores = cores_of_machine();
  const int runnable = cores > 0 ? runnable_threads() : 0;
  return runnable == 0 ? unknown_cores : cores - (runnable - running);
}

#else

int free_cores(int) {
  return unknown_cores;
}

#endif

}  // namespace lightmlp
