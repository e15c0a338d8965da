// The stages of an augmentation, with the arrays that they point to.
#pragma once

#include <nanobind/stl/optional.h>

#include <optional>
#include <vector>

#include "../kind_names.hpp"
#include "../stages.hpp"
#include "arrays.hpp"

namespace lightmlp {

struct BoundStage {
  using Coefficients = std::optional<In<double, 2>>;
  using Permutation = std::optional<In<std::int64_t, 1>>;
  using FillValues = std::optional<In<double, 1>>;

  Stage stage{};
  Coefficients coefficients;
  Permutation permutation;
  FillValues fill_values;

  BoundStage(const std::string& kind, double amount, const Coefficients& coefficients_of_rows,
             const Permutation& permutation_of_rows, const FillValues& fill_values_of_columns,
             const std::vector<std::int64_t>& image_shape)
      : coefficients(coefficients_of_rows),
        permutation(permutation_of_rows),
        fill_values(fill_values_of_columns) {
    stage.kind = find<Transform>(kind, "kind");
    stage.amount = amount;
    if (coefficients) stage.coefficients = coefficients->data();
    if (permutation) stage.permutation = permutation->data();
    if (fill_values) stage.fill_values = fill_values->data();
    if (stage.kind != Transform::shift && stage.kind != Transform::rotate) return;
    require(image_shape.size() == 3, "image_shape needs height, width and channels.");
    for (const std::int64_t size : image_shape)
      require(size >= 1, "image_shape must be positive.");
    stage.height = image_shape[0];
    stage.width = image_shape[1];
    stage.channels = image_shape[2];
  }

  // For so many rows and columns, in batches of so many rows.
  void require_arrays_for(std::int64_t n_rows, std::int64_t n_features,
                          std::int64_t batch_size) const {
    if (n_coefficients(stage.kind) > 0) {
      require(coefficients.has_value(), "This kind of stage needs coefficients.");
      require_size(*coefficients, n_rows * n_coefficients(stage.kind), "coefficients");
    }
    if (stage.kind == Transform::feature_dropout) {
      require(fill_values.has_value(), "This kind of stage needs fill values.");
      require_size(*fill_values, n_features, "fill_values");
    }
    if (stage.height > 0)
      require(stage.height * stage.width * stage.channels == n_features,
              "image_shape does not stand for the columns of X.");
    if (mixes_targets(stage.kind)) require_permutation(n_rows, batch_size);
  }

  void require_permutation(std::int64_t n_rows, std::int64_t batch_size) const {
    require(permutation.has_value(), "This kind of stage needs a permutation.");
    require_size(*permutation, n_rows, "permutation");
    for (std::int64_t i = 0; i < n_rows; ++i) {
      const std::int64_t begin = i / batch_size * batch_size;
      const std::int64_t size = std::min(batch_size, n_rows - begin);
      require(stage.permutation[i] >= 0 && stage.permutation[i] < size,
              "permutation must be rows of the batch.");
    }
  }
};

}  // namespace lightmlp
