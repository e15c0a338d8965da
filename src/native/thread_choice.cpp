#include "thread_choice.hpp"

#include <algorithm>
#include <chrono>

namespace lightmlp {

namespace {

// Below this a second thread costs more than it saves.
constexpr double multiply_adds_per_thread = 3e5;
constexpr double most_threads = 64.0;
// Threads that were asleep may wake up on one core and need some milliseconds to part: so
// many slow pieces of a team's work are not held against it.
constexpr int warm_up_pieces = 5;
constexpr double shortest_interval = 0.004, longest_interval = 0.2;
// Between two trials so many times what the last one took: long pieces are tried more rarely.
constexpr double trials_apart = 32.0;

}  // namespace

int useful_threads(double multiply_adds, int allowed) {
  const double threads = std::min(multiply_adds / multiply_adds_per_thread, most_threads);
  return threads < allowed ? std::max(1, static_cast<int>(threads)) : std::max(1, allowed);
}

void ThreadChoice::record(double seconds, double units) {
  const bool tried_other = trying_other();
  const bool was_team = tried_other != use_team_;
  const double cost = seconds / units;
  // A first piece that is long would make its trial dear in a short fit.
  if (elapsed_ == 0.0 && seconds > shortest_interval) next_trial_ = trials_apart * seconds;
  elapsed_ += seconds;
  if (!was_team) {
    left_to_warm_up_ = warm_up_pieces;
  } else if (left_to_warm_up_ > 0 && single_cost_ > 0.0 && cost >= single_cost_) {
    --left_to_warm_up_;
    return;
  }
  (was_team ? team_cost_ : single_cost_) = cost;
  const bool both_known = single_cost_ > 0.0 && team_cost_ > 0.0;
  const bool team_wins = both_known ? team_cost_ < single_cost_ : use_team_;
  if (team_wins != use_team_) interval_ = shortest_interval;
  if (team_wins != use_team_ || tried_other) {
    next_trial_ = elapsed_ + std::max(interval_, trials_apart * seconds);
    interval_ = std::min(2.0 * interval_, longest_interval);
  }
  use_team_ = team_wins;
}

double clock_seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

}  // namespace lightmlp
