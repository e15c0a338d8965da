// Batch normalisation of a layer's sums z: y = scale * z' + shift with
//
//   z' = (z - mean) / deviation          deviation = sqrt(variance + epsilon)
//
// over the rows of the batch for each column; backwards
//
//   dz = scale / deviation (dy - mean of dy - z' mean of (dy z'))
//
// The means are weighted by the rows' weights w, which dy contains already. With the running
// statistics z' is no function of the batch: dz = scale / deviation dy.
#pragma once

#include "normalized.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// Columns [begin, end) by the statistics of the batch; `share(i)` is the row's part of all
// weights. Running statistics follow if they are given.
template <class T, class Share>
void normalize_by_batch(const Normalized<T>& of, std::int64_t begin, std::int64_t end,
                        T* running_mean, T* running_variance, Share share) {
  constexpr T decay = T(statistics_decay), rest = T(1.0 - statistics_decay);
  for (std::int64_t j = begin; j < end; j += lanes<T>) {
    Vec<T> mean{}, variance{};
    of.for_rows([&](std::int64_t i, std::int64_t at) LIGHTMLP_INLINED {
      mean = fma(broadcast(share(i)), load(of.z + at + j), mean);
    });
    of.for_rows([&](std::int64_t i, std::int64_t at) LIGHTMLP_INLINED {
      const Vec<T> distance = load(of.z + at + j) - mean;
      variance = fma(share(i) * distance, distance, variance);
    });
    of.scale_column(j, mean, inverse_root<T>(variance));
    if (running_mean == nullptr) continue;
    store(running_mean + j, fma(broadcast(decay), load(running_mean + j), rest * mean));
    store(running_variance + j,
          fma(broadcast(decay), load(running_variance + j), rest * variance));
  }
}

template <class T>
void normalize_by_running(const Normalized<T>& of, std::int64_t begin, std::int64_t end,
                          const T* running_mean, const T* running_variance) {
  for (std::int64_t j = begin; j < end; j += lanes<T>)
    of.scale_column(j, load(running_mean + j), inverse_root<T>(load(running_variance + j)));
}

// dy becomes dz; `share` as in normalize_by_batch, or 0 where running statistics were used.
template <class T, class Share>
void differentiate_by_batch(const Normalized<T>& of, T* deltas, std::int64_t begin,
                            std::int64_t end, const T* sums, Share share) {
  for (std::int64_t j = begin; j < end; j += lanes<T>) {
    const Vec<T> factor = load(of.scale + j) * load(of.inverse_deviation + j);
    const Vec<T> shift = load(sums + j), scale = load(sums + of.stride + j);
    of.for_rows([&](std::int64_t i, std::int64_t at) LIGHTMLP_INLINED {
      const Vec<T> mean = fma(load(of.normalized + at + j), scale, shift);
      store(deltas + at + j, factor * (load(deltas + at + j) - share(i) * mean));
    });
  }
}

}  // namespace lightmlp::LIGHTMLP_ISA
