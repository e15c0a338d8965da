// Arrays of NumPy, and what is required of them.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace lightmlp {

namespace nb = nanobind;
using namespace nb::literals;

template <class T, int N>
using In = nb::ndarray<const T, nb::ndim<N>, nb::c_contig, nb::device::cpu>;
template <class T, int N>
using Out = nb::ndarray<T, nb::ndim<N>, nb::c_contig, nb::device::cpu>;

template <class Message>
void require(bool holds, const Message& message) {
  if (!holds) throw std::invalid_argument(message);
}

template <class T>
void require_size(const T& array, std::int64_t size, const std::string& name) {
  if (static_cast<std::int64_t>(array.size()) != size)
    throw std::invalid_argument(name + " has " + std::to_string(array.size()) +
                                " values, expected " + std::to_string(size) + ".");
}

}  // namespace lightmlp
