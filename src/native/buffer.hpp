// Memory in the alignment that the kernels work on.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>

namespace lightmlp {

// Zeroed values at addresses that are multiples of the padding. Large ones take memory when
// they are touched first, by the thread that needs them.
template <class T>
class Buffer {
 public:
  explicit Buffer(std::int64_t size = 0);

  T* data() const { return values_.get(); }
  std::int64_t size() const { return size_; }

 private:
  struct Release {
    void* begin = nullptr;

    void operator()(T*) const { std::free(begin); }
  };

  std::int64_t size_;
  std::unique_ptr<T[], Release> values_;
};

}  // namespace lightmlp
