// Augmentation: how the rows of each batch are transformed before they train.
#pragma once

#include "table.hpp"

namespace lightmlp {

#define LIGHTMLP_TRANSFORMS(X) \
  X(gaussian_noise)            \
  X(swap_noise)                \
  X(feature_dropout)           \
  X(mixup)                     \
  X(cutmix)                    \
  X(shift)                     \
  X(rotate)
#define LIGHTMLP_ENUMERATOR(name, ...) name,
enum class Transform { LIGHTMLP_TRANSFORMS(LIGHTMLP_ENUMERATOR) };
#undef LIGHTMLP_ENUMERATOR

LIGHTMLP_EVERYWHERE constexpr bool mixes_targets(Transform kind) {
  return kind == Transform::mixup || kind == Transform::cutmix;
}
// Whether rows are written beside those that are read: of other rows, or other columns.
LIGHTMLP_EVERYWHERE constexpr bool needs_other_rows(Transform kind) {
  return kind != Transform::gaussian_noise && kind != Transform::feature_dropout;
}

// One transform after another. What is drawn for each row comes from outside, what is drawn for
// each value from a counter.
struct Stage {
  Transform kind;
  double amount;                    // standard deviation, rate, or fill of an image
  const double* fill_values;        // feature_dropout: (n_features,)
  const std::int64_t* permutation;  // mixup, cutmix: (n_rows,) rows of the batch
  // (n_rows, n_coefficients): the share that stays (mixup, cutmix), pixels down and right
  // (shift), cosine and sine (rotate).
  const double* coefficients;
  std::int64_t height, width, channels;  // shift, rotate
};

LIGHTMLP_EVERYWHERE constexpr std::int64_t n_coefficients(Transform kind) {
  return mixes_targets(kind)                                     ? 1
         : kind == Transform::shift || kind == Transform::rotate ? 2
                                                                 : 0;
}

// What the target of each row of a batch consists of: (n_parts, rows) shares of the targets of
// rows of the table.
struct TargetParts {
  std::int64_t* rows;
  double* shares;
};

// Stages, the rows that they transform, and memory for a batch.
template <class T>
struct Augmentation {
  const Stage* stages;
  int n_stages;
  const T* const* fill_values;  // of each stage, padded
  Table<T> source;
  std::int64_t n_targets;  // columns of targets or class indices
  bool mixes_losses;       // whether a row occurs once for each part of its target
  std::uint64_t seed;
  std::int64_t first_batch;  // number of the first batch of the call
  T* rows[2];                // (rows, stride): read and written in turn
  std::int64_t stride;
  TargetParts parts[2];
  // What becomes of the batch; null as in the table that is trained on.
  T* targets;
  std::int32_t* class_indices;
  T* weights;

  LIGHTMLP_EVERYWHERE int n_mixes() const {
    int count = 0;
    for (int s = 0; s < n_stages; ++s) count += mixes_targets(stages[s].kind);
    return count;
  }
  // Rows that a row of the source becomes.
  LIGHTMLP_EVERYWHERE std::int64_t copies() const { return mixes_losses ? 1 << n_mixes() : 1; }
};

}  // namespace lightmlp
