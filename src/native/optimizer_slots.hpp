// What an optimiser remembers of each parameter.
#pragma once

#include <vector>

#include "memory.hpp"

namespace lightmlp {

// Slots such as a velocity, laid out as the parameters. They may outlive the run that fills
// them: copying the state of a wide network out of it takes as long as a step.
template <class T>
class OptimizerSlots {
 public:
  OptimizerSlots(const Layout<T>& layout, int n_slots) : layout_(layout) {
    for (int slot = 0; slot < n_slots; ++slot) slots_.push_back(Buffer<T>(layout.n_padded()));
  }

  OptimizerSlots(const OptimizerSlots&) = delete;  // runs point into their values
  OptimizerSlots& operator=(const OptimizerSlots&) = delete;

  int count() const { return static_cast<int>(slots_.size()); }
  std::int64_t n_flat() const { return layout_.n_flat(); }
  std::int64_t n_padded() const { return layout_.n_padded(); }
  T* padded_values(int slot) const { return slots_[slot].data(); }

  // Flat vectors as described at Layout.
  void set(int slot, const T* flat) { layout_.pad(layout_.arrays(flat), slots_[slot].data()); }
  void get(int slot, T* flat) const { layout_.unpad(slots_[slot].data(), flat); }

 private:
  Layout<T> layout_;
  std::vector<Buffer<T>> slots_;
};

}  // namespace lightmlp
