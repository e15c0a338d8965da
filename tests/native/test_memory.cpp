#include "memory.hpp"

#include <cstdint>
#include <numeric>
#include <vector>

#include "check.hpp"

using namespace lightmlp;

namespace {

template <class T>
void check_padding_round_trip() {
  NetworkSettings settings;
  settings.n_numbers = 3;
  settings.steps = {{3, 17, {{3, 17}, {1, 17}}}, {17, 2, {{17, 2}, {1, 2}}}};
  Table<T> table{};
  const T nothing{};
  table.dense = &nothing;
  NetworkMemory<T> memory(settings, {}, table, 8, 1);
  CHECK(memory.layout().n_flat() == 3 * 17 + 17 + 17 * 2 + 2);
  std::vector<T> flat(static_cast<std::size_t>(memory.layout().n_flat()));
  std::iota(flat.begin(), flat.end(), T{1});
  memory.set_parameters(memory.layout().arrays(flat.data()));
  const Network<T>& network = memory.network();

  std::vector<T> back(flat.size());
  memory.layout().unpad(network.parameters, back.data());
  CHECK(back == flat);

  T sum = 0;
  for (std::int64_t i = 0; i < network.n_parameters; ++i) sum += network.parameters[i];
  CHECK(sum == std::accumulate(flat.begin(), flat.end(), T{0}));
}

}  // namespace

TEST(buffers_are_zeroed_and_aligned) {
  const Buffer<float> buffer(100);
  CHECK(reinterpret_cast<std::uintptr_t>(buffer.data()) % padding_bytes == 0);
  for (std::int64_t i = 0; i < buffer.size(); ++i) CHECK(buffer.data()[i] == 0.0F);
}

TEST(widths_are_padded_to_whole_vectors) {
  CHECK(padded<float>(1) == 16);
  CHECK(padded<float>(16) == 16);
  CHECK(padded<double>(9) == 16);
}

TEST(padding_keeps_every_parameter_and_adds_zeros) {
  check_padding_round_trip<float>();
  check_padding_round_trip<double>();
}
