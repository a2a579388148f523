// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <span>
#include <variant>
#include <vector>

#include <lifeboat/core/position.hpp>
#include <lifeboat/record/records.hpp>
#include <lifeboat/record/upgrade.hpp>

// The groups of an engine by its own types, as its state takes them in.
namespace lifeboat::inline LIFEBOAT_ABI {

/// The state is being brought up to date: nothing outside is called.
struct Replaying {};
/// The group was appended just now.
struct Live {};

/// Either of the two.
class Applying {
 public:
  constexpr Applying(Replaying) noexcept {}           // NOLINT(google-explicit-constructor)
  constexpr Applying(Live) noexcept : live_(true) {}  // NOLINT(google-explicit-constructor)
  [[nodiscard]] constexpr bool live() const noexcept { return live_; }

 private:
  bool live_ = false;
};

namespace detail {
template <class... F>
struct CallsByType : F... {
  using F::operator()...;
};
template <class... F>
CallsByType(F...) -> CallsByType<F...>;
}  // namespace detail

/// A group whose records have been decoded, whatever version they were written in. Borrows.
template <class... R>
struct EngineGroup {
  Timestamp time;
  std::span<const std::variant<R...>> records;

  /// Calls for each record, in order, the one that takes its type: `group.each([&](const Payment& p) { ... }, ...)`.
  template <class... F>
  void each(F&&... calls) const {
    const detail::CallsByType call{std::forward<F>(calls)...};
    for (const std::variant<R...>& record : records) std::visit(call, record);
  }
};

template <class List>
class GroupDecoder;

/// Decodes groups, each whole before it is handed out. Allocates nothing once it has met the longest.
template <class... R>
class GroupDecoder<Records<R...>> {
  static consteval bool told_apart() {
    const RecordNumber numbers[] = {record_number<R>()...};
    for (std::size_t i = 0; i < sizeof...(R); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (numbers[i] == numbers[j]) return false;
    return true;
  }
  static_assert(told_apart(),
                "lifeboat: two types of these Records have the same number: a new version of a type has the one before "
                "it as RecordTraits<...>::Before, and stands here alone");

 public:
  void begin() noexcept { records_.clear(); }
  /// False where no type has that number. Errors: corrupt, format_version.
  Result<bool> take(RecordNumber number, std::uint16_t version, ByteView bytes) {
    Status done = ok();
    const bool known = ((number == record_number<R>() && (done = decode<R>(version, bytes), true)) || ...);
    if (!done) return std::move(done).error();
    return known;
  }
  [[nodiscard]] EngineGroup<R...> group(Timestamp time) const noexcept { return {time, records_}; }

 private:
  template <class T>
  Status decode(std::uint16_t version, ByteView bytes) {
    if (version == record_version<T>()) {
      if (const std::optional<T> record = decode_record<T>(bytes)) {
        records_.emplace_back(std::in_place_type<T>, *record);
        return ok();
      }
    }
    LIFEBOAT_TRY(const T record, read_record<T>(version, bytes));
    records_.emplace_back(std::in_place_type<T>, record);
    return ok();
  }

  std::vector<std::variant<R...>> records_;
};

/// Gives a group that was appended just now to the state, by the types of its records.
template <class List, class State, class... One>
Status apply_live(State& state, Position position, Timestamp time, const One&... records) {
  return [&]<class... R>(Records<R...>) {
    const std::array<std::variant<R...>, sizeof...(One)> all{std::variant<R...>(records)...};
    return state.apply(EngineGroup<R...>{time, all}, position, Live{});
  }(List{});
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
