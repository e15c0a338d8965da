#include "thread_choice.hpp"

#include "check.hpp"

using namespace lightmlp;

namespace {

// The number of threads chosen most often, where work costs so many seconds a unit.
int choice_after(double single_cost, double team_cost) {
  ThreadChoice choice(2);
  int n_team = 0;
  for (int piece = 0; piece < 1000; ++piece) {
    const int n_threads = choice.threads();
    n_team += n_threads == 2;
    choice.record(n_threads == 2 ? team_cost : single_cost, 1.0);
  }
  return n_team > 500 ? 2 : 1;
}

}  // namespace

TEST(the_faster_option_is_chosen) {
  CHECK(choice_after(2e-3, 1e-3) == 2);
  CHECK(choice_after(1e-3, 2e-3) == 1);
}

// Threads that were asleep begin slowly, on one core; the team is faster after that.
TEST(a_team_that_has_to_warm_up_is_chosen) {
  ThreadChoice choice(2);
  int n_team = 0, n_in_a_row = 0;
  for (int piece = 0; piece < 1000; ++piece) {
    const bool team = choice.threads() == 2;
    n_team += team;
    n_in_a_row = team ? n_in_a_row + 1 : 0;
    choice.record(!team ? 2e-3 : n_in_a_row <= 3 ? 8e-3 : 1e-3, 1.0);
  }
  CHECK(n_team > 900);
}

// A piece may take longer than all intervals: what is tried must not become the rule.
TEST(trials_of_long_pieces_take_little_of_the_time) {
  ThreadChoice choice(2);
  double with_team = 0.0, alone = 0.0;
  for (int piece = 0; piece < 200; ++piece) {
    const bool team = choice.threads() == 2;
    (team ? with_team : alone) += team ? 0.02 : 0.04;
    choice.record(team ? 0.02 : 0.04, 1.0);
    CHECK(alone < 0.08 * with_team);
  }
  CHECK(alone > 0.0);
}

TEST(small_work_gets_one_thread) {
  CHECK(useful_threads(1.0, 8) == 1);
  CHECK(useful_threads(1e12, 8) == 8);
  CHECK(useful_threads(1e12, 0) == 1);
  CHECK(!ThreadChoice(1).decides());
}
