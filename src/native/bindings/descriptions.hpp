// What is to be computed, as Python describes it.
#pragma once

#include <nanobind/nanobind.h>

namespace lightmlp {

void bind_loss(nanobind::module_& m);
void bind_network(nanobind::module_& m);
void bind_rules(nanobind::module_& m);

}  // namespace lightmlp
