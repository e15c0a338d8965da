// TEST(name) { CHECK(condition); ... } registers and runs itself; main.cpp reports.
#pragma once

#include <cstdio>
#include <vector>

namespace lightmlp::testing {

struct Test {
  const char* name;
  void (*body)();
};

struct Report {
  int n_checks = 0, n_failures = 0;
};

inline std::vector<Test>& tests() {
  static std::vector<Test> registered;
  return registered;
}

inline Report& report() {
  static Report counts;
  return counts;
}

inline bool enrol(const char* name, void (*body)()) {
  tests().push_back({name, body});
  return true;
}

inline void check(bool holds, const char* condition, const char* file, int line) {
  ++report().n_checks;
  if (holds) return;
  ++report().n_failures;
  std::printf("%s:%d: CHECK(%s) failed\n", file, line, condition);
}

}  // namespace lightmlp::testing

#define TEST(name)                                                                            \
  static void name();                                                                         \
  [[maybe_unused]] static const bool name##_enrolled = lightmlp::testing::enrol(#name, name); \
  static void name()

#define CHECK(...) \
  lightmlp::testing::check(static_cast<bool>(__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)
