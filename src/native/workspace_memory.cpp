#include "workspace_memory.hpp"

#include <algorithm>

namespace lightmlp {

namespace {

template <class T>
void grow(Buffer<T>& buffer, std::int64_t size) {
  if (buffer.size() >= size) return;
  buffer = Buffer<T>();  // first: both at once need not fit
  buffer = Buffer<T>(size);
}

// Whether the input has rows of its own beside the table.
template <class T>
bool has_input(const Network<T>& net, bool is_sparse) {
  return !is_sparse && net.input.n_outputs > 0;
}

// Dropout alone is done in place where there is nothing to differentiate.
template <class T>
bool keeps_z_of_input(const Network<T>& net) {
  return net.input.keeps_z() && (net.encodes() || net.input.chain_size > 0);
}

bool has_product(const ChainLayer& layer) {
  return layer.n_spans > 0;
}

}  // namespace

// Gives out pieces of memory, or counts them where there is none yet.
template <class T>
class WorkspaceMemory<T>::Place {
 public:
  Place(T* begin, std::int64_t block_rows) : next_(begin), block_rows_(block_rows) {}

  T* take(std::int64_t stride) {
    T* const piece = next_;
    next_ += block_rows_ * stride;
    return piece;
  }

 private:
  T* next_;
  std::int64_t block_rows_;
};

template <class T>
std::int64_t WorkspaceMemory<T>::values_per_row(const Network<T>& net, bool keeps_encoded,
                                                bool is_sparse) {
  std::int64_t values = 0;
  if (has_input(net, is_sparse))
    values += (1 + keeps_encoded + keeps_z_of_input(net) + net.layers[0].has_transposed) *
              net.input.stride;
  for (int l = -1; l < net.n_layers; ++l) {
    const Step& step = net.step(l);
    if (l >= 0) values += (step.keeps_z() ? 3 : 2) * step.stride;
    for (int i = 0; i < step.chain_size; ++i)
      values += ((i > 0) + has_product(step.chain[i])) * step.stride;
  }
  return values;
}

template <class T>
WorkspaceMemory<T>::WorkspaceMemory(const Network<T>& net, bool keeps_encoded, bool is_sparse,
                                    int n_threads)
    : values_(net.block_rows * values_per_row(net, keeps_encoded, is_sparse)),
      results_(net.block_rows * net.last().n_outputs),
      scratch_(n_threads * net.scratch_size),
      losses_(net.block_rows * (net.last().n_outputs + 1)),
      block_rows_(net.block_rows) {
  Place next(values_.data(), net.block_rows);
  if (keeps_encoded) encoded_ = next.take(net.input.stride);
  for (int l = -1; l < net.n_layers; ++l) lay_out_step(net, l, is_sparse, next);
  if (!keeps_encoded) encoded_ = z_[0];
  lay_out_normalization(net);
}

template <class T>
void WorkspaceMemory<T>::lay_out_step(const Network<T>& net, int l, bool is_sparse,
                                      Place& next) {
  const Step& step = net.step(l);
  const bool is_input = l < 0;
  const bool exists = !is_input || has_input(net, is_sparse);
  const bool has_deltas = !is_input || net.layers[0].has_transposed;
  const bool keeps_z = is_input ? keeps_z_of_input(net) : step.keeps_z();
  outputs_.push_back(exists ? next.take(step.stride) : nullptr);
  deltas_.push_back(exists && has_deltas ? next.take(step.stride) : nullptr);
  z_.push_back(exists && keeps_z ? next.take(step.stride) : outputs_.back());
  for (int i = 0; i < step.chain_size; ++i) {
    chained_.push_back(i > 0 ? next.take(step.stride) : z_.back());
    products_.push_back(has_product(step.chain[i]) ? next.take(step.stride) : nullptr);
  }
}

template <class T>
void WorkspaceMemory<T>::lay_out_normalization(const Network<T>& net) {
  const auto size = [&](const Layer<T>& layer) {
    if (!layer.is_normalized()) return std::int64_t{0};
    return (net.block_rows + 3) * layer.stride + padded<T>(net.block_rows);
  };
  std::int64_t total = 0;
  for (int l = 0; l < net.n_layers; ++l) total += size(net.layers[l]);
  normalization_ = Buffer<T>(total);
  T* next = normalization_.data();
  for (int l = 0; l < net.n_layers; ++l) {
    const Layer<T>& layer = net.layers[l];
    normalized_.push_back(next);
    normalization_sums_.push_back(next + net.block_rows * layer.stride);
    inverse_deviation_.push_back(next + (net.block_rows + 2) * layer.stride);
    next += size(layer);
  }
}

template <class T>
WorkspaceMemory<T>::WorkspaceMemory(const Network<T>& net, std::int64_t widest)
    : scratch_(net.scratch_size), block_rows_(prediction_rows) {
  const bool reads_in_place = !net.encodes() && net.input.chain_size == 0;
  values_ = Buffer<T>(prediction_rows * (2 * widest + (reads_in_place ? 0 : net.input.stride)));
  T* const first = values_.data();
  T* const input = reads_in_place ? nullptr : first + 2 * prediction_rows * widest;
  for (int l = -1; l < net.n_layers; ++l) {
    outputs_.push_back(l < 0 ? input : first + (l % 2) * prediction_rows * widest);
    for (int i = 0; i < net.step(l).chain_size; ++i) chained_.push_back(outputs_.back());
  }
  z_ = outputs_;
  encoded_ = input;
  deltas_.resize(outputs_.size());
  products_.resize(chained_.size());
  const auto n_layers = static_cast<std::size_t>(net.n_layers);
  normalized_.resize(n_layers);
  inverse_deviation_.resize(n_layers);
  normalization_sums_.resize(n_layers);
}

template <class T>
void WorkspaceMemory<T>::make_room(const Network<T>& net, std::int64_t block_values) {
  grow(sparse_values_, net.block_rows * net.sparse_stride);
  grow(column_ends_, net.layers[0].n_inputs);
  grow(transposed_rows_, block_values);
  grow(transposed_values_, block_values);
}

template <class T>
Workspace<T> WorkspaceMemory<T>::workspace() const {
  return {outputs_.data() + 1,
          z_.data() + 1,
          deltas_.data() + 1,
          encoded_,
          chained_.data(),
          products_.data(),
          results_.data(),
          losses_.data() + (losses_.size() > 0 ? block_rows_ : 0),
          losses_.data(),
          sparse_values_.data(),
          {column_ends_.data(), transposed_rows_.data(), transposed_values_.data()},
          normalized_.data(),
          inverse_deviation_.data(),
          normalization_sums_.data(),
          scratch_.data()};
}

template class WorkspaceMemory<float>;
template class WorkspaceMemory<double>;

}  // namespace lightmlp
