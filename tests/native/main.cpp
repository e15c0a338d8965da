// Runs every test; exits with 1 if a check failed or a test threw.
#include <exception>

#include "backend.hpp"
#include "check.hpp"

int main() {
  using namespace lightmlp::testing;
  for (const Test& test : tests()) {
    try {
      test.body();
    } catch (const std::exception& error) {
      ++report().n_failures;
      std::printf("%s threw: %s\n", test.name, error.what());
    }
  }
  std::printf("C++ core on %s (of %s): %zu tests, %d checks, %d failures\n",
              lightmlp::backend().isa, lightmlp::available_isas(), tests().size(),
              report().n_checks, report().n_failures);
  return report().n_failures == 0 ? 0 : 1;
}
