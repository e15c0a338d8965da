// What goes on around this process.
#pragma once

namespace lightmlp {

// Seconds of a clock that never goes back.
double clock_seconds();

enum class Crowd { unknown, no, yes };

// Whether more threads of all programs would want to run than there are cores, if `running`
// ones of ours became `wanted`. Unknown where the system does not tell, or tells of other cores
// than this process may use. Takes some microseconds.
Crowd look_for_crowd(int running, int wanted);

}  // namespace lightmlp
