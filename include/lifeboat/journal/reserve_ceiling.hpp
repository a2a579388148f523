// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>

#include <lifeboat/journal/reservation.hpp>
#include <lifeboat/journal/sequence_ceiling.hpp>

// How a ceiling comes to a copy, whichever it is (docs/failover.md, section 3): it is held to, and promised in the
// writer's folder, before it can stand there.
namespace lifeboat::inline LIFEBOAT_ABI {

/// In a writer's folder: what it promised last to this copy.
constexpr const char* promised_name(CeilingCopy copy) noexcept {
  return copy == CeilingCopy::standby  ? promised_standby_name
         : copy == CeilingCopy::medium ? promised_medium_name
                                       : promised_replica_name;
}

/// Promises `groups` to a copy, until `now` and `lasts` later: in this process, and durably for one that comes after
/// it. What comes out may be put at the copy; none: nothing is reserved. Errors: medium_io, medium_full.
template <class = void>
Result<std::optional<Reservation>> promise_ceiling(SequenceCeiling& ceiling, CeilingCopy copy,
                                                   const std::string& journal, std::uint64_t groups,
                                                   const Timestamp& now, std::chrono::seconds lasts) {
  const auto ends = std::chrono::steady_clock::now() + lasts;
  const std::optional<Position> upto = ceiling.promise(copy, groups, ends);
  if (!upto) return std::optional<Reservation>();
  const Reservation what{*upto, {now.seconds + lasts.count(), now.nanoseconds}};
  // Until it is known which of them stands at the copy, the lowest is held to, and for as long as any does.
  const auto held = ceiling.held_of(copy);
  Reservation kept = what;
  kept.upto.sequence = std::min(kept.upto.sequence, held.upto);
  if (held.until > ends) kept.until.seconds += std::chrono::ceil<std::chrono::seconds>(held.until - ends).count();
  if (const Status written = write_reservation(journal, promised_name(copy), kept); !written) {
    ceiling.withdraw(copy, ends);
    return written.error();
  }
  return std::optional(what);
}

/// A promise stands at the copy, and none from before it does: it alone is held to. Errors: medium_io, medium_full;
/// a process that comes after this one then holds to the lowest.
template <class = void>
Status confirm_ceiling(SequenceCeiling& ceiling, CeilingCopy copy, const std::string& journal,
                       const Reservation& what) {
  Status written = write_reservation(journal, promised_name(copy), what);
  ceiling.confirm(copy);
  return written;
}

/// Promises, puts it at the copy by `put`, and confirms. `put(what)` says as a Result<bool> whether `what` alone stands
/// there now. Errors: those of the two above, and of `put`.
template <class Put>
Status reserve_ceiling(SequenceCeiling& ceiling, CeilingCopy copy, const std::string& journal, std::uint64_t groups,
                       const Timestamp& now, std::chrono::seconds lasts, const Put& put) {
  LIFEBOAT_TRY(const std::optional<Reservation> what, promise_ceiling(ceiling, copy, journal, groups, now, lasts));
  if (!what) return ok();
  LIFEBOAT_TRY(const bool alone, put(*what));
  return alone ? confirm_ceiling(ceiling, copy, journal, *what) : ok();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
