// The kinds of everything by the names that Python uses.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "kinds.hpp"
#include "stages.hpp"

namespace lightmlp {

template <class Kind>
struct Named {
  const char* name;
  Kind kind;
};

template <class Kind>
struct Names;

#define LIGHTMLP_NAMED(name, ...) {#name, Enumeration::name},
#define LIGHTMLP_NAMES(enumeration, list)                                \
  template <>                                                            \
  struct Names<enumeration> {                                            \
    using Enumeration = enumeration;                                     \
    static constexpr Named<Enumeration> rows[] = {list(LIGHTMLP_NAMED)}; \
  };
LIGHTMLP_NAMES(Activation, LIGHTMLP_ACTIVATIONS)
LIGHTMLP_NAMES(Loss, LIGHTMLP_LOSSES)
LIGHTMLP_NAMES(Optimizer, LIGHTMLP_OPTIMIZERS)
LIGHTMLP_NAMES(Normalization, LIGHTMLP_NORMALIZATIONS)
LIGHTMLP_NAMES(Elementwise, LIGHTMLP_ELEMENTWISE)
LIGHTMLP_NAMES(Encoding, LIGHTMLP_ENCODINGS)
LIGHTMLP_NAMES(Transform, LIGHTMLP_TRANSFORMS)
#undef LIGHTMLP_NAMES
#undef LIGHTMLP_NAMED

// The kind of this name, if there is one.
template <class Kind>
std::optional<Kind> find_kind(const std::string& name) {
  for (const Named<Kind>& row : Names<Kind>::rows)
    if (name == row.name) return row.kind;
  return std::nullopt;
}

template <class Kind>
Kind find(const std::string& name, const char* parameter) {
  if (const std::optional<Kind> kind = find_kind<Kind>(name)) return *kind;
  std::string names;
  for (const Named<Kind>& row : Names<Kind>::rows)
    names += (names.empty() ? "" : ", ") + std::string(row.name);
  throw std::invalid_argument(std::string(parameter) + " is '" + name +
                              "', expected one of: " + names + ".");
}

}  // namespace lightmlp
