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
/// The group is durable on the engine's own disk and on the standby's.
struct StandbyDurable {};

/// Durable at that level. In an outcome of a higher level, the one of a lower says that it is durable there, and that
/// nothing higher was heard of in time.
template <class Level>
struct Acked {
  Position position;
};

/// It is not in the journal and never will be. Of an append with a key: that was looked up first.
struct NotWritten {
  ErrorId id{};
  int system_error = 0;
};

/// It may be in the journal: `fate` answers once it was opened again. Never pay again on this. The position 0:0, of an
/// append with a key alone: nothing was written now, and whether it had been before can not be looked up.
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

/// It is in the journal: an append with this key came before, and was about the same payment. Or a reconciliation says
/// that it was paid before a disaster: the position is where it was then, and is above 0 only where a list had it; no
/// group may stand there any more, so the books of the engine may lack it.
struct Already {
  Position position;
};

/// It may have been paid before a disaster: nothing is written until a reconciliation says so.
struct InDoubt {};

namespace detail {

enum class OutcomeKind : std::uint8_t { acked, weaker, already, in_doubt, not_written, unknown };

/// What every outcome holds: small, and copied as bytes.
struct OutcomeData {
  OutcomeKind kind{};
  Position position{};
  ErrorId id{};
  int system_error = 0;
};

template <class Level>
inline constexpr bool has_weaker = !std::is_same_v<Level, LocalDurable>;

/// Opens an outcome where every case that it can have is handled.
template <class Level, bool once, class... Fs>
constexpr auto open_outcome(const OutcomeData& data, Fs&&... cases) {
  using Cases = Overloaded<std::remove_cvref_t<Fs>...>;
  constexpr bool weaker = !has_weaker<Level> || HandlesCase<Cases, Acked<LocalDurable>>;
  constexpr bool already = !once || (HandlesCase<Cases, Already> && HandlesCase<Cases, InDoubt>);
  static_assert(HandlesCase<Cases, Acked<Level>>, "lifeboat: match lacks the case Acked<Level>: it is durable");
  static_assert(weaker,
                "lifeboat: match lacks the case Acked<LocalDurable>: it is durable here, and nothing was heard of "
                "the standby in time");
  static_assert(already,
                "lifeboat: match lacks the case Already or InDoubt: the same payment came before, or may have "
                "been paid before a disaster");
  static_assert(HandlesCase<Cases, NotWritten>, "lifeboat: match lacks the case NotWritten: it never will be there");
  static_assert(HandlesCase<Cases, Unknown>,
                "lifeboat: match lacks the case Unknown: it may be there; ask fate, never pay again");
  if constexpr (HandlesCase<Cases, Acked<Level>> && weaker && already && HandlesCase<Cases, NotWritten> &&
                HandlesCase<Cases, Unknown>) {
    Cases all{std::forward<Fs>(cases)...};
    if (data.kind == OutcomeKind::acked) return all(Acked<Level>{data.position});
    if constexpr (has_weaker<Level>)
      if (data.kind == OutcomeKind::weaker) return all(Acked<LocalDurable>{data.position});
    if constexpr (once) {
      if (data.kind == OutcomeKind::already) return all(Already{data.position});
      if (data.kind == OutcomeKind::in_doubt) return all(InDoubt{});
    }
    if (data.kind == OutcomeKind::not_written) return all(NotWritten{data.id, data.system_error});
    return all(Unknown{data.position, data.id, data.system_error});
  }
}

}  // namespace detail

/// The outcome of an append at a level. It converts to nothing and is compared with nothing; `match` takes a callable
/// for each case, and does not compile where one is missing.
template <class Level>
class [[nodiscard]] AppendOutcome {
 public:
  // NOLINTBEGIN(google-explicit-constructor): each case is an outcome
  constexpr AppendOutcome(Acked<Level> acked) noexcept : data_{detail::OutcomeKind::acked, acked.position} {}
  constexpr AppendOutcome(Acked<LocalDurable> acked) noexcept requires(detail::has_weaker<Level>)
      : data_{detail::OutcomeKind::weaker, acked.position} {}
  constexpr AppendOutcome(NotWritten refused) noexcept
      : data_{detail::OutcomeKind::not_written, {}, refused.id, refused.system_error} {}
  constexpr AppendOutcome(Unknown unknown) noexcept
      : data_{detail::OutcomeKind::unknown, unknown.position, unknown.id, unknown.system_error} {}
  // NOLINTEND(google-explicit-constructor)

  template <class... Fs>
  constexpr auto match(Fs&&... cases) const {
    return detail::open_outcome<Level, false>(data_, std::forward<Fs>(cases)...);
  }

 private:
  detail::OutcomeData data_;
};

/// The outcome of an append of what has a key: the same, and that the payment is there already, or in doubt.
template <class Level>
class [[nodiscard]] AppendOnceOutcome {
 public:
  // NOLINTBEGIN(google-explicit-constructor): each case is an outcome
  constexpr AppendOnceOutcome(Acked<Level> acked) noexcept : data_{detail::OutcomeKind::acked, acked.position} {}
  constexpr AppendOnceOutcome(Acked<LocalDurable> acked) noexcept requires(detail::has_weaker<Level>)
      : data_{detail::OutcomeKind::weaker, acked.position} {}
  constexpr AppendOnceOutcome(Already already) noexcept : data_{detail::OutcomeKind::already, already.position} {}
  constexpr AppendOnceOutcome(InDoubt) noexcept : data_{detail::OutcomeKind::in_doubt} {}
  constexpr AppendOnceOutcome(NotWritten refused) noexcept
      : data_{detail::OutcomeKind::not_written, {}, refused.id, refused.system_error} {}
  constexpr AppendOnceOutcome(Unknown unknown) noexcept
      : data_{detail::OutcomeKind::unknown, unknown.position, unknown.id, unknown.system_error} {}
  // NOLINTEND(google-explicit-constructor)

  template <class... Fs>
  constexpr auto match(Fs&&... cases) const {
    return detail::open_outcome<Level, true>(data_, std::forward<Fs>(cases)...);
  }

 private:
  detail::OutcomeData data_;
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
static_assert(std::is_trivially_copyable_v<AppendOnceOutcome<StandbyDurable>>);
static_assert(std::is_trivially_copyable_v<SubmitOutcome>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
