// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <string_view>

#include <lifeboat/medium/medium.hpp>
#include <lifeboat/schedule/plan.hpp>
#include <lifeboat/strategy/strategy.hpp>
#include <lifeboat/sync/sync.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What was promised.
struct Objectives {
  std::chrono::seconds rpo = std::chrono::hours(24);  ///< how much may be lost, as time; zero: nothing acknowledged
  std::chrono::seconds rto{0};                        ///< how long until service; zero: not promised
  std::chrono::seconds restore_takes{0};              ///< as measured by a restore or a drill; zero: unmeasured
};

/// Declared and never defined: the sentence at its call is what the compiler prints.
const char* objective_not_met(const char* sentence_with_its_cures);

namespace detail {

/// How long a window grows until a full begins the next.
constexpr std::chrono::seconds full_cycle(StrategyId strategy, const Plan& plan) noexcept {
  if (strategy == StrategyId::full) return plan.backup_every;
  if (plan.full_every.count() <= 0 || plan.backup_every.count() <= 0) return plan.full_every;
  const std::int64_t archives = plan.full_every / plan.backup_every;
  return archives < plan.limits.longest_chain ? plan.full_every : plan.backup_every * plan.limits.longest_chain;
}

/// The time between two moments of which a copy exists; zero where there never is one.
constexpr std::chrono::seconds copy_every(const Plan& plan, bool replicated, bool journaled) noexcept {
  std::chrono::seconds every = plan.backup_every;
  const auto also = [&](std::chrono::seconds other) {
    if (other.count() > 0 && (every.count() <= 0 || other < every)) every = other;
  };
  if (replicated) also(plan.sync_every);
  if (journaled) also(plan.journal_every);
  return every;
}

/// The first rule that a plan breaks, told by `tell`; null where it breaks none. Each sentence stands on one line with
/// its call, because compilers print the line of a call that is not constant.
template <class P, class Tell>
constexpr const char* first_unmet(const Plan& plan, const Objectives& objectives, Tell tell) {
  using Y = typename P::sync_type;
  using S = typename P::strategy_type;
  constexpr StrategyId strategy = S::id;
  const auto every = copy_every(plan, replicates<Y>(), Y::has_log);
  const auto cycle = full_cycle(strategy, plan);
  constexpr Capabilities medium = P::medium_type::capabilities;
  constexpr bool one_place = acknowledging_domains<Y>() < 2;
  const bool by_count = plan.keep.windows >= 2;
  const bool by_age = plan.keep.age && *plan.keep.age >= (strategy == StrategyId::full ? cycle : 2 * cycle);

  // clang-format off
  if (objectives.rpo.count() <= 0 && !replicates<Y>())
    return tell("lifeboat: RPO 0 without a sync: a backup lacks what came later; use a sync with a log, or give .rpo");
  if (objectives.rpo.count() <= 0 && !Y::has_log)
    return tell("lifeboat: RPO 0 by a timestamp sync: it lacks what came later; use one with a log, or give .rpo");
  if (objectives.rpo.count() <= 0 && one_place)
    return tell("lifeboat: RPO 0 in a single failure domain: acknowledge on a standby elsewhere, or give .rpo");
  if (!medium.durable && !medium.at_run_time)
    return tell("lifeboat: a medium that is not durable keeps no objective: what it holds ends with it; use Disk");
  if (one_place && every.count() <= 0)
    return tell("lifeboat: an RPO, and a plan that never copies: give .backup_every, or .sync_every and a sync");
  if (one_place && objectives.rpo < every)
    return tell("lifeboat: RPO below the interval: lower .backup_every, .sync_every or .journal_every, or raise .rpo");
  if (plan.backup_every.count() > 0 && strategy != StrategyId::full && plan.full_every.count() <= 0)
    return tell("lifeboat: an incremental with no full in its plan: give .full_every, or use the strategy Full");
  if (plan.keep.windows == 0)
    return tell("lifeboat: a retention that keeps no window leaves nothing: give .keep.windows of 2 or more");
  if (plan.backup_every.count() > 0 && !by_count && !by_age)
    return tell("lifeboat: retention is shorter than one full cycle plus the longest chain: raise .keep.windows");
  if (objectives.rto.count() > 0 && objectives.restore_takes.count() <= 0)
    return tell("lifeboat: the RTO is unmeasured, which is never a pass: restore once, and give .restore_takes");
  if (objectives.rto.count() > 0 && objectives.restore_takes > objectives.rto)
    return tell("lifeboat: the RTO is below what a restore was measured to take: speed it up, or raise .rto");
  // clang-format on
  return nullptr;
}

}  // namespace detail

/// Why a plan does not keep the objectives with this pipeline, and the cures; empty where it does. What a strategy
/// chosen at run time may be is asked as for its default.
template <class P>
constexpr std::string_view unmet(const Plan& plan, const Objectives& objectives) noexcept {
  const char* sentence = detail::first_unmet<P>(plan, objectives, [](const char* s) { return s; });
  return sentence == nullptr ? std::string_view() : std::string_view(sentence);
}

/// Whether a plan keeps the objectives with this pipeline.
template <class P>
constexpr bool meets(const Plan& plan, const Objectives& objectives) noexcept {
  return unmet<P>(plan, objectives).empty();
}

/// The same at compile time: true, or it does not compile and the compiler prints the sentence with its cures.
template <class P>
consteval bool prove(Plan plan, Objectives objectives) {
  return detail::first_unmet<P>(plan, objectives, objective_not_met) == nullptr;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
