#include "thread_choice.hpp"

#include <algorithm>

#include "workers.hpp"

namespace lightmlp {

namespace {

// Below this a second thread costs more than it saves.
constexpr double multiply_adds_per_thread = 3e5;
constexpr double most_threads = 64.0;

// Short enough that a team that has lost a core is given up within milliseconds.
constexpr double piece_seconds = 1e-3;
// One thread is tried for a step, or as many as take so long, before a team begins with steps
// of a new kind, soon after and then once a second; never for more than a millisecond or a
// hundredth of the time so far.
constexpr double trial_seconds = 2.5e-4, longest_trial = 1e-3, share_of_trial = 0.01;
constexpr double multiply_adds_of_first_trial = 2e7;
constexpr double seconds_between_trials = 1.0;
constexpr int pieces_before_trial = 8;

// A team that was given up is tried again after a pause that doubles as long as it fails.
constexpr double shortest_pause = 4e-3, longest_pause = 0.25;
constexpr double seconds_between_looks = 4e-3;

int look_around(int running) {
  return free_cores(running + awake_workers());
}

}  // namespace

int useful_threads(double multiply_adds, int allowed) {
  const double threads = std::min(multiply_adds / multiply_adds_per_thread, most_threads);
  return threads < allowed ? std::max(1, static_cast<int>(threads)) : std::max(1, allowed);
}

Experience& experience_of_process() {
  static Experience* const experience = new Experience(look_around);  // outlives all threads
  return *experience;
}

int Experience::threads(double now, int team, const StepKind& kind, bool* crowded) {
  const std::lock_guard lock(mutex_);
  *crowded = false;
  if (now < avoided_until_) return 1;
  if (now >= next_look_) {
    free_ = look_(1);
    next_look_ = now + seconds_between_looks;
  }
  if (free_ == unknown_cores || free_ >= team) return team;
  *crowded = true;
  return known(kind).in_crowd.begin(now) ? team : std::max(1, free_);
}

void Experience::report_in_crowd(double now, const StepKind& kind, double seconds,
                                 double units) {
  const std::lock_guard lock(mutex_);
  known(kind).in_crowd.end(now, seconds, units);
}

bool Experience::gives_up_team(double now, int team, int times, double lost) {
  const std::lock_guard lock(mutex_);
  free_ = look_(team);
  next_look_ = now + seconds_between_looks;
  if (free_ != unknown_cores) {
    if (free_ < team) return true;
    if (times == 1) return false;  // whatever it was is over
  }
  pause_ = std::clamp(2.0 * pause_, std::max(shortest_pause, 4.0 * lost), longest_pause);
  avoided_until_ = now + pause_;
  return true;
}

void Experience::report_fast_team() {
  const std::lock_guard lock(mutex_);
  pause_ = 0.0;
}

Experience::SingleCost Experience::single_cost(const StepKind& kind) {
  const std::lock_guard lock(mutex_);
  return known(kind).cost;
}

void Experience::set_single_cost(const StepKind& kind, SingleCost cost) {
  const std::lock_guard lock(mutex_);
  known(kind).cost = cost;
}

// The place of the oldest kind where this one is new.
Experience::Known& Experience::known(const StepKind& kind) {
  for (Known& known : known_)
    if (known.kind == kind) return known;
  Known& place = known_[oldest_];
  oldest_ = (oldest_ + 1) % known_.size();
  place = {kind, {}, {}};
  return place;
}

bool ThreadChoice::wants_to_try_one(double now, bool team_works) const {
  const auto [cost, valid_until] = experience_->single_cost(kind_);
  if (!team_works) return cost == 0.0 && kind_.multiply_adds < multiply_adds_of_first_trial;
  if (now < valid_until || team_pieces_ < pieces_before_trial) return false;
  // One thread takes at most as long as all threads of the team take together.
  const double longest = std::max(longest_trial, share_of_trial * (now - run_began_));
  return best_team_cost_ * units_per_step_ * team_ <= longest;
}

int ThreadChoice::begin(double now) {
  if (!adapts_) return team_;
  began_ = now;
  if (run_began_ < 0.0) run_began_ = now;
  const bool team_works = threads_ == team_ && !in_crowd_;
  tries_one_ = !in_crowd_ && wants_to_try_one(now, team_works);
  if (tries_one_)
    threads_ = 1;
  else if (!team_works)
    threads_ = experience_->threads(now, team_, kind_, &in_crowd_);
  return threads_;
}

double ThreadChoice::seconds() const {
  return tries_one_ ? trial_seconds : piece_seconds;
}

void ThreadChoice::end(double now, double units) {
  if (!adapts_) return;
  const double seconds = now - began_;
  if (in_crowd_) return experience_->report_in_crowd(now, kind_, seconds, units);
  if (threads_ == team_) return end_of_team(now, seconds, units);
  const double cost = seconds / units;
  const bool is_cold = tries_one_ && team_cost_ == 0.0;  // the first step: soon measured again
  experience_->set_single_cost(kind_, {cost, is_cold ? now : now + seconds_between_trials});
  if (!tries_one_ || is_cold) return;
  if (cost > team_cost_ || !experience_->gives_up_team(now, team_, 2, 0.0)) threads_ = team_;
}

void ThreadChoice::end_of_team(double now, double seconds, double units) {
  const double cost = team_cost_ = seconds / units;
  const double single = experience_->single_cost(kind_).cost;
  const double alone = single > 0.0 ? single : best_team_cost_ * team_;
  best_team_cost_ = best_team_cost_ > 0.0 ? std::min(best_team_cost_, cost) : cost;
  if (alone > 0.0 && cost > alone) {
    team_pieces_ = 0;
    if (experience_->gives_up_team(now, team_, ++slow_pieces_, seconds - alone * units))
      threads_ = 1;
    return;
  }
  slow_pieces_ = 0;
  if (++team_pieces_ % pieces_before_trial == 0) experience_->report_fast_team();
}

}  // namespace lightmlp
