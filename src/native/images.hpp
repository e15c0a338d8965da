// Rows that are images, (height, width, channels), shifted and rotated.
#pragma once

#include <cstring>

#include "stages.hpp"

namespace lightmlp::LIGHTMLP_ISA {

// to[y, x] = from[y - down, x - right]
template <class T>
void shift_image(const Stage& image, std::int64_t down, std::int64_t right, const T* from,
                 T* to) {
  const std::int64_t width = image.width * image.channels, offset = right * image.channels;
  const T fill = static_cast<T>(image.amount);
  for (std::int64_t y = 0; y < image.height; ++y, to += width) {
    for (std::int64_t x = 0; x < width; ++x) to[x] = fill;
    const std::int64_t source = y - down;
    const std::int64_t begin = offset > 0 ? offset : 0;
    const std::int64_t count = width - (offset > 0 ? offset : -offset);
    if (source < 0 || source >= image.height || count <= 0) continue;
    std::memcpy(to + begin, from + source * width + begin - offset,
                static_cast<std::size_t>(count) * sizeof(T));
  }
}

// Values between the pixels of an image; all pixels beyond its border have the fill.
template <class T>
struct Interpolated {
  const Stage& image;
  const T* from;

  double at(double y, double x, std::int64_t channel) const {
    const double top = __builtin_floor(y), left = __builtin_floor(x);
    const auto row = static_cast<std::int64_t>(top), column = static_cast<std::int64_t>(left);
    const bool is_inside =
        row >= 0 && row + 1 < image.height && column >= 0 && column + 1 < image.width;
    return is_inside ? between<true>(row, column, channel, y - top, x - left)
                     : between<false>(row, column, channel, y - top, x - left);
  }

  template <bool IsInside>
  double between(std::int64_t row, std::int64_t column, std::int64_t channel, double down,
                 double right) const {
    const auto pixel = [&](std::int64_t y, std::int64_t x) {
      if (!IsInside && (y < 0 || y >= image.height || x < 0 || x >= image.width))
        return image.amount;
      return static_cast<double>(from[(y * image.width + x) * image.channels + channel]);
    };
    const double above = (1.0 - right) * pixel(row, column) + right * pixel(row, column + 1);
    const double below =
        (1.0 - right) * pixel(row + 1, column) + right * pixel(row + 1, column + 1);
    return (1.0 - down) * above + down * below;
  }
};

// About the centre; each pixel comes from where the rotation back takes it.
template <class T>
void rotate_image(const Stage& image, double cosine, double sine, const T* from, T* to) {
  const Interpolated<T> source{image, from};
  const double middle = static_cast<double>(image.height - 1) / 2;
  const double centre = static_cast<double>(image.width - 1) / 2;
  for (std::int64_t i = 0; i < image.height; ++i)
    for (std::int64_t j = 0; j < image.width; ++j) {
      const double y = static_cast<double>(i) - middle, x = static_cast<double>(j) - centre;
      const double from_y = cosine * y + sine * x + middle;
      const double from_x = cosine * x - sine * y + centre;
      for (std::int64_t channel = 0; channel < image.channels; ++channel)
        *to++ = static_cast<T>(source.at(from_y, from_x, channel));
    }
}

}  // namespace lightmlp::LIGHTMLP_ISA
