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
  using Draws = std::optional<In<double, 2>>;
  using Partners = std::optional<In<std::int64_t, 1>>;
  using Blanks = std::optional<In<double, 1>>;

  Stage stage{};
  Draws draws;
  Partners partners;
  Blanks blanks;

  BoundStage(const std::string& kind, double amount, const Draws& draws_of_rows,
             const Partners& partners_of_rows, const Blanks& blanks_of_columns,
             const std::vector<std::int64_t>& image_shape)
      : draws(draws_of_rows), partners(partners_of_rows), blanks(blanks_of_columns) {
    stage.kind = find<Change>(kind, "kind");
    stage.amount = amount;
    if (draws) stage.draws = draws->data();
    if (partners) stage.partners = partners->data();
    if (blanks) stage.blanks = blanks->data();
    if (stage.kind != Change::shift && stage.kind != Change::rotate) return;
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
    if (n_draws(stage.kind) > 0) {
      require(draws.has_value(), "This kind of stage needs draws.");
      require_size(*draws, n_rows * n_draws(stage.kind), "draws");
    }
    if (stage.kind == Change::feature_dropout) {
      require(blanks.has_value(), "This kind of stage needs blanks.");
      require_size(*blanks, n_features, "blanks");
    }
    if (stage.height > 0)
      require(stage.height * stage.width * stage.channels == n_features,
              "image_shape does not stand for the columns of X.");
    if (mixes_targets(stage.kind)) require_partners(n_rows, batch_size);
  }

  void require_partners(std::int64_t n_rows, std::int64_t batch_size) const {
    require(partners.has_value(), "This kind of stage needs partners.");
    require_size(*partners, n_rows, "partners");
    for (std::int64_t i = 0; i < n_rows; ++i) {
      const std::int64_t begin = i / batch_size * batch_size;
      const std::int64_t size = std::min(batch_size, n_rows - begin);
      require(stage.partners[i] >= 0 && stage.partners[i] < size,
              "partners must be rows of the batch.");
    }
  }
};

}  // namespace lightmlp
