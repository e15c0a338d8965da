#include "augmentation_memory.hpp"

#include <algorithm>

namespace lightmlp {

namespace {

template <class T>
void resize(Buffer<T>& buffer, std::int64_t size) {
  if (buffer.size() != size) buffer = Buffer<T>(size);
}

}  // namespace

template <class T>
Augmentation<T> AugmentationMemory<T>::prepare(const AugmentedRows<T>& rows) {
  Augmentation<T> made{};
  convert_fill_values(rows);
  made.fill_values = fill_rows_.data();
  made.stages = rows.stages.data();
  made.n_stages = static_cast<int>(rows.stages.size());
  made.source = rows.source;
  made.n_targets = rows.n_targets;
  made.mixes_losses = rows.mixes_losses;
  made.seed = rows.seed;
  made.first_batch = rows.first_batch;
  made.stride = padded<T>(rows.source.n_features);

  const std::int64_t n_rows = rows.batch_size * made.copies();
  const std::int64_t n_shares = rows.batch_size << made.n_mixes();
  bool needs_other = false;
  for (const Stage& stage : rows.stages) needs_other |= needs_other_rows(stage.kind);
  resize(rows_, (needs_other ? 2 : 1) * n_rows * made.stride);
  resize(shares_, 2 * n_shares);
  sources_.resize(static_cast<std::size_t>(2 * n_shares));
  for (int i = 0; i < 2; ++i) {
    made.rows[i] = rows_.data() + (needs_other ? i * n_rows * made.stride : 0);
    made.parts[i] = {sources_.data() + i * n_shares, shares_.data() + i * n_shares};
  }
  if (rows.source.class_indices != nullptr) {
    class_indices_.resize(static_cast<std::size_t>(n_rows * rows.n_targets));
    made.class_indices = class_indices_.data();
  } else {
    resize(targets_, n_rows * rows.n_targets);
    made.targets = targets_.data();
  }
  if (rows.source.sample_weight != nullptr || made.copies() > 1) {
    resize(weights_, n_rows);
    made.weights = weights_.data();
  }
  return made;
}

template <class T>
void AugmentationMemory<T>::convert_fill_values(const AugmentedRows<T>& rows) {
  const std::int64_t n_features = rows.source.n_features;
  fill_values_.clear();
  fill_rows_.clear();
  for (const Stage& stage : rows.stages) {
    const bool is_filled = stage.fill_values != nullptr;
    fill_values_.emplace_back(is_filled ? padded<T>(n_features) : 0);
    if (is_filled)
      std::transform(stage.fill_values, stage.fill_values + n_features,
                     fill_values_.back().data(),
                     [](double value) { return static_cast<T>(value); });
    fill_rows_.push_back(fill_values_.back().data());
  }
}

template <class T>
Table<T> augmented_table(const Augmentation<T>& augmentation, std::int64_t batch_size) {
  int n_swaps = 0;
  for (int s = 0; s < augmentation.n_stages; ++s)
    n_swaps += needs_other_rows(augmentation.stages[s].kind);
  Table<T> table{};
  table.n_rows = batch_size * augmentation.copies();
  table.n_features = augmentation.source.n_features;
  table.dense = augmentation.rows[n_swaps % 2];
  table.dense_stride = augmentation.stride;
  table.targets = augmentation.targets;
  table.class_indices = augmentation.class_indices;
  table.sample_weight = augmentation.weights;
  return table;
}

template class AugmentationMemory<float>;
template class AugmentationMemory<double>;
template Table<float> augmented_table(const Augmentation<float>&, std::int64_t);
template Table<double> augmented_table(const Augmentation<double>&, std::int64_t);

}  // namespace lightmlp
