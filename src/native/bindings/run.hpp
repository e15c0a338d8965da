// Work without the GIL that Ctrl-C can stop.
#pragma once

#include <nanobind/nanobind.h>

#include <chrono>
#include <thread>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__APPLE__)
#include <pthread.h>
#endif

#include "../floating_point.hpp"
#include "../interrupt.hpp"

namespace lightmlp {

namespace nb = nanobind;

// A scope without the GIL.
class WithoutGil {
 public:
  WithoutGil() = default;
  WithoutGil(const WithoutGil&) = delete;
  WithoutGil& operator=(const WithoutGil&) = delete;

  // Before Python 3.14, a thread that waits for the GIL when the interpreter shuts down is
  // ended by unwinding its stack, which C++ frames further up would answer with abort(): it
  // rests here until the process ends.
  ~WithoutGil() {
    try {
      PyEval_RestoreThread(thread_);
    } catch (...) {
      while (true) std::this_thread::sleep_for(std::chrono::hours(1));
    }
  }

 private:
  PyThreadState* const thread_ = PyEval_SaveThread();
};

// Python handles signals in its main thread alone. The system is asked: the threading module's
// answer is Python code, in which other threads may wait for the GIL (see above).
inline bool in_main_thread() {
#if defined(__linux__)
  return syscall(SYS_gettid) == getpid();
#elif defined(__APPLE__)
  return pthread_main_np() != 0;
#else
  return false;
#endif
}

// Looks for Ctrl-C a few times in a tenth of a second; the exception waits in Python.
class Signals {
 public:
  Interrupt interrupt() {
    return in_main_thread() ? Interrupt{&Signals::requested, this}
                            : Interrupt{nullptr, nullptr};
  }

 private:
  using Clock = std::chrono::steady_clock;

  static bool requested(void* context) {
    auto& self = *static_cast<Signals*>(context);
    const auto now = Clock::now();
    if (now - self.last_look_ < std::chrono::milliseconds(40)) return false;
    self.last_look_ = now;
    const nb::gil_scoped_acquire gil;
    return PyErr_CheckSignals() != 0;
  }

  Clock::time_point last_look_ = Clock::now();
};

// Run function(interrupt) without the GIL; Python's KeyboardInterrupt if it was stopped.
template <class Function>
void run(Function function) {
  Signals signals;
  const Interrupt interrupt = signals.interrupt();
  Outcome outcome;
  {
    const WithoutGil without_gil;
    const StandardArithmetic arithmetic;
    outcome = function(interrupt);
  }
  if (outcome == Outcome::interrupted) throw nb::python_error();
}

}  // namespace lightmlp
