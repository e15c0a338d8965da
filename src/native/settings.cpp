#include "settings.hpp"

#include <algorithm>

namespace lightmlp {

std::int64_t NetworkSettings::bias_rows(std::size_t layer) const {
  return normalizations.empty() ? 1 : n_bias_rows(normalizations[layer]);
}

std::int64_t NetworkSettings::n_parameters() const {
  std::int64_t n = 0;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l)
    n += (widths[l] + bias_rows(l)) * widths[l + 1];
  return n;
}

bool NetworkSettings::has(Normalization kind) const {
  return std::find(normalizations.begin(), normalizations.end(), kind) != normalizations.end();
}

}  // namespace lightmlp
