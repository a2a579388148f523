// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include <lifeboat/record/schema_bytes.hpp>
#include <lifeboat/record/seen.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace testing {

/// Groups out of an engine's own structs, as an invariant sees them in a journal: for tests of invariants.
/// What it gives lives as long as it does.
template <class = void>
class BasicMadeGroups {
 public:
  BasicMadeGroups() = default;
  BasicMadeGroups(const BasicMadeGroups&) = delete;
  BasicMadeGroups& operator=(const BasicMadeGroups&) = delete;

  /// A group at the next position: epoch 1, from sequence 1 on, unless `at` was there before.
  template <class... R>
  BasicMadeGroups& add(const R&... records) {
    std::vector<SeenRecord>& of = records_.emplace_back();
    (of.push_back(seen(records)), ...);
    groups_.push_back({next_, {1'700'000'000, 0}, of});
    ++next_.sequence;
    return *this;
  }
  /// The next group is there.
  BasicMadeGroups& at(Position position) noexcept {
    next_ = position;
    return *this;
  }
  /// So many records of unknown types go with the last group.
  BasicMadeGroups& unknown(std::size_t count) noexcept {
    groups_.back().unknown += count;
    return *this;
  }
  /// The last group is one of append_once.
  BasicMadeGroups& once() noexcept {
    groups_.back().once = true;
    return *this;
  }
  [[nodiscard]] std::span<const SeenGroup> groups() const noexcept { return groups_; }

 private:
  template <class R>
  SeenRecord seen(const R& record) {
    types_.learn(schema_bytes<R>());
    Bytes& bytes = bytes_.emplace_back(encoded_size<R>());
    encode_record(record, bytes.data());
    return **types_.see(record_number<R>(), record_version<R>(), bytes);
  }

  SeenTypes types_;
  std::deque<Bytes> bytes_;
  std::deque<std::vector<SeenRecord>> records_;
  std::vector<SeenGroup> groups_;
  Position next_{1, 1};
};
using MadeGroups = BasicMadeGroups<>;

}  // namespace testing
}  // namespace lifeboat::inline LIFEBOAT_ABI
