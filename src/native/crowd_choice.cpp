#include "crowd_choice.hpp"

#include <initializer_list>

namespace lightmlp {

namespace {

constexpr double phase_seconds = 0.02, seconds_between_trials = 0.5;
// What is remembered fades from here on.
constexpr double remembered_seconds = 0.08;
// A trial of the team ends early, but not before some turns of the others, where it is so many
// times as slow.
constexpr double shortest_trial = 4e-3, much_slower = 1.25;

}  // namespace

bool CrowdChoice::next_is_team(double now) const {
  if (!few_.is_known()) return false;
  if (!team_.is_known()) return true;
  const bool team_is_faster = team_.per_unit() < few_.per_unit();
  const Cost& slower = team_is_faster ? few_ : team_;
  return team_is_faster != (now - slower.last > seconds_between_trials);
}

bool CrowdChoice::begin(double now) {
  if (now >= phase_end_) {
    is_team_ = next_is_team(now);
    phase_end_ = now + phase_seconds;
    phase_ = {};
  }
  return is_team_;
}

void CrowdChoice::end(double now, double seconds, double units) {
  Cost& cost = is_team_ ? team_ : few_;
  if (cost.seconds > remembered_seconds) {
    cost.seconds *= 0.5;
    cost.units *= 0.5;
  }
  for (Cost* sum : {&cost, &phase_}) {
    sum->seconds += seconds;
    sum->units += units;
    sum->last = now;
  }
  if (is_team_ && phase_.seconds >= shortest_trial && few_.is_known() &&
      phase_.per_unit() > much_slower * few_.per_unit())
    phase_end_ = now;
}

}  // namespace lightmlp
