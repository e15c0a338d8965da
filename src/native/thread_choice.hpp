// How many threads a repeated piece of work deserves, found out by timing it.
#pragma once

#include <cstdint>

namespace lightmlp {

// Threads worth trying for this much arithmetic, at most `allowed`.
int useful_threads(double multiply_adds, int allowed);

// Chooses between one thread and a whole team for pieces of work that follow each other.
// Results do not depend on the number of threads, so the choice may follow the clock: a team
// whose cores are taken by other programs waits at every barrier and is slower than one
// thread. The option not in use is tried again from time to time, ever more rarely as long
// as it stays the slower one.
class ThreadChoice {
 public:
  explicit ThreadChoice(int team) : team_(team), use_team_(team > 1) {}

  int threads() const { return trying_other() != use_team_ ? team_ : 1; }
  bool decides() const { return team_ > 1; }
  // Report that threads() threads did `units` of work in so many seconds.
  void record(double seconds, double units);

 private:
  bool trying_other() const { return decides() && elapsed_ >= next_trial_; }

  int team_;
  int left_to_warm_up_ = 0;  // pieces
  bool use_team_;
  double elapsed_ = 0.0;                        // seconds worked so far
  double next_trial_ = 1e-3;                    // try the other option from this moment on
  double interval_ = 0.004;                     // seconds until the next trial
  double single_cost_ = 0.0, team_cost_ = 0.0;  // latest seconds a unit, 0: not known yet
};

// Seconds of a clock that never goes back.
double clock_seconds();

}  // namespace lightmlp
