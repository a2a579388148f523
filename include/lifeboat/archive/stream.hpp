// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/names.hpp>

// Bytes that can be read anywhere: an object, a data stream in its volumes, a part of either.
namespace lifeboat::inline LIFEBOAT_ABI {

/// Any number of threads may read at once, as far as the medium below allows.
struct RandomReader {
  /// Fills `out` from `at`, or fails: with corrupt where the bytes end before.
  virtual Status read(std::uint64_t at, MutableBytes out) const = 0;
  virtual ~RandomReader() = default;
};

/// One object of a medium.
template <class = void>
class BasicObjectReader final : public RandomReader {
 public:
  BasicObjectReader(MediumPort& medium, ObjectName name) : medium_(&medium), name_(std::move(name)) {}
  Status read(std::uint64_t at, MutableBytes out) const override {
    LIFEBOAT_TRY(const std::size_t got, medium_->read(name_, at, out));
    if (got != out.size())
      return Error{ErrorId::corrupt, name_ + " ends at byte " + std::to_string(at + got) + ", before it should"};
    return ok();
  }
  [[nodiscard]] const ObjectName& name() const noexcept { return name_; }

 private:
  MediumPort* medium_;
  ObjectName name_;
};
using ObjectReader = BasicObjectReader<>;

/// The data stream of one archive: its volumes, one after the other.
template <class = void>
class BasicStreamReader final : public RandomReader {
 public:
  BasicStreamReader(MediumPort& medium, std::string source, ArchiveId archive, std::uint64_t length,
                    std::uint64_t volume_length)
      : medium_(&medium), source_(std::move(source)), archive_(archive), length_(length), volume_(volume_length) {}

  Status read(std::uint64_t at, MutableBytes out) const override {
    if (at > length_ || out.size() > length_ - at)
      return Error{ErrorId::corrupt, "archive " + to_hex(archive_.view()) + " is asked for bytes behind its end"};
    while (!out.empty()) {
      const std::uint64_t number = at / volume_;
      const std::uint64_t inside = at % volume_;
      const std::uint64_t left = volume_ - inside;
      const std::size_t piece = out.size() < left ? out.size() : static_cast<std::size_t>(left);
      const ObjectName name = volume_name(source_, archive_, number);
      LIFEBOAT_TRY(const std::size_t got, medium_->read(name, inside, out.first(piece)));
      if (got != piece)
        return Error{ErrorId::corrupt, name + " ends at byte " + std::to_string(inside + got) + ", before it should"};
      at += piece;
      out = out.subspan(piece);
    }
    return ok();
  }
  [[nodiscard]] const ArchiveId& archive() const noexcept { return archive_; }
  [[nodiscard]] std::uint64_t length() const noexcept { return length_; }
  [[nodiscard]] std::uint64_t volume_length() const noexcept { return volume_; }

 private:
  MediumPort* medium_;
  std::string source_;
  ArchiveId archive_;
  std::uint64_t length_;
  std::uint64_t volume_;
};
using StreamReader = BasicStreamReader<>;

/// What lies behind an offset of another reader.
template <class = void>
class BasicShiftedReader final : public RandomReader {
 public:
  BasicShiftedReader(const RandomReader& below, std::uint64_t offset) noexcept : below_(&below), offset_(offset) {}
  Status read(std::uint64_t at, MutableBytes out) const override { return below_->read(offset_ + at, out); }

 private:
  const RandomReader* below_;
  std::uint64_t offset_;
};
using ShiftedReader = BasicShiftedReader<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
