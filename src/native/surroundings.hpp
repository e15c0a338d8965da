// What goes on around this process.
#pragma once

#include <limits>

namespace lightmlp {

// Seconds of a clock that never goes back.
double clock_seconds();

inline constexpr int unknown_cores = std::numeric_limits<int>::min();

// Cores that other threads of this machine do not want, where `running` ones of all that run
// are ours; negative if more others want to run than there are cores. Unknown where the system
// does not tell, or tells of other cores than this process may use. Takes some microseconds.
int free_cores(int running);

}  // namespace lightmlp
