// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <type_traits>
#include <utility>

#include <lifeboat/core/error_id.hpp>
#include <lifeboat/core/position.hpp>

// What became of an append: opened by `match` alone, so that no case is forgotten.
namespace lifeboat::inline LIFEBOAT_ABI {

/// The group is durable on the engine's own disk.
struct LocalDurable {};

/// Durable at that level.
template <class Level>
struct Acked {
  Position position;
};

/// It is not in the journal and never will be.
struct NotWritten {
  ErrorId id{};
  int system_error = 0;
};

/// It may be in the journal: `fate` answers once it was opened again. Never pay again on this.
struct Unknown {
  Position position;
  ErrorId id{};
  int system_error = 0;
};

/// Whether `Cases` can be called with `Case`; the compiler names the case that is missing.
template <class Cases, class Case>
concept HandlesCase = std::is_invocable_v<Cases&, Case>;

namespace detail {
template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;
}  // namespace detail

/// The outcome of an append at a level. It converts to nothing and is compared with nothing; `match` takes a callable
/// for each case, and does not compile where one is missing.
template <class Level>
class [[nodiscard]] AppendOutcome {
 public:
  // NOLINTBEGIN(google-explicit-constructor): each case is an outcome
  constexpr AppendOutcome(Acked<Level> acked) noexcept : kind_(Kind::acked), position_(acked.position) {}
  constexpr AppendOutcome(NotWritten refused) noexcept
      : kind_(Kind::not_written), id_(refused.id), system_error_(refused.system_error) {}
  constexpr AppendOutcome(Unknown unknown) noexcept
      : kind_(Kind::unknown), position_(unknown.position), id_(unknown.id), system_error_(unknown.system_error) {}
  // NOLINTEND(google-explicit-constructor)

  template <class... Fs>
  constexpr auto match(Fs&&... cases) const {
    using Cases = detail::Overloaded<std::remove_cvref_t<Fs>...>;
    static_assert(HandlesCase<Cases, Acked<Level>>, "lifeboat: match lacks the case Acked<Level>: it is durable");
    static_assert(HandlesCase<Cases, NotWritten>, "lifeboat: match lacks the case NotWritten: it never will be there");
    static_assert(HandlesCase<Cases, Unknown>,
                  "lifeboat: match lacks the case Unknown: it may be there; ask fate, never pay again");
    if constexpr (HandlesCase<Cases, Acked<Level>> && HandlesCase<Cases, NotWritten> && HandlesCase<Cases, Unknown>) {
      Cases all{std::forward<Fs>(cases)...};
      switch (kind_) {
        case Kind::acked: return all(Acked<Level>{position_});
        case Kind::not_written: return all(NotWritten{id_, system_error_});
        case Kind::unknown: break;
      }
      return all(Unknown{position_, id_, system_error_});
    }
  }

 private:
  enum class Kind : std::uint8_t { acked, not_written, unknown };
  Kind kind_;
  Position position_{};
  ErrorId id_{};
  int system_error_ = 0;
};

/// What `submit` gives: a ticket to wait with, or nothing was written.
class [[nodiscard]] SubmitOutcome {
 public:
  // NOLINTBEGIN(google-explicit-constructor): both are outcomes
  constexpr SubmitOutcome(Position position) noexcept : taken_(true), position_(position) {}
  constexpr SubmitOutcome(NotWritten refused) noexcept : refused_(refused) {}
  // NOLINTEND(google-explicit-constructor)

  template <class... Fs>
  constexpr auto match(Fs&&... cases) const {
    using Cases = detail::Overloaded<std::remove_cvref_t<Fs>...>;
    static_assert(HandlesCase<Cases, Position>, "lifeboat: match lacks the case Position: wait with it");
    static_assert(HandlesCase<Cases, NotWritten>, "lifeboat: match lacks the case NotWritten: it never will be there");
    Cases all{std::forward<Fs>(cases)...};
    return taken_ ? all(position_) : all(refused_);
  }

 private:
  bool taken_ = false;
  Position position_{};
  NotWritten refused_{};
};

static_assert(std::is_trivially_copyable_v<AppendOutcome<LocalDurable>>);
static_assert(std::is_trivially_copyable_v<SubmitOutcome>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
