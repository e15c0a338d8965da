// Work without the GIL that Ctrl-C can stop.
#pragma once

#include <nanobind/nanobind.h>

#include <chrono>
#include <exception>
#include <thread>

#include "../plan.hpp"

namespace lightmlp {

namespace nb = nanobind;

// Before Python 3.14, a thread that waits for the GIL when the interpreter shuts down is ended
// by unwinding its stack, which C++ frames further up would answer with abort(): it rests
// here until the process ends.
inline void take_gil_back(PyThreadState* thread) {
  try {
    PyEval_RestoreThread(thread);
  } catch (...) {
    while (true) std::this_thread::sleep_for(std::chrono::hours(1));
  }
}

// Python handles signals in its main thread alone.
inline bool in_main_thread() {
  const nb::object main_thread = nb::module_::import_("threading").attr("main_thread")();
  return PyThread_get_thread_ident() == nb::cast<unsigned long>(main_thread.attr("ident"));
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
  Outcome outcome = Outcome::done;
  std::exception_ptr error;
  PyThreadState* const thread = PyEval_SaveThread();
  try {
    outcome = function(interrupt);
  } catch (...) {
    error = std::current_exception();
  }
  take_gil_back(thread);
  if (error) std::rethrow_exception(error);
  if (outcome == Outcome::interrupted) throw nb::python_error();
}

}  // namespace lightmlp
