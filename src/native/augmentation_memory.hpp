// Memory for the rows of a batch that an augmentation makes.
#pragma once

#include <cstdint>
#include <vector>

#include "memory.hpp"
#include "stages.hpp"

namespace lightmlp {

// The rows of an epoch and how they are transformed.
template <class T>
struct AugmentedRows {
  Table<T> source;
  std::int64_t n_targets;  // columns of targets or class indices
  std::vector<Stage> stages;
  bool mixes_losses;
  std::uint64_t seed;
  std::int64_t first_batch, batch_size;
};

template <class T>
class AugmentationMemory {
 public:
  // Valid until the next call, and as long as `rows`; memory is taken when the sizes change.
  Augmentation<T> prepare(const AugmentedRows<T>& rows);

 private:
  void convert_fill_values(const AugmentedRows<T>& rows);

  Buffer<T> rows_, targets_, weights_;
  Buffer<double> shares_;
  std::vector<Buffer<T>> fill_values_;
  std::vector<const T*> fill_rows_;
  std::vector<std::int64_t> sources_;
  std::vector<std::int32_t> class_indices_;
};

// The batch that an augmentation makes, as a table.
template <class T>
Table<T> augmented_table(const Augmentation<T>& augmentation, std::int64_t batch_size);

}  // namespace lightmlp
