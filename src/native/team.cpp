#include "team.hpp"

#include <algorithm>
#include <vector>

#include "floating_point.hpp"
#include "workers.hpp"

namespace lightmlp {

namespace {

constexpr int looks_at_barrier = 5000;  // some fifty microseconds

// What one thread of a team has to do.
struct Membership {
  Team team;
  void (*body)(const Team&, void*);
  void* context;

  void execute() const {
    team.barrier->enter(team.index);
    const StandardArithmetic arithmetic;
    body(team, context);
  }
};

}  // namespace

void Barrier::wait(int index) {
  const std::uint32_t seen = all_arrived_.count();
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) == n_threads_ - 1) {
    arrived_.store(0, std::memory_order_relaxed);
    all_arrived_.raise();
  } else if (!all_arrived_.look(seen, looks_at_barrier)) {
    all_arrived_.sleep(seen);
    placement_.enter(index);  // who slept may have woken up on another core
  }
}

Outcome run_team(int n_threads, void (*body)(const Team&, void*), void* context) {
  std::atomic<bool> stop{false};
  const auto outcome = [&] { return stop ? Outcome::interrupted : Outcome::done; };
  const Crew crew(n_threads - 1);
  if (crew.size() == 0) {
    const StandardArithmetic arithmetic;
    body(Team{0, 1, nullptr, &stop}, context);
    return outcome();
  }
  const int size = crew.size() + 1;
  Barrier barrier(size);
  std::vector<Membership> members;
  for (int index = 0; index < size; ++index)
    members.push_back({{index, size, &barrier, &stop}, body, context});
  for (int index = 1; index < size; ++index)
    crew[index - 1].begin([](void* member) { static_cast<Membership*>(member)->execute(); },
                          &members[index]);
  members[0].execute();
  for (int index = 1; index < size; ++index) crew[index - 1].finish();
  return outcome();
}

}  // namespace lightmlp
