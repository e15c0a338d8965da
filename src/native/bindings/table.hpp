// Tables: rows of Python's arrays, with targets and weights.
#pragma once

#include <algorithm>
#include <vector>

#include "../memory.hpp"
#include "arrays.hpp"

namespace lightmlp {

// A table with the arrays that it points to.
template <class T>
struct BoundTable {
  Table<T> table{};
  std::vector<nb::object> owners;

  static BoundTable dense(const In<T, 2>& X) {
    BoundTable bound;
    bound.table.n_rows = static_cast<std::int64_t>(X.shape(0));
    bound.table.n_features = static_cast<std::int64_t>(X.shape(1));
    bound.table.dense = X.data();
    bound.table.dense_stride = bound.table.n_features;
    bound.owners.push_back(nb::cast(X));
    return bound;
  }

  static BoundTable csr(const In<std::int64_t, 1>& row_starts,
                        const In<std::int32_t, 1>& columns, const In<T, 1>& values,
                        std::int64_t n_features) {
    BoundTable bound;
    require(row_starts.size() >= 1, "row_starts must not be empty.");
    require(n_features >= 1, "n_features must be positive.");
    bound.table.n_rows = static_cast<std::int64_t>(row_starts.size()) - 1;
    bound.table.n_features = n_features;
    bound.table.row_starts = row_starts.data();
    bound.table.columns = columns.data();
    bound.table.values = values.data();
    check_csr(bound.table, static_cast<std::int64_t>(columns.size()));
    require_size(values, static_cast<std::int64_t>(columns.size()), "values");
    bound.owners = {nb::cast(row_starts), nb::cast(columns), nb::cast(values)};
    return bound;
  }

  static void check_csr(const Table<T>& table, std::int64_t n_values) {
    require(table.row_starts[0] == 0 && table.row_starts[table.n_rows] == n_values,
            "row_starts must begin with 0 and end with the number of values.");
    for (std::int64_t i = 0; i < table.n_rows; ++i)
      require(table.row_starts[i] <= table.row_starts[i + 1], "row_starts must not decrease.");
    for (std::int64_t k = 0; k < n_values; ++k)
      require(table.columns[k] >= 0 && table.columns[k] < table.n_features,
              "columns must lie between 0 and n_features - 1.");
  }

  // Class indices of categories beside the numbers of a dense table.
  void set_categories(const In<std::int32_t, 2>& categories) {
    require(!table.is_sparse(), "A sparse table has no categories.");
    require(static_cast<std::int64_t>(categories.shape(0)) == table.n_rows,
            "categories needs one row per row of X.");
    table.categories = categories.data();
    table.n_categories = static_cast<std::int64_t>(categories.shape(1));
    largest_categories.assign(categories.shape(1), -1);
    for (std::size_t i = 0; i < categories.size(); ++i) {
      require(categories.data()[i] >= 0, "categories must not be negative.");
      std::int64_t& largest = largest_categories[i % categories.shape(1)];
      largest = std::max<std::int64_t>(largest, categories.data()[i]);
    }
    owners.push_back(nb::cast(categories));
  }

  void set_targets(const In<T, 2>& targets) {
    require(static_cast<std::int64_t>(targets.shape(0)) == table.n_rows,
            "targets needs one row per row of X.");
    table.targets = targets.data();
    n_targets = static_cast<std::int64_t>(targets.shape(1));
    owners.push_back(nb::cast(targets));
  }

  void set_class_indices(const In<std::int32_t, 2>& indices) {
    require(static_cast<std::int64_t>(indices.shape(0)) == table.n_rows,
            "class_indices needs one row per row of X.");
    largest_classes.assign(indices.shape(1), -1);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      require(indices.data()[i] >= 0, "class_indices must not be negative.");
      std::int64_t& largest = largest_classes[i % indices.shape(1)];
      largest = std::max<std::int64_t>(largest, indices.data()[i]);
    }
    table.class_indices = indices.data();
    owners.push_back(nb::cast(indices));
  }

  void set_sample_weight(const In<T, 1>& weight) {
    require_size(weight, table.n_rows, "sample_weight");
    table.sample_weight = weight.data();
    owners.push_back(nb::cast(weight));
  }

  // For training: the targets must be of the kind and width that the network needs.
  void require_targets_for(const NetworkSettings& settings) const {
    require_features_of(settings);
    const std::int64_t n = settings.n_outputs();
    const LossSettings loss = settings.loss.settings();
    if (loss.takes_class_indices())
      require(table.class_indices != nullptr && has_classes_for(loss, n),
              "This loss needs class indices between 0 and the classes of each output - 1.");
    else
      require(table.targets != nullptr && n_targets * loss.n_levels == n,
              "This loss needs targets (n_rows, n_targets).");
  }

  bool has_classes_for(const LossSettings& loss, std::int64_t n_columns) const {
    if (static_cast<std::int64_t>(largest_classes.size()) != loss.n_groups) return false;
    for (std::int64_t g = 0; g < loss.n_groups; ++g)
      if (largest_classes[static_cast<std::size_t>(g)] >= loss.group_size(g, n_columns))
        return false;
    return true;
  }

  std::int64_t n_targets_or_outputs() const {
    return table.class_indices != nullptr ? static_cast<std::int64_t>(largest_classes.size())
                                          : n_targets;
  }

  void require_features_of(const NetworkSettings& settings) const {
    if (table.n_features != settings.n_numbers || table.n_categories != settings.n_categories)
      throw std::invalid_argument(
          "X has " + columns_in_words(table.n_features, table.n_categories) +
          ", the network expects " +
          columns_in_words(settings.n_numbers, settings.n_categories) + ".");
    for (std::size_t c = 0; c < largest_categories.size(); ++c)
      if (largest_categories[c] >= settings.category_limits[c])
        throw std::invalid_argument("Category column " + std::to_string(c) + " has the code " +
                                    std::to_string(largest_categories[c]) +
                                    ", the network expects codes below " +
                                    std::to_string(settings.category_limits[c]) + ".");
    require(!table.is_sparse() || (settings.encoders.empty() && is_fused(settings.of_input)),
            "The compiled engine encodes and scales the columns of dense tables alone. Pass X "
            "as a dense array, or use engine='reference'.");
  }

  static std::string columns_in_words(std::int64_t n_numbers, std::int64_t n_categories) {
    const std::string numbers = std::to_string(n_numbers) + " columns";
    if (n_categories == 0) return numbers;
    return numbers + " of numbers and " + std::to_string(n_categories) + " of categories";
  }

  std::vector<std::int64_t> largest_categories;  // of each column
  std::int64_t n_targets = 0;
  std::vector<std::int64_t> largest_classes;  // of each output
};

template <class T>
void require_output(const Out<T, 2>& out, const Table<T>& table, std::int64_t width) {
  require(static_cast<std::int64_t>(out.shape(0)) == table.n_rows &&
              static_cast<std::int64_t>(out.shape(1)) == width,
          "An output array has the wrong shape.");
}

}  // namespace lightmlp
