#include <vector>

#include "check.hpp"
#include "team.hpp"

using namespace lightmlp;

TEST(shares_cover_everything_once_in_order) {
  for (int size = 1; size <= 5; ++size) {
    for (std::int64_t count : {0, 1, 15, 16, 17, 1000}) {
      std::int64_t next = 0;
      for (int index = 0; index < size; ++index) {
        const Range range = Team{index, size, nullptr, nullptr}.share(count, 16);
        CHECK(range.begin == next);
        CHECK(range.end == count || range.end % 16 == 0);
        next = range.end;
      }
      CHECK(next == count);
    }
  }
}

namespace {

struct Relay {
  std::vector<int> values;  // one a thread
  bool in_step = true;
};

// Each thread writes its value, and reads its neighbour's after the barrier.
void pass_on(const Team& team, void* context) {
  Relay& relay = *static_cast<Relay*>(context);
  for (int round = 0; round < 1000; ++round) {
    relay.values[static_cast<std::size_t>(team.index)] = round;
    team.synchronize();
    const auto neighbour = static_cast<std::size_t>((team.index + 1) % team.size);
    if (relay.values[neighbour] != round) relay.in_step = false;
    team.synchronize();
  }
}

void give_up(const Team& team, void*) {
  *team.stop = true;
}

}  // namespace

TEST(barrier_keeps_threads_in_step) {
  for (int n_threads : {1, 2, 3}) {
    Relay relay{std::vector<int>(static_cast<std::size_t>(n_threads), -1)};
    CHECK(run_team(n_threads, pass_on, &relay) == Outcome::done);
    CHECK(relay.in_step);
    CHECK(relay.values[0] == 999);
  }
}

TEST(stop_flag_reaches_the_caller) {
  CHECK(run_team(1, give_up, nullptr) == Outcome::interrupted);
  CHECK(run_team(2, give_up, nullptr) == Outcome::interrupted);
}
