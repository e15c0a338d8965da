#include "buffer.hpp"

#include <cstdint>
#include <new>

#include "panels.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace lightmlp {

namespace {

// Rows of wide matrices lie in as many pages: with small ones the processor would have to look
// up most addresses, and the system to provide each page when it is touched first.
constexpr std::size_t huge_page = 2 * 1024 * 1024;

void ask_for_huge_pages([[maybe_unused]] void* begin, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__)
  madvise(begin, bytes, MADV_HUGEPAGE);  // a wish: nothing is lost if it is not granted
#endif
}

}  // namespace

template <class T>
Buffer<T>::Buffer(std::int64_t size) : size_(size) {
  if (size < 0 || size > PTRDIFF_MAX / static_cast<std::int64_t>(sizeof(T)))
    throw std::bad_array_new_length();
  if (size == 0) return;
  const auto bytes = static_cast<std::size_t>(size) * sizeof(T);
  const std::size_t alignment = bytes < huge_page ? padding_bytes : huge_page;
  std::size_t space = bytes + alignment;
  void* const begin = std::calloc(space, 1);
  if (begin == nullptr) throw std::bad_alloc();
  void* values = begin;
  values_ = {static_cast<T*>(std::align(alignment, bytes, values, space)), Release{begin}};
  if (bytes >= huge_page) ask_for_huge_pages(values, bytes);
}

template class Buffer<float>;
template class Buffer<double>;
template class Buffer<std::int32_t>;
template class Buffer<std::int64_t>;

}  // namespace lightmlp
