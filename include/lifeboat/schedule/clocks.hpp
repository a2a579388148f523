// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include <lifeboat/archive/chain_view.hpp>
#include <lifeboat/core/elapsed.hpp>

// Which archives were made while the clock may have been wrong.
namespace lifeboat::inline LIFEBOAT_ABI {

/// How the clock of an archive is judged.
enum class ClockTrust : std::uint8_t {
  good,
  accepted,  ///< it stepped, and was accepted by name
  suspect,   ///< it stepped: back, or forward by more than the interval and a day
  follows,   ///< consistent with a suspect one before it: judged with that one
};

/// That many intervals; never negative, and the largest there is where they do not fit.
constexpr std::chrono::seconds intervals(std::chrono::seconds interval, std::size_t count) noexcept {
  using Range = std::numeric_limits<std::int64_t>;
  std::int64_t product = 0;
  if (interval.count() < 0) return std::chrono::seconds(0);
  if (__builtin_mul_overflow(interval.count(), count, &product)) return std::chrono::seconds(Range::max());
  return std::chrono::seconds(product);
}

/// Whether `later` may well come after `earlier`: its wall clock did not go back, nor forward by more than the interval
/// and a day; or the boot clock, which nobody sets, tells of the same step, but for two minutes and a thousandth of
/// the time, by which a wall clock is adjusted.
constexpr bool clock_agrees(const ClockReading& earlier, const ClockReading& later,
                            std::chrono::seconds interval) noexcept {
  const std::chrono::seconds step = seconds_between(earlier.wall, later.wall);
  if (step.count() >= 0 && step - std::chrono::hours(24) <= intervals(interval, 1)) return true;
  const auto booted = booted_between(earlier, later);
  if (!booted) return false;
  const std::chrono::seconds slack = std::chrono::minutes(2) + *booted / 1000;
  return step >= *booted - slack && step <= *booted + slack;
}

/// Judges every clock of a chain, oldest first; `accept` names archives that are accepted beside those that were.
/// `interval` is the longest time that the plan leaves between two backups. An archive is good when it agrees with the
/// newest one before it that is good, an interval for each archive between, or with the newest one before it that was
/// accepted; so one backup with a wrong clock is suspect alone, and not those after it, whose clock is right again.
template <class = void>
std::vector<ClockTrust> judge_clocks(const ChainView& chain, std::chrono::seconds interval,
                                     std::span<const ArchiveId> accept = {}) {
  constexpr std::size_t none = ~std::size_t{0};
  std::vector<ClockTrust> trust;
  std::size_t good = none;
  std::size_t accepted = none;
  for (std::size_t i = 0; i < chain.archives.size(); ++i) {
    const ArchiveRecord& record = chain.archives[i];
    const auto agrees = [&](std::size_t with) {
      return with != none && clock_agrees(chain.archives[with].clock, record.clock, intervals(interval, i - with));
    };
    const auto named = [&] { return std::find(accept.begin(), accept.end(), record.facts.archive) != accept.end(); };
    if (good == none || agrees(good)) {
      trust.push_back(ClockTrust::good);
      good = i;
    } else if (record.clock_accepted || named()) {
      trust.push_back(ClockTrust::accepted);
      accepted = i;
    } else if (agrees(accepted)) {
      trust.push_back(ClockTrust::good);
      good = i;  // the step was right, and the clock goes on from there
    } else {
      const bool with_before = trust.back() == ClockTrust::suspect || trust.back() == ClockTrust::follows;
      trust.push_back(with_before && agrees(i - 1) ? ClockTrust::follows : ClockTrust::suspect);
    }
  }
  return trust;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
