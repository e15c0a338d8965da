// How a computation is given up.
#pragma once

#include "panels.hpp"

namespace lightmlp {

// Asked by the calling thread between blocks of rows whether to give up.
struct Interrupt {
  bool (*requested)(void* context);
  void* context;

  LIGHTMLP_EVERYWHERE bool operator()() const {
    return requested != nullptr && requested(context);
  }
};

enum class Outcome { done, interrupted };

}  // namespace lightmlp
