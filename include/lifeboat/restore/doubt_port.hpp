// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <utility>

#include <lifeboat/core/guard.hpp>
#include <lifeboat/journal/once.hpp>
#include <lifeboat/restore/doubt.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A doubt window as append_once asks it. `StampOf` gives what the engine vouches for about a key, such as the epoch of
/// the token that it begins with; its texts are the caller's until it is called again by the same thread.
template <class StampOf>
requires std::is_invocable_r_v<Stamp, StampOf&, std::string_view>
class WindowDoubt final : public DoubtPort {
 public:
  /// The window outlives this.
  WindowDoubt(DoubtWindow& window, StampOf stamp_of) : window_(&window), stamp_of_(std::move(stamp_of)) {}

  /// True for what was paid by a reconciliation, too: nothing may be written for it.
  Result<bool> in_doubt(std::string_view key) override {
    LIFEBOAT_TRY(const DoubtAnswer answer, ask(key));
    return answer.match([](Known) { return true; }, [](New) { return false; }, [](InDoubt) { return true; });
  }
  Result<std::optional<Position>> paid(std::string_view key) override {
    LIFEBOAT_TRY(const DoubtAnswer answer, ask(key));
    return answer.match([](Known known) { return std::optional(known.position.value_or(Position{})); },
                        [](New) { return std::optional<Position>(); },
                        [](InDoubt) { return std::optional<Position>(); });
  }

 private:
  Result<DoubtAnswer> ask(std::string_view key) {
    LIFEBOAT_TRY(const Stamp stamp, guarded("the engine's stamp of a key", [&] { return stamp_of_(key); }));
    return window_->ask(key, stamp);
  }

  DoubtWindow* window_;
  StampOf stamp_of_;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
