// The rows of a batch, transformed by the stages of an augmentation, each thread its own rows.
#pragma once

#include "images.hpp"
#include "kernels/random_bits.hpp"
#include "kernels/sparse.hpp"
#include "stages.hpp"
#include "team.hpp"

namespace lightmlp::LIGHTMLP_ISA {

template <class T>
class BatchAugmenter {
 public:
  // Of `n_rows` rows of the table, in this order; `first` is the first one's place in the
  // arrays of coefficients, `number` that of the batch.
  BatchAugmenter(const Team& team, const Augmentation<T>& of, const std::int64_t* order,
                 std::int64_t first, std::int64_t n_rows, std::int64_t number)
      : team_(team),
        of_(of),
        order_(order),
        first_(first),
        n_rows_(n_rows),
        number_(number),
        mine_(team.share(n_rows)),
        rows_(of.rows[0]),
        other_rows_(of.rows[1]),
        parts_(of.parts[0]),
        other_parts_(of.parts[1]) {}

  // The threads have to be synchronised before they read each other's rows.
  void run() {
    gather();
    for (int s = 0; s < of_.n_stages; ++s) transform(of_.stages[s], s);
    write_targets();
  }

 private:
  void gather() {
    const Table<T>& table = of_.source;
    for (std::int64_t i = mine_.begin; i < mine_.end; ++i) {
      T* const row = rows_ + i * of_.stride;
      if (table.is_sparse()) {
        std::memset(row, 0, static_cast<std::size_t>(table.n_features) * sizeof(T));
        const SparseRow<T> values = sparse_row(table, order_[i]);
        for (std::int64_t k = 0; k < values.size; ++k)
          row[values.columns[k]] += values.values[k];
      } else {
        copy_row(table.dense + order_[i] * table.dense_stride, table.n_features, row);
      }
      parts_.rows[i] = order_[i];
      parts_.shares[i] = 1.0;
    }
  }

  void transform(const Stage& stage, int s) {
    if (needs_other_rows(stage.kind)) team_.synchronize();
    const RandomBits<T> words = stream(2 * s), others = stream(2 * s + 1);
    for (std::int64_t i = mine_.begin; i < mine_.end; ++i)
      transform_row(stage, of_.fill_values[s], words, others, i);
    if (mixes_targets(stage.kind)) {
      swap(parts_, other_parts_);
      n_parts_ *= 2;
    }
    if (needs_other_rows(stage.kind)) swap(rows_, other_rows_);
  }

  RandomBits<T> stream(int number) const {
    return RandomBits<T>(of_.seed, number_, number, n_features());
  }

  void transform_row(const Stage& stage, const T* fill_values, const RandomBits<T>& words,
                     const RandomBits<T>& others, std::int64_t i) const {
    T* const row = rows_ + i * of_.stride;
    T* const to = other_rows_ + i * of_.stride;
    const double* const coefficients =
        stage.coefficients + (first_ + i) * n_coefficients(stage.kind);
    switch (stage.kind) {
      case Transform::gaussian_noise:
        return add_noise(words, static_cast<T>(stage.amount), i, row);
      case Transform::feature_dropout:
        return fill(words, stage.amount, fill_values, i, row);
      case Transform::swap_noise:
        return swap_values(words, others, stage.amount, i, row, to);
      case Transform::mixup:
        mix(static_cast<T>(coefficients[0]), row, permuted_row(stage, i), to);
        return mix_parts(i, stage.permutation[first_ + i], static_cast<T>(coefficients[0]));
      case Transform::cutmix: {
        const std::int64_t taken =
            take_columns(words, coefficients[0], i, row, permuted_row(stage, i), to);
        const double share = static_cast<double>(taken) / static_cast<double>(n_features());
        return mix_parts(i, stage.permutation[first_ + i], static_cast<T>(1.0 - share));
      }
      case Transform::shift:
        return shift_image(stage, static_cast<std::int64_t>(coefficients[0]),
                           static_cast<std::int64_t>(coefficients[1]), row, to);
      case Transform::rotate:
        return rotate_image(stage, coefficients[0], coefficients[1], row, to);
    }
  }

  std::int64_t n_features() const { return of_.source.n_features; }
  const T* permuted_row(const Stage& stage, std::int64_t i) const {
    return rows_ + stage.permutation[first_ + i] * of_.stride;
  }

  void add_noise(const RandomBits<T>& words, T std, std::int64_t i, T* row) const {
    for (std::int64_t j = 0; j < of_.stride; j += lanes<T>)
      store(row + j, load(row + j) + std * normal_values<T>(words.words(i, j)));
  }

  void fill(const RandomBits<T>& words, double rate, const T* fill_values, std::int64_t i,
            T* row) const {
    const std::uint32_t threshold = bits_threshold(rate);
    for (std::int64_t j = 0; j < of_.stride; j += lanes<T>) {
      const IntVec<T> is_filled = RandomBits<T>::mask(words.words(i, j) < threshold);
      store(row + j, is_filled ? load(fill_values + j) : load(row + j));
    }
  }

  // Each chosen value becomes that of any other row, of its own if there is none.
  void swap_values(const RandomBits<T>& words, const RandomBits<T>& others, double rate,
                   std::int64_t i, const T* row, T* to) const {
    const std::uint32_t threshold = bits_threshold(rate);
    const auto n_others = static_cast<std::uint64_t>(n_rows_ - 1);
    copy_row(row, n_features(), to);
    constexpr std::int64_t most = 64;
    std::int64_t chosen[most];  // gathered first: whether one is chosen cannot be foreseen
    for (std::int64_t begin = 0; begin < n_features(); begin += most) {
      const std::int64_t end = begin + most < n_features() ? begin + most : n_features();
      std::int64_t n_chosen = 0;
      for (std::int64_t j = begin; j < end; ++j) {
        chosen[n_chosen] = j;
        n_chosen += words.word(i, j) < threshold;
      }
      for (std::int64_t k = 0; k < n_chosen; ++k) {
        const std::int64_t j = chosen[k];
        const auto steps = 1 + static_cast<std::int64_t>((others.word(i, j) * n_others) >> 32);
        const std::int64_t other = i + steps < n_rows_ ? i + steps : i + steps - n_rows_;
        to[j] = rows_[other * of_.stride + j];
      }
    }
  }

  void mix(T share, const T* row, const T* partner, T* to) const {
    for (std::int64_t j = 0; j < of_.stride; j += lanes<T>)
      store(to + j, load(row + j) * share + load(partner + j) * (T(1) - share));
  }

  // The number of columns that come from the partner.
  std::int64_t take_columns(const RandomBits<T>& words, double share, std::int64_t i,
                            const T* row, const T* partner, T* to) const {
    const std::uint32_t threshold = bits_threshold(share);
    IntVec<T> n_taken{};
    for (std::int64_t j = 0; j < of_.stride; j += lanes<T>) {
      const IntVec<T> is_taken = RandomBits<T>::mask(words.words(i, j) >= threshold);
      store(to + j, is_taken ? load(partner + j) : load(row + j));
      n_taken -= is_taken & before_end(j);
    }
    std::int64_t sum = 0;
    for (int lane = 0; lane < lanes<T>; ++lane) sum += n_taken[lane];
    return sum;
  }

  // A mask of the lanes that are columns, and not padding, from column j on.
  IntVec<T> before_end(std::int64_t j) const {
    IntVec<T> mask{};
    for (int lane = 0; lane < lanes<T>; ++lane) mask[lane] = j + lane < n_features() ? -1 : 0;
    return mask;
  }

  void mix_parts(std::int64_t i, std::int64_t partner, T share) const {
    const double own = share, rest = T(1) - share;
    for (std::int64_t p = 0; p < n_parts_; ++p) {
      const std::int64_t at = p * n_rows_ + i, theirs = p * n_rows_ + partner;
      const std::int64_t after = at + n_parts_ * n_rows_;
      other_parts_.rows[at] = parts_.rows[at];
      other_parts_.shares[at] = own * parts_.shares[at];
      other_parts_.rows[after] = parts_.rows[theirs];
      other_parts_.shares[after] = rest * parts_.shares[theirs];
    }
  }

  double weight(std::int64_t row) const {
    return of_.source.sample_weight == nullptr ? 1.0 : of_.source.sample_weight[row];
  }

  void write_targets() const {
    for (std::int64_t i = mine_.begin; i < mine_.end; ++i) {
      if (of_.mixes_losses || n_parts_ == 1)
        for (std::int64_t p = 0; p < n_parts_; ++p) write_part(i, p);
      else
        mix_numbers(i);
    }
  }

  // A row with one of its targets, by its share.
  void write_part(std::int64_t i, std::int64_t p) const {
    const std::int64_t at = p * n_rows_ + i, from = parts_.rows[at] * of_.n_targets;
    if (p > 0) copy_row(rows_ + i * of_.stride, of_.stride, rows_ + at * of_.stride);
    for (std::int64_t k = 0; k < of_.n_targets; ++k) {
      if (of_.class_indices != nullptr)
        of_.class_indices[at * of_.n_targets + k] = of_.source.class_indices[from + k];
      else
        of_.targets[at * of_.n_targets + k] = of_.source.targets[from + k];
    }
    if (of_.weights != nullptr)
      of_.weights[at] = static_cast<T>(parts_.shares[at] * weight(parts_.rows[at]));
  }

  // The mean of the targets by share times weight; the row weighs as much as they do together.
  // One that weighs nothing keeps its own target, which is one that the loss is defined for.
  void mix_numbers(std::int64_t i) const {
    double total = 0.0;
    for (std::int64_t at = i; at < n_parts_ * n_rows_; at += n_rows_)
      total += parts_.shares[at] * weight(parts_.rows[at]);
    for (std::int64_t k = 0; k < of_.n_targets; ++k) {
      double sum = 0.0;
      for (std::int64_t at = i; at < n_parts_ * n_rows_; at += n_rows_)
        sum += parts_.shares[at] * weight(parts_.rows[at]) *
               of_.source.targets[parts_.rows[at] * of_.n_targets + k];
      const double own = of_.source.targets[parts_.rows[i] * of_.n_targets + k];
      of_.targets[i * of_.n_targets + k] = static_cast<T>(total > 0.0 ? sum / total : own);
    }
    if (of_.weights != nullptr) of_.weights[i] = static_cast<T>(total);
  }

  template <class Value>
  static void swap(Value& one, Value& other) {
    const Value kept = one;
    one = other;
    other = kept;
  }

  const Team& team_;
  const Augmentation<T>& of_;
  const std::int64_t* order_;
  std::int64_t first_, n_rows_, number_;
  Range mine_;
  T *rows_, *other_rows_;
  TargetParts parts_, other_parts_;
  std::int64_t n_parts_ = 1;
};

}  // namespace lightmlp::LIGHTMLP_ISA
