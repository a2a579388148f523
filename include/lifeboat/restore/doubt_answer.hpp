// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string_view>

#include <lifeboat/journal/outcome.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// It was paid: at that position, or by what a reconciliation says, which has one only of a key that was listed.
struct Known {
  std::optional<Position> position;
};
/// It provably came behind every loss, or a reconciliation says that it was not paid: pay it.
struct New {};

/// What the engine itself vouches for, beside a key. What a client merely says does not belong here.
struct Stamp {
  std::optional<std::uint64_t> epoch{};    ///< of the token that the engine handed out for this payment
  std::string_view client{};               ///< who asks; empty: not known
  std::optional<std::uint64_t> counter{};  ///< the client's own, which rises with each payment
  std::string_view rail{};                 ///< where payments with this key go, now as before the loss; empty: unsaid
};

/// The answer about a key; opened by `match` alone, and does not compile where a case is missing.
class [[nodiscard]] DoubtAnswer {
 public:
  // NOLINTBEGIN(google-explicit-constructor): each case is an answer
  constexpr DoubtAnswer(Known known) noexcept : kind_(Kind::known), position_(known.position) {}
  constexpr DoubtAnswer(New) noexcept : kind_(Kind::fresh) {}
  constexpr DoubtAnswer(InDoubt) noexcept : kind_(Kind::in_doubt) {}
  // NOLINTEND(google-explicit-constructor)

  template <class... Fs>
  constexpr auto match(Fs&&... cases) const {
    using Cases = detail::Overloaded<std::remove_cvref_t<Fs>...>;
    static_assert(HandlesCase<Cases, Known>, "lifeboat: match lacks the case Known: it was paid");
    static_assert(HandlesCase<Cases, New>, "lifeboat: match lacks the case New: it was not");
    static_assert(HandlesCase<Cases, InDoubt>,
                  "lifeboat: match lacks the case InDoubt: it may have been paid; never pay on this");
    if constexpr (HandlesCase<Cases, Known> && HandlesCase<Cases, New> && HandlesCase<Cases, InDoubt>) {
      Cases all{std::forward<Fs>(cases)...};
      switch (kind_) {
        case Kind::known: return all(Known{position_});
        case Kind::fresh: return all(New{});
        case Kind::in_doubt: break;
      }
      return all(InDoubt{});
    }
  }

 private:
  enum class Kind : std::uint8_t { known, fresh, in_doubt };
  Kind kind_;
  std::optional<Position> position_{};
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
