// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>

#include <lifeboat/archive/chain_entry.hpp>
#include <lifeboat/schedule/retention.hpp>
#include <lifeboat/strategy/limits.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What is done how often, and what is kept. A value: `prove<Pipeline>(plan, objectives)` asks at compile time whether
/// it keeps what was promised. An interval of zero means never.
struct Plan {
  std::chrono::seconds backup_every = std::chrono::hours(1);
  std::chrono::seconds full_every = std::chrono::hours(7 * 24);
  std::chrono::seconds verify_every = std::chrono::hours(24);
  Depth verify_depth = Depth::digests;
  std::chrono::seconds sync_every{0};
  std::chrono::seconds verify_sync_every = std::chrono::hours(24);  ///< a copy is compared with what it was made from
  std::chrono::seconds journal_every{
      60};  ///< a journal goes to the medium, and to its copy, at least so often: its segments when they are closed
  std::chrono::seconds retry_every = std::chrono::minutes(5);  ///< after an attempt that failed
  Retention keep{};
  Limits limits{};
};

/// The longest time that this plan leaves between two backups: what a clock is judged by.
constexpr std::chrono::seconds longest_interval(const Plan& plan) noexcept {
  return plan.backup_every.count() > 0 ? plan.backup_every : plan.full_every;
}

/// The limits that a strategy is asked with: those of the plan, its fulls when they are due, by this clock.
constexpr Limits limits_at(const Plan& plan, const ClockReading& now) noexcept {
  Limits limits = plan.limits;
  limits.now = now;
  if (plan.full_every.count() > 0 && plan.full_every < limits.oldest_full) limits.oldest_full = plan.full_every;
  return limits;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
