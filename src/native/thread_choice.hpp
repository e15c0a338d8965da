// How many threads a repeated piece of work gets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "crowd_choice.hpp"
#include "surroundings.hpp"

namespace lightmlp {

// Threads worth having for this much arithmetic, at most `allowed`.
int useful_threads(double multiply_adds, int allowed);

// What a call may use: so many threads, always or where they make it faster.
struct ThreadLimit {
  int most;
  bool adapts;
};

// A kind of step, by what its time depends on.
struct StepKind {
  double multiply_adds = 0.0;
  std::size_t value_size = 0;  // bytes

  bool operator==(const StepKind&) const = default;
};

// What the process has learned about its machine, for all fits that follow.
class Experience {
 public:
  using Look = int (*)(int running);  // as free_cores
  explicit Experience(Look look) : look_(look) {}

  // Threads of the next piece of work: the whole team where nobody else wants its cores. Where
  // others do, either as many as there are free cores or the team nevertheless, whichever has
  // been faster; `crowded` tells which rule it was. One for a while after a team was given up.
  int threads(double now, int team, const StepKind& kind, bool* crowded);
  // A piece of work in a crowd has ended.
  void report_in_crowd(double now, const StepKind& kind, double seconds, double units);
  // A team at work was slower than a single thread, for the n-th time in a row, and has lost so
  // many seconds; whether it is to be given up for a while.
  bool gives_up_team(double now, int team, int times, double lost);
  void report_fast_team();

  struct SingleCost {
    double cost = 0.0;  // seconds a unit of work on one thread; 0: not known
    double valid_until = 0.0;
  };
  SingleCost single_cost(const StepKind& kind);
  void set_single_cost(const StepKind& kind, SingleCost cost);

 private:
  struct Known {
    StepKind kind;
    SingleCost cost;
    CrowdChoice in_crowd;
  };
  Known& known(const StepKind& kind);

  const Look look_;
  std::mutex mutex_;
  double avoided_until_ = 0.0, pause_ = 0.0;
  double next_look_ = 0.0;
  int free_ = unknown_cores;
  std::array<Known, 64> known_{};
  std::size_t oldest_ = 0;
};

Experience& experience_of_process();

// Chooses between one thread and a whole team for pieces of work that follow each other. A team
// is the rule; it is slower than one thread where other programs take its cores, since it waits
// at every barrier, and for steps too small for the machine's barriers. Results do not depend
// on the number of threads, so the choice may follow the clock.
class ThreadChoice {
 public:
  ThreadChoice(int team, bool adapts, StepKind kind, double units_per_step,
               Experience& experience = experience_of_process())
      : team_(team),
        adapts_(adapts && team > 1),
        kind_(kind),
        units_per_step_(units_per_step),
        experience_(&experience) {}

  bool adapts() const { return adapts_; }
  // Threads of the piece of work that begins.
  int begin(double now);
  // Threads of the last piece; one before the first.
  int threads() const { return adapts_ ? threads_ : team_; }
  // After how many seconds it should end, where the work can be cut.
  double seconds() const;
  // It is over; so many units were done.
  void end(double now, double units);

 private:
  bool wants_to_try_one(double now, bool team_works) const;
  void end_of_team(double now, double seconds, double units);

  int team_;
  bool adapts_;
  StepKind kind_;
  double units_per_step_;
  Experience* experience_;
  int threads_ = 1;
  bool tries_one_ = false, in_crowd_ = false;
  int team_pieces_ = 0, slow_pieces_ = 0;  // in a row
  double run_began_ = -1.0, began_ = 0.0;
  double team_cost_ = 0.0, best_team_cost_ = 0.0;  // seconds a unit; 0: not known
};

}  // namespace lightmlp
