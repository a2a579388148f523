// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>

#include <lifeboat/adapter/xxhash.hpp>
#include <lifeboat/core/function_ref.hpp>
#include <lifeboat/core/random.hpp>
#include <lifeboat/core/spool.hpp>
#include <lifeboat/record/invariant.hpp>

// Rows that are told in the order of the journal and looked at key by key, in bounded memory.
namespace lifeboat::inline LIFEBOAT_ABI {

/// Where an invariant keeps what it can not judge at once.
struct InvariantSpace {
  std::string folder{};                 ///< of temporary files without a name; empty: memory alone
  std::size_t memory = 64U << 20U;      ///< bytes of rows that are held before they go there, 64 KiB or more; at most
                                        ///< three times that is used, and that only at the end
  std::optional<std::uint64_t> seed{};  ///< of the digests of keys; random unless set, so that clients can not choose
                                        ///< keys that are taken for one
};

/// Keeps rows in 256 parts by the digest of their key, on disk where memory does not suffice, and hands them out key by
/// key, each key's in the order they came. Two keys are taken for one with a probability of 2^-128 for each pair.
/// Errors: limit (no folder and the memory is used up; or one part has more rows than memory and its keys can not be
/// told apart further), medium_full, state_folder.
template <class Payload>
class KeyedRows {
  static_assert(std::is_trivially_copyable_v<Payload>);

 public:
  struct Row {
    Hash128 key;
    std::uint64_t order = 0;
    Position position;
    Payload payload{};
  };

  explicit KeyedRows(InvariantSpace space) : space_(std::move(space)), spilled_(space_.folder, 0) {
    if (space_.seed) {
      seed_ = *space_.seed;
    } else {
      SystemRandom random;
      random.fill({reinterpret_cast<std::byte*>(&seed_), sizeof seed_});
    }
    space_.memory = std::max<std::size_t>(space_.memory, 64U << 10U);
    chunk_ = std::max<std::size_t>(space_.memory / parts_.size() / sizeof(Row), 1);
  }

  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }

  Status add(const Hash128& key, Position position, const Payload& payload) {
    Part& part = parts_[static_cast<std::size_t>(key.high >> 56U)];
    if (part.rows.size() >= chunk_) LIFEBOAT_CHECK(spill(part));
    part.rows.push_back({key, count_++, position, payload});
    return ok();
  }

  /// Calls with the rows of each key. Nothing is changed: it may be asked again, and rows added behind.
  Status each_key(FunctionRef<void(std::span<const Row>)> call) const {
    for (const Part& part : parts_) {
      std::uint64_t passes = 1;
      while (part.count() / passes * sizeof(Row) > space_.memory && passes < (1U << 16U)) passes *= 2;
      for (std::uint64_t pass = 0; pass < passes; ++pass) LIFEBOAT_CHECK(look(part, passes, pass, call));
    }
    return ok();
  }

 private:
  struct Part {
    std::vector<Row> rows;
    std::vector<std::uint64_t> chunks;  ///< where in the spool; each of chunk_ rows
    std::uint64_t spilled = 0;
    [[nodiscard]] std::uint64_t count() const noexcept { return spilled + rows.size(); }
  };

  Status spill(Part& part) {
    if (space_.folder.empty())
      return Error{ErrorId::limit, "an invariant has more rows than " + std::to_string(space_.memory) +
                                       " bytes hold, and no folder to keep them in"};
    part.chunks.push_back(spilled_.size());
    LIFEBOAT_CHECK(spilled_.append(std::as_bytes(std::span(part.rows))));
    part.spilled += part.rows.size();
    part.rows.clear();
    return ok();
  }

  /// The rows of one part whose key falls into this pass, sorted.
  Status look(const Part& part, std::uint64_t passes, std::uint64_t pass,
              FunctionRef<void(std::span<const Row>)> call) const {
    std::vector<Row> rows;
    std::vector<Row> chunk(part.chunks.empty() ? 0 : chunk_);
    const auto take = [&](std::span<const Row> from) {
      for (const Row& row : from)
        if ((row.key.low & (passes - 1)) == pass) rows.push_back(row);
      return rows.size() * sizeof(Row) <= 2 * space_.memory;
    };
    rows.reserve(static_cast<std::size_t>(part.count() / passes));
    bool fits = true;
    for (std::size_t i = 0; i < part.chunks.size() && fits; ++i) {
      LIFEBOAT_CHECK(spilled_.read(part.chunks[i], std::as_writable_bytes(std::span(chunk))));
      fits = take(chunk);
    }
    if (!fits || !take(part.rows))
      return Error{ErrorId::limit, "an invariant has more rows of few keys than " + std::to_string(space_.memory) +
                                       " bytes hold: give it more memory"};
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
      return a.key.high != b.key.high ? a.key.high < b.key.high
             : a.key.low != b.key.low ? a.key.low < b.key.low
                                      : a.order < b.order;
    });
    for (std::size_t begin = 0; begin < rows.size();) {
      std::size_t end = begin + 1;
      while (end < rows.size() && rows[end].key == rows[begin].key) ++end;
      call(std::span(rows).subspan(begin, end - begin));
      begin = end;
    }
    return ok();
  }

  InvariantSpace space_;
  std::uint64_t seed_ = 0;
  std::size_t chunk_ = 1;
  std::uint64_t count_ = 0;
  std::array<Part, 256> parts_;
  Spool spilled_;
};

/// The digest of a key, of a record type, and of numbers that tell its rows apart further.
inline Hash128 keyed_digest(std::uint64_t seed, std::uint64_t type, std::string_view key) noexcept {
  std::byte bytes[8 + 62];
  store_le(bytes, type);
  const std::size_t length = std::min<std::size_t>(key.size(), 62);
  std::memcpy(bytes + 8, key.data(), length);
  return xxh3_128_seeded({bytes, 8 + length}, seed);
}

/// What is found key by key and not in the order of the journal: keeps the earliest.
template <class = void>
class BasicEarliestFailure {
 public:
  template <class F>
  void fails(std::uint64_t order, Position position, F&& sentence) {
    if (order >= order_) return;
    order_ = order;
    failure_ = {position, sentence()};
  }
  /// Enters it, where there is one, into a report.
  InvariantReport in(InvariantReport report) && {
    if (order_ == none_) return report;
    report.holds = false;
    report.first_failure = std::move(failure_);
    return report;
  }

 private:
  static constexpr std::uint64_t none_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t order_ = none_;
  InvariantFailure failure_;
};
using EarliestFailure = BasicEarliestFailure<>;

/// What a model worked out for each schema that it met, found again by the schema's place.
template <class T>
class PerSchema {
 public:
  /// `make` makes it where the schema is new.
  template <class F>
  const T& of(const Schema& schema, F&& make) {
    if (last_ < known_.size() && known_[last_].first == &schema) return known_[last_].second;
    for (last_ = 0; last_ < known_.size(); ++last_)
      if (known_[last_].first == &schema) return known_[last_].second;
    return known_.emplace_back(&schema, make()).second;
  }

 private:
  std::vector<std::pair<const Schema*, T>> known_;
  std::size_t last_ = 0;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
