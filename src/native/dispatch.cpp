#include <cstdlib>
#include <stdexcept>
#include <string>

#include "backend.hpp"

namespace lightmlp {

#if defined(__x86_64__)
namespace avx512 {
extern const Backend backend;
}
namespace avx2 {
extern const Backend backend;
}
namespace baseline {
extern const Backend backend;
}
#elif defined(__aarch64__)
namespace neon {
extern const Backend backend;
}
#else
namespace baseline {
extern const Backend backend;
}
#endif

namespace {

struct Candidate {
  const Backend* backend;
  bool runs_here;
};

#if defined(__x86_64__)
bool has_avx2() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

// The best first.
const Candidate candidates[] = {
    {&avx512::backend, has_avx512()}, {&avx2::backend, has_avx2()}, {&baseline::backend, true}};
#elif defined(__aarch64__)
const Candidate candidates[] = {{&neon::backend, true}};
#else
const Candidate candidates[] = {{&baseline::backend, true}};
#endif

std::string names_of_available() {
  std::string names;
  for (const Candidate& candidate : candidates) {
    if (!candidate.runs_here) continue;
    if (!names.empty()) names += ", ";
    names += candidate.backend->isa;
  }
  return names;
}

const Backend& choose() {
  const char* const forced = std::getenv("LIGHTMLP_ISA");
  for (const Candidate& candidate : candidates) {
    if (!candidate.runs_here) continue;
    if (forced == nullptr || *forced == '\0' || std::string(forced) == candidate.backend->isa)
      return *candidate.backend;
  }
  throw std::runtime_error("The environment variable LIGHTMLP_ISA is '" + std::string(forced) +
                           "'; this processor runs " + names_of_available() +
                           ". Unset it to choose the best one.");
}

}  // namespace

const Backend& backend() {
  static const Backend& chosen = choose();
  return chosen;
}

const char* available_isas() {
  static const std::string names = names_of_available();
  return names.c_str();
}

}  // namespace lightmlp
