#include <cstdlib>
#include <stdexcept>
#include <string>

#include "backend.hpp"

namespace lightmlp {

// CMake names those that this build has.
#ifdef LIGHTMLP_HAS_avx512
namespace avx512 {
extern const Backend backend;
}
#endif
#ifdef LIGHTMLP_HAS_avx2
namespace avx2 {
extern const Backend backend;
}
#endif
#ifdef LIGHTMLP_HAS_neon
namespace neon {
extern const Backend backend;
}
#endif
#ifdef LIGHTMLP_HAS_baseline
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
[[maybe_unused]] bool has_avx2() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

[[maybe_unused]] bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

// The best first.
const Candidate candidates[] = {
#ifdef LIGHTMLP_HAS_avx512
    {&avx512::backend, has_avx512()},
#endif
#ifdef LIGHTMLP_HAS_avx2
    {&avx2::backend, has_avx2()},
#endif
#ifdef LIGHTMLP_HAS_neon
    {&neon::backend, true},
#endif
#ifdef LIGHTMLP_HAS_baseline
    {&baseline::backend, true},
#endif
};

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
  if (names_of_available().empty())
    throw std::runtime_error(
        "This build of LightMLP has no kernels for this processor. Build it "
        "with CMake's option LIGHTMLP_ISAS left at its default.");
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
