#include "thread_choice.hpp"

#include <algorithm>
#include <cmath>

#include "check.hpp"

using namespace lightmlp;

namespace {

constexpr int all_free = 2, none_free = 0;

int answer = all_free;
int given_answer(int) {
  return answer;
}

// What is measured: seconds of a unit of work on one thread and on a team of two.
struct Costs {
  double single, team;
};

// Pieces of work on a clock that moves only where they take time.
class Run {
 public:
  Run(Experience& experience, double now = 0.0)
      : choice_(2, true, {1e6, 4}, 1.0, experience), now(now) {}

  // Work until the clock has moved so many seconds; the share of the time on the team.
  double work(double seconds, Costs costs) {
    const double end = now + seconds;
    double on_team = 0.0;
    while (now < end) {
      const bool team = choice_.begin(now) == 2;
      const double cost = team ? costs.team : costs.single;
      const double units = std::max(1.0, std::ceil(choice_.seconds() / cost));
      now += units * cost;
      if (team) on_team += units * cost;
      choice_.end(now, units);
    }
    return on_team / seconds;
  }

 private:
  ThreadChoice choice_;

 public:
  double now;
};

constexpr Costs quiet{2e-4, 1.2e-4}, disturbed{2e-4, 8e-4};

}  // namespace

TEST(a_team_is_the_rule_and_one_thread_hardly_tried) {
  answer = all_free;
  Experience experience(given_answer);
  Run run(experience);
  CHECK(run.work(0.02, quiet) > 0.95);
  CHECK(run.work(10.0, quiet) > 0.998);
}

TEST(where_cores_are_taken_one_thread_begins) {
  answer = none_free;
  Experience experience(given_answer);
  Run run(experience);
  CHECK(run.work(0.02, disturbed) == 0.0);
  CHECK(run.work(5.0, disturbed) < 0.02);
}

TEST(a_team_is_as_large_as_there_are_free_cores) {
  answer = 3;
  Experience experience(given_answer);
  ThreadChoice choice(4, true, {1e9, 4}, 1.0, experience);
  CHECK(choice.begin(0.0) == 3);
  choice.end(1e-3, 1.0);
  answer = 4;
  CHECK(choice.begin(0.01) == 4);
}

TEST(a_team_begins_within_milliseconds_after_cores_are_free) {
  answer = none_free;
  Experience experience(given_answer);
  Run run(experience);
  run.work(0.1, disturbed);
  answer = all_free;
  CHECK(run.work(0.1, quiet) > 0.9);
}

TEST(a_team_that_loses_its_core_is_given_up_within_milliseconds) {
  for (const int free : {none_free, unknown_cores}) {
    answer = all_free;
    Experience experience(given_answer);
    Run run(experience);
    run.work(0.1, quiet);
    answer = free;
    CHECK(run.work(0.05, disturbed) < 0.25);
    CHECK(run.work(2.0, disturbed) < 0.03);
    answer = all_free;
    CHECK(run.work(1.0, quiet) > 0.7);
  }
}

TEST(one_slow_piece_on_free_cores_is_no_reason_to_give_up) {
  answer = all_free;
  Experience experience(given_answer);
  Run run(experience);
  run.work(0.1, quiet);
  run.work(1e-4, {2e-4, 5e-3});
  CHECK(run.work(0.01, quiet) > 0.95);
}

// Programs of low priority want to run and give way; and a team that shares every core with
// another program may get more of the processor than one thread.
TEST(a_team_that_is_fast_in_a_crowd_is_found_out) {
  answer = none_free;
  Experience experience(given_answer);
  Run run(experience);
  run.work(0.1, quiet);
  CHECK(run.work(5.0, quiet) > 0.95);
}

// Barriers may be so dear that a team never pays.
TEST(a_team_that_is_always_slower_is_given_up) {
  for (const int free : {all_free, unknown_cores}) {
    answer = free;
    Experience experience(given_answer);
    Run run(experience);
    run.work(0.1, {2e-4, 2.2e-4});
    CHECK(run.work(2.0, {2e-4, 2.2e-4}) < 0.1);
  }
}

TEST(the_next_fit_begins_with_what_this_one_has_learned) {
  answer = unknown_cores;
  Experience experience(given_answer);
  Run first(experience);
  first.work(1.0, disturbed);
  CHECK(Run(experience, first.now).work(0.03, disturbed) < 0.15);
}

TEST(long_steps_are_hardly_tried_on_one_thread) {
  answer = all_free;
  Experience experience(given_answer);
  CHECK(Run(experience).work(5.0, {4e-2, 2e-2}) > 0.98);
}

TEST(a_fixed_number_of_threads_stays) {
  answer = none_free;
  Experience experience(given_answer);
  ThreadChoice choice(2, false, {1e6, 4}, 1.0, experience);
  CHECK(!choice.adapts());
  for (double now = 0.0; now < 1.0; now += 0.1) {
    CHECK(choice.begin(now) == 2);
    choice.end(now + 0.1, 1.0);
  }
}

TEST(small_work_gets_one_thread) {
  CHECK(useful_threads(1.0, 8) == 1);
  CHECK(useful_threads(1e12, 8) == 8);
  CHECK(useful_threads(1e12, 0) == 1);
  CHECK(!ThreadChoice(1, true, {}, 1.0).adapts());
}
