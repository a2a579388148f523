// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>

#include <lifeboat/adapter/xxhash.hpp>
#include <lifeboat/core/position.hpp>
#include <lifeboat/core/spool.hpp>

// How a state is written out and read back: bytes in order, with a digest over them.
namespace lifeboat::inline LIFEBOAT_ABI {

/// Takes what a state saves. Errors: medium_full, state_folder, limit.
template <class = void>
class BasicStateWriter {
 public:
  /// `most`: bytes that may be written, where there is no folder for more.
  BasicStateWriter(Spool& to, Xxh3Hash& hash, std::uint64_t most) noexcept : to_(to), hash_(hash), most_(most) {}

  Status write(ByteView data) {
    if (data.size() > most_ - to_.size())
      return Error{ErrorId::limit, "the state has more than " + std::to_string(most_) +
                                       " bytes, and no folder was named for a temporary file"}
          .unchanged();
    LIFEBOAT_CHECK(to_.append(data));
    return hash_.update(data);
  }
  /// An integer, little-endian.
  template <class T>
  Status fixed(T value) {
    std::byte bytes[sizeof(T)];
    store_le(bytes, value);
    return write(bytes);
  }
  /// Bytes behind their number.
  Status counted(ByteView data) {
    LIFEBOAT_CHECK(fixed(static_cast<std::uint64_t>(data.size())));
    return write(data);
  }

 private:
  Spool& to_;
  Xxh3Hash& hash_;
  std::uint64_t most_;
};
using StateWriter = BasicStateWriter<>;

/// Bytes that stay as they are.
struct StateBytes {
  /// Short only at the end.
  virtual Result<std::size_t> read(std::uint64_t at, MutableBytes out) const = 0;
  virtual ~StateBytes() = default;
};

/// Gives a state what it saved, in order. Errors: corrupt, where it asks for more than was saved; those of reading.
template <class = void>
class BasicStateReader {
 public:
  BasicStateReader(const StateBytes& from, std::uint64_t begin, std::uint64_t length, Position position, Xxh3Hash& hash)
      : from_(from), at_(begin), left_(length), position_(position), hash_(hash) {}

  /// What `save` gave: the position of the last group that is in the state.
  [[nodiscard]] Position position() const noexcept { return position_; }

  /// Bytes that were not read yet.
  [[nodiscard]] std::uint64_t left() const noexcept { return left_ + (held_.size() - used_); }

  /// Fills `out` to its end.
  Status read(MutableBytes out) {
    if (out.size() > left())
      return Error{ErrorId::corrupt,
                   "a state of " + std::to_string(left()) + " bytes more was asked for " + std::to_string(out.size())};
    while (!out.empty()) {
      if (used_ == held_.size()) LIFEBOAT_CHECK(fill());
      const std::size_t piece = std::min(out.size(), held_.size() - used_);
      std::memcpy(out.data(), held_.data() + used_, piece);
      used_ += piece;
      out = out.subspan(piece);
    }
    return ok();
  }
  template <class T>
  Result<T> fixed() {
    std::byte bytes[sizeof(T)];
    LIFEBOAT_CHECK(read(bytes));
    return load_le<T>(bytes);
  }
  /// At most so many bytes, behind their number.
  Result<Bytes> counted(std::size_t most) {
    LIFEBOAT_TRY(const std::uint64_t size, fixed<std::uint64_t>());
    if (size > most || size > left())
      return Error{ErrorId::corrupt, "a state has a part of " + std::to_string(size) + " bytes, of which there are " +
                                         std::to_string(std::min<std::uint64_t>(most, left()))};
    Bytes bytes(static_cast<std::size_t>(size));
    LIFEBOAT_CHECK(read(bytes));
    return bytes;
  }

 private:
  static constexpr std::size_t buffer_ = 256U << 10U;

  Status fill() {
    held_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(buffer_, left_)));
    used_ = held_.size();  // where reading fails nothing of it is handed out
    LIFEBOAT_TRY(const std::size_t got, from_.read(at_, held_));
    if (got != held_.size()) return Error{ErrorId::corrupt, "a state ends before its end"};
    LIFEBOAT_CHECK(hash_.update(held_));
    at_ += got;
    left_ -= got;
    used_ = 0;
    return ok();
  }

  const StateBytes& from_;
  std::uint64_t at_;
  std::uint64_t left_;
  Position position_;
  Xxh3Hash& hash_;
  Bytes held_;
  std::size_t used_ = 0;
};
using StateReader = BasicStateReader<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
