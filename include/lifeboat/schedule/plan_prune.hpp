// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <range/v3/range/conversion.hpp>
#include <range/v3/view/filter.hpp>
#include <range/v3/view/transform.hpp>

#include <lifeboat/core/result.hpp>
#include <lifeboat/schedule/clocks.hpp>
#include <lifeboat/schedule/prune_plan.hpp>

// How a prune is planned. Nothing here touches a medium.
namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// An archive on its way through the rules.
struct Candidate {
  const ArchiveRecord* record = nullptr;
  std::size_t window = 0;
  bool whole = false;  ///< it and all that it refers to is there
  Timestamp moment;    ///< by its clock, or by the next one whose clock is right; never after the reference
};

/// The rules, one after the other, on the windows of one chain.
template <class = void>
class RetentionRules {
 public:
  RetentionRules(const ChainView& chain, const Retention& retention) : retention_(retention) {
    for (const ArchiveRecord& record : chain.archives) {
      const std::size_t w = window_of(record);
      last_[w] = candidates_.size();
      candidates_.push_back({.record = &record, .window = w, .moment = {}});
      order_.emplace_back(record.facts.archive, candidates_.size() - 1);
    }
    std::sort(order_.begin(), order_.end());
    for (Candidate& c : candidates_) {
      c.whole = !c.record->lost;
      for (const ArchiveId& id : c.record->facts.refers_to) {
        const Candidate* referred = find(id);
        c.whole = c.whole && referred != nullptr && !referred->record->lost;
      }
    }
    find_doubtful();
  }

  /// Says of every window whether it goes. `trust` judges the clocks; only asked where an age is kept.
  void decide(const std::vector<ClockTrust>& trust) {
    const bool aged = retention_.age.has_value() && set_moments(trust);
    std::uint32_t kept = 0;
    std::size_t next = none;  // the next newer window that counts
    for (std::size_t w = windows_.size(); w-- > 0;) {
      WindowFate& fate = windows_[w].fate;
      if (w + 1 == windows_.size() || w == candidates_.back().window)
        fate = WindowFate::newest;
      else if (first_[w] >= doubtful_)
        fate = WindowFate::doubtful;
      else if (kept < retention_.windows)
        fate = WindowFate::counted;
      else if (retention_.age && !(aged && is_old(w, next)))
        fate = WindowFate::young;
      else
        fate = WindowFate::goes;
      if (counts(w)) {
        ++kept;
        next = w;
      }
    }
    keep_what_is_needed();
  }

  [[nodiscard]] PrunePlan plan() && {
    PrunePlan plan;
    for (const Candidate& c : candidates_) {
      PruneWindow& window = windows_[c.window];
      if (window.archives.empty()) window.oldest = c.record->facts.cut_ended;
      window.newest = c.record->facts.cut_ended;
      window.archives.push_back(c.record->facts.archive);
      window.stored_bytes += c.record->facts.stored_bytes;
      if (window.fate == WindowFate::goes) plan.bytes_freed += c.record->facts.stored_bytes;
    }
    const auto archives = [this](bool going) {
      return candidates_ | ranges::views::filter([this, going](const Candidate& c) { return goes(c) == going; });
    };
    const auto id = [](const Candidate& c) { return c.record->facts.archive; };
    plan.goes = archives(true) | ranges::views::transform(id) | ranges::to<std::vector>();
    plan.stays = archives(false) | ranges::views::transform(id) | ranges::to<std::vector>();
    plan.vanishing = archives(true) | ranges::views::filter([](const Candidate& c) { return c.whole; }) |
                     ranges::views::transform([](const Candidate& c) { return c.record->facts.cut_ended; }) |
                     ranges::to<std::vector>();
    plan.windows = std::move(windows_);
    return plan;
  }

 private:
  static constexpr std::size_t none = ~std::size_t{0};

  /// The newest windows are looked at first; a full begins one.
  std::size_t window_of(const ArchiveRecord& record) {
    if (record.facts.window != record.facts.archive)
      for (std::size_t w = windows_.size(); w-- > 0;)
        if (windows_[w].window == record.facts.window) return w;
    windows_.push_back({.window = record.facts.window, .archives = {}, .oldest = {}, .newest = {}});
    first_.push_back(candidates_.size());
    last_.push_back(candidates_.size());
    return windows_.size() - 1;
  }

  [[nodiscard]] bool goes(const Candidate& c) const { return windows_[c.window].fate == WindowFate::goes; }

  [[nodiscard]] const Candidate* find(const ArchiveId& id) const {
    const auto at = std::lower_bound(order_.begin(), order_.end(), std::pair{id, std::size_t{0}});
    return at == order_.end() || at->first != id ? nullptr : &candidates_[at->second];
  }

  /// From the first archive of a shrunken source on that nobody accepted, nothing counts, until a window that began
  /// with it or after it has been followed by another.
  void find_doubtful() {
    if (windows_.empty()) return;
    const std::size_t passed = windows_.size() < 2 ? none : first_[windows_.size() - 2];
    for (std::size_t i = candidates_.size(); i-- > 0;) {
      if (passed != none && i <= passed) break;
      const ArchiveRecord& record = *candidates_[i].record;
      if ((record.facts.flags & backup_flag::shrunken) != 0 && !record.shrunken_accepted) doubtful_ = i;
    }
  }

  /// Whether a window holds a recovery point that may be counted on.
  [[nodiscard]] bool counts(std::size_t w) const {
    for (std::size_t i = first_[w]; i <= last_[w] && i < doubtful_; ++i)
      if (candidates_[i].window == w && candidates_[i].whole) return true;
    return false;
  }

  /// False where no clock can be believed.
  bool set_moments(const std::vector<ClockTrust>& trust) {
    std::size_t newest = candidates_.size() < doubtful_ ? candidates_.size() : doubtful_;
    while (newest > 0 && trust[newest - 1] != ClockTrust::good) --newest;
    if (newest == 0) return false;
    now_ = candidates_[newest - 1].record->clock.wall;
    Timestamp moment = now_;
    for (std::size_t i = candidates_.size(); i-- > 0;) {
      const Timestamp wall = candidates_[i].record->clock.wall;
      if (i < newest && trust[i] == ClockTrust::good && wall <= now_) moment = wall;
      candidates_[i].moment = moment;
    }
    return true;
  }

  /// Whether a window's last archive is older than the kept time, and the archive that came in its place too: else it
  /// is what a moment within that time is restored from.
  [[nodiscard]] bool is_old(std::size_t w, std::size_t next) const {
    const auto age = [this](std::size_t i) { return seconds_between(candidates_[i].moment, now_); };
    return age(last_[w]) >= *retention_.age && next != none && age(first_[next]) >= *retention_.age;
  }

  /// Never a link of a chain that lives.
  void keep_what_is_needed() {
    for (bool changed = true; changed;) {
      changed = false;
      const auto keep = [&](const ArchiveId& id) {
        const Candidate* needed = find(id);
        if (needed == nullptr || !goes(*needed)) return;
        windows_[needed->window].fate = WindowFate::needed;
        changed = true;
      };
      for (const Candidate& c : candidates_) {
        if (goes(c)) continue;
        if (c.record->facts.has_base) keep(c.record->facts.base);
        for (const ArchiveId& id : c.record->facts.refers_to) keep(id);
      }
    }
  }

  const Retention& retention_;
  std::vector<PruneWindow> windows_;  // in the order of their first archives
  std::vector<std::size_t> first_;    // of each window: its first candidate
  std::vector<std::size_t> last_;
  std::vector<Candidate> candidates_;
  std::vector<std::pair<ArchiveId, std::size_t>> order_;
  std::size_t doubtful_ = none;
  Timestamp now_;
};

/// The refusal to measure ages, with the archives by name.
template <class = void>
Error clock_refusal(const ChainView& chain, const std::vector<ClockTrust>& trust) {
  std::string names;
  std::string options;
  std::size_t suspects = 0;
  std::size_t followers = 0;
  for (std::size_t i = 0; i < trust.size(); ++i) {
    followers += trust[i] == ClockTrust::follows ? 1U : 0U;
    if (trust[i] != ClockTrust::suspect) continue;
    const std::string id = to_hex(chain.archives[i].facts.archive.view()).substr(0, 12);
    if (++suspects <= 8) names.append(suspects == 1 ? "" : ", ").append(id);
    options.append(" --accept-clock ").append(id);
  }
  if (suspects > 8) names.append(" and ").append(std::to_string(suspects - 8)).append(" more");
  std::string sentence = "archive " + names + ": the clock had gone back, or further forward than the plan explains";
  if (followers != 0) sentence.append(", and stayed so for ").append(std::to_string(followers)).append(" more");
  sentence.append("; nothing is pruned by age until that is accepted by name");
  return Error{ErrorId::clock_suspect, std::move(sentence)}.next("lifeboat prune ..." + options).unchanged();
}

}  // namespace detail

/// Which recovery windows a retention lets go. Orders by position, never by names or the wall clock; no window goes
/// that is the newest, that a staying archive refers to, or that is among the newest `windows` with a whole archive.
/// `interval` is the longest time that the plan leaves between two backups; `accept_clock` names archives whose clock
/// is accepted with this plan.
/// Errors: retention_floor where nothing would be kept; config for a negative age; archive_unknown for an accepted one
/// that is not there; clock_suspect where an age is asked and a clock is suspect. Time: n log n.
template <class = void>
Result<PrunePlan> plan_prune(const ChainView& chain, const Retention& retention, std::chrono::seconds interval,
                             std::span<const ArchiveId> accept_clock = {}) {
  if (retention.windows == 0)
    return Error{ErrorId::retention_floor, "a retention that keeps no recovery window would leave nothing to restore"}
        .next("--keep-windows 1")
        .unchanged();
  if (retention.age && retention.age->count() < 0)
    return Error{ErrorId::config, "a retention can not keep a negative time"}.unchanged();
  for (const ArchiveId& id : accept_clock)
    if (chain.find(id) == nullptr)
      return Error{ErrorId::archive_unknown, "there is no archive " + to_hex(id.view()) + " to accept the clock of"}
          .next("lifeboat list")
          .unchanged();

  const std::vector<ClockTrust> trust = judge_clocks(chain, interval, accept_clock);
  if (retention.age && std::find(trust.begin(), trust.end(), ClockTrust::suspect) != trust.end())
    return detail::clock_refusal(chain, trust);

  PrunePlan plan;
  if (!chain.archives.empty()) {
    detail::RetentionRules rules(chain, retention);
    rules.decide(trust);
    plan = std::move(rules).plan();
  }
  plan.retention = retention;
  plan.interval = interval;
  for (std::size_t i = 0; i < trust.size(); ++i)
    if (trust[i] == ClockTrust::accepted && !chain.archives[i].clock_accepted)
      plan.clocks_accepted.push_back(chain.archives[i].generation);
  return plan;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
