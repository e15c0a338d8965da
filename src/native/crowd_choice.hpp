// Few threads or a whole team, where other programs want the cores too.
#pragma once

namespace lightmlp {

// A team that shares its cores waits at every barrier for those of its threads that do not run;
// but it gets more of the processor than one thread. Which is faster depends on the others and
// on the system, and a single piece of work does not tell, since some pieces run alone and
// others wait for several milliseconds. So both are measured over phases of some 20 ms, and the
// slower one again twice a second.
class CrowdChoice {
 public:
  // Whether the piece of work that begins is the team's.
  bool begin(double now);
  // It is over, with so many units of work done.
  void end(double now, double seconds, double units);

 private:
  struct Cost {
    double seconds = 0.0, units = 0.0, last = 0.0;  // recent ones count more
    bool is_known() const { return units > 0.0; }
    double per_unit() const { return seconds / units; }
  };

  bool next_is_team(double now) const;

  Cost few_, team_, phase_;
  bool is_team_ = false;
  double phase_end_ = 0.0;
};

}  // namespace lightmlp
