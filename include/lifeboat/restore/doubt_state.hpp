// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <lifeboat/core/function_ref.hpp>
#include <lifeboat/journal/frame.hpp>
#include <lifeboat/record/schema_bytes.hpp>
#include <lifeboat/restore/doubt_answer.hpp>
#include <lifeboat/restore/doubt_records.hpp>
#include <lifeboat/restore/went_live.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What the records of doubt say, in memory: fed with them in their order, it answers. No clock is asked, so time
/// closes nothing. One thread at a time. Memory: some 250 bytes for each key that is listed or has a verdict.
template <class = void>
class BasicDoubtState {
 public:
  void apply(const DoubtOpened& record) {
    fresh_epoch_ = std::max(fresh_epoch_, record.fresh_epoch);
    if (record.basis == LossBasis::zero) {
      nothing_lost_.push_back(record);
      return;
    }
    windows_.push_back({record, {}, false});
    next_window_ = std::max(next_window_, record.window + 1);
  }
  void apply(const DoubtListed& record) {
    if (Window* window = find_window(record.window))
      window->listed.insert_or_assign(std::string(record.key.view()), record);
  }
  void apply(const DoubtListEnd& record) {
    if (Window* window = find_window(record.window)) window->whole = window->listed.size() == record.keys;
  }
  void apply(const DoubtVerdict& record) {
    pending_[record.closing].push_back(record);
    next_closing_ = std::max(next_closing_, record.closing + 1);
  }
  /// A closing whose verdicts are not all there closes nothing.
  void apply(const DoubtClosed& record) {
    next_closing_ = std::max(next_closing_, record.closing + 1);
    const std::vector<DoubtVerdict> verdicts = take_pending(record.closing);
    if (verdicts.size() != record.verdicts) return;
    for (const DoubtVerdict& verdict : verdicts) note(verdict, record);
    closings_.push_back(record);
    const std::string name(record.name.view());
    for (std::uint32_t window = record.first; window <= record.last && window < next_window_; ++window) {
      if (record.kind == ClosingKind::client) clients_[name].push_back(window);
      if (record.kind == ClosingKind::rail) rails_[name].push_back(window);
      if (record.kind == ClosingKind::counter) raise_counter(name, window, record.counter);
    }
  }
  void apply(const WentLive& record) {
    fresh_epoch_ = std::max(fresh_epoch_, record.epoch);
    went_live_.push_back(record);
  }
  /// A record as a journal has it; what is no record of doubt is left aside. False where its bytes break a rule, or a
  /// later version wrote it: what it says could close or open something.
  bool apply(const StoredRecord& record) {
    const bool later = record.number > record_number<WentLive>() && record.number <= doubt_record_last;
    return !later && try_apply<DoubtOpened>(record) && try_apply<DoubtListed>(record) &&
           try_apply<DoubtListEnd>(record) && try_apply<DoubtVerdict>(record) && try_apply<DoubtClosed>(record) &&
           try_apply<WentLive>(record);
  }

  /// About a key that is not known otherwise. `unwritten`: losses beside those that were fed; nobody knows their lists.
  [[nodiscard]] DoubtAnswer ask(std::string_view key, const Stamp& stamp,
                                std::span<const DoubtOpened> unwritten = {}) const {
    const auto found = verdicts_.find(key);
    const Verdicts* verdicts = found == verdicts_.end() ? nullptr : &found->second;
    if (verdicts != nullptr && verdicts->paid) return Known{listed_at(key)};
    for (const DoubtOpened& loss : unwritten)
      if (!stamp.epoch || *stamp.epoch < loss.fresh_epoch) return InDoubt{};
    for (const Window& window : windows_)
      if (!clears(window, key, stamp, verdicts)) return InDoubt{};
    return New{};
  }

  /// The keys that are listed and were neither paid nor not, in the order of their text.
  void each_open(FunctionRef<void(const DoubtListed&)> each) const {
    for (const Window& window : windows_)
      for (const auto& [key, listed] : window.listed) {
        const auto found = verdicts_.find(key);
        const bool closed =
            found != verdicts_.end() && (found->second.paid || has(found->second.not_paid, window.opened.window));
        if (!closed) each(listed);
      }
  }

  /// Each window in order, with how many keys it lists and whether that is all of its list.
  void each_window(FunctionRef<void(const DoubtOpened&, std::uint64_t listed, bool whole)> each) const {
    for (const Window& window : windows_) each(window.opened, window.listed.size(), window.whole);
  }
  [[nodiscard]] const DoubtOpened* window_of(std::uint32_t number) const noexcept {
    const Window* window = find_window(number);
    return window == nullptr ? nullptr : &window->opened;
  }
  /// Whether two openings are of one loss and before one epoch.
  [[nodiscard]] static bool same_opening(const DoubtOpened& a, const DoubtOpened& b) noexcept {
    return same_loss(a, b) && a.fresh_epoch == b.fresh_epoch;
  }
  /// The window of a loss that was opened already, maybe without all of its list; 0: none.
  [[nodiscard]] std::uint32_t window_like(const DoubtOpened& loss) const noexcept {
    for (const Window& window : windows_)
      if (same_opening(window.opened, loss)) return window.opened.window;
    return 0;
  }
  /// The windows of the same loss before an earlier epoch whose lists were not brought to an end.
  [[nodiscard]] std::vector<std::uint32_t> unfinished_before(const DoubtOpened& loss) const {
    std::vector<std::uint32_t> found;
    for (const Window& window : windows_)
      if (same_loss(window.opened, loss) && window.opened.fresh_epoch < loss.fresh_epoch && !window.whole)
        found.push_back(window.opened.window);
    return found;
  }
  [[nodiscard]] bool list_is_whole(std::uint32_t number) const noexcept {
    const Window* window = find_window(number);
    return window != nullptr && window->whole;
  }
  [[nodiscard]] bool lists(std::uint32_t number, std::string_view key) const {
    const Window* window = find_window(number);
    return window != nullptr && window->listed.contains(key);
  }
  [[nodiscard]] std::uint64_t list_size(std::uint32_t number) const noexcept {
    const Window* window = find_window(number);
    return window == nullptr ? 0 : window->listed.size();
  }
  /// What was stated to be no loss.
  [[nodiscard]] const std::vector<DoubtOpened>& nothing_lost() const noexcept { return nothing_lost_; }
  [[nodiscard]] bool states_nothing_lost(const DoubtOpened& loss) const noexcept {
    return std::any_of(nothing_lost_.begin(), nothing_lost_.end(),
                       [&](const DoubtOpened& known) { return same_opening(known, loss); });
  }
  /// The newest epoch whose beginning is recorded here, with a loss or without; 0: none is.
  [[nodiscard]] std::uint64_t fresh_epoch() const noexcept { return fresh_epoch_; }
  [[nodiscard]] std::size_t windows() const noexcept { return windows_.size(); }
  [[nodiscard]] std::uint32_t last_window() const noexcept { return next_window_ - 1; }
  [[nodiscard]] std::uint32_t next_closing() const noexcept { return next_closing_; }
  [[nodiscard]] const std::vector<DoubtClosed>& closings() const noexcept { return closings_; }
  /// Each time that the journal went live as a copy, in order.
  [[nodiscard]] const std::vector<WentLive>& went_live() const noexcept { return went_live_; }
  [[nodiscard]] bool is_paid(std::string_view key) const {
    const auto found = verdicts_.find(key);
    return found != verdicts_.end() && found->second.paid;
  }
  /// Forgets the verdicts of closings that never came: their writer is gone.
  void drop_pending() noexcept { pending_.clear(); }

 private:
  struct Window {
    DoubtOpened opened;
    std::map<std::string, DoubtListed, std::less<>> listed;
    bool whole = false;
  };
  /// By window, but for `paid`, which is so for ever.
  struct Verdicts {
    bool paid = false;
    std::vector<std::uint32_t> not_paid;
    std::vector<std::uint32_t> claimed;
    std::vector<std::uint32_t> pending;
  };
  struct Counter {
    std::uint32_t window = 0;
    std::uint64_t highest = 0;
  };

  static bool same_loss(const DoubtOpened& a, const DoubtOpened& b) noexcept {
    return a.basis == b.basis && a.after_epoch == b.after_epoch && a.after_sequence == b.after_sequence &&
           a.ceiling_epoch == b.ceiling_epoch && a.ceiling_sequence == b.ceiling_sequence;
  }
  static bool has(const std::vector<std::uint32_t>& windows, std::uint32_t window) noexcept {
    return std::find(windows.begin(), windows.end(), window) != windows.end();
  }
  template <class Map>
  static bool has_window(const Map& map, std::string_view name, std::uint32_t window) noexcept {
    if (name.empty()) return false;
    const auto found = map.find(name);
    return found != map.end() && has(found->second, window);
  }

  /// Where a key was that a list has.
  [[nodiscard]] std::optional<Position> listed_at(std::string_view key) const {
    for (const Window& window : windows_)
      if (const auto found = window.listed.find(key); found != window.listed.end() && found->second.sequence != 0)
        return Position{found->second.epoch, found->second.sequence};
    return std::nullopt;
  }

  /// Whether this window leaves no doubt about a key that was not found paid.
  [[nodiscard]] bool clears(const Window& window, std::string_view key, const Stamp& stamp,
                            const Verdicts* verdicts) const {
    const std::uint32_t number = window.opened.window;
    if (verdicts != nullptr && has(verdicts->not_paid, number)) return true;
    if (verdicts != nullptr && has(verdicts->pending, number)) return false;
    if (has_window(rails_, stamp.rail, number)) return true;  // it is not in the rail's account
    if (window.listed.contains(key)) return false;
    if (stamp.epoch && *stamp.epoch >= window.opened.fresh_epoch) return true;
    if (stamp.counter && above_counter(stamp.client, number, *stamp.counter)) return true;
    if (verdicts != nullptr && has(verdicts->claimed, number)) return false;
    if (has_window(clients_, stamp.client, number)) return true;  // the client says that it did not send it
    const bool exact = window.opened.basis == LossBasis::listed || window.opened.basis == LossBasis::undone;
    return exact && window.whole;
  }

  [[nodiscard]] bool above_counter(std::string_view client, std::uint32_t window, std::uint64_t counter) const {
    const auto found = counters_.find(client);
    if (client.empty() || found == counters_.end()) return false;
    for (const Counter& known : found->second)
      if (known.window == window) return counter > known.highest;
    return false;
  }
  void raise_counter(const std::string& client, std::uint32_t window, std::uint64_t highest) {
    for (Counter& known : counters_[client])
      if (known.window == window) {
        known.highest = std::max(known.highest, highest);
        return;
      }
    counters_[client].push_back({window, highest});
  }

  void note(const DoubtVerdict& verdict, const DoubtClosed& closing) {
    Verdicts& known = verdicts_[std::string(verdict.key.view())];
    if (verdict.verdict == KeyVerdict::paid) known.paid = true;
    for (std::uint32_t window = closing.first; window <= closing.last && window < next_window_; ++window) {
      if (verdict.verdict == KeyVerdict::not_paid) known.not_paid.push_back(window);
      if (verdict.verdict == KeyVerdict::claimed) known.claimed.push_back(window);
      if (verdict.verdict == KeyVerdict::pending) known.pending.push_back(window);
    }
  }

  std::vector<DoubtVerdict> take_pending(std::uint32_t closing) {
    std::vector<DoubtVerdict> taken;
    if (const auto found = pending_.find(closing); found != pending_.end()) {
      taken = std::move(found->second);
      pending_.erase(found);
    }
    return taken;
  }

  [[nodiscard]] const Window* find_window(std::uint32_t number) const noexcept {
    for (const Window& window : windows_)
      if (window.opened.window == number) return &window;
    return nullptr;
  }
  Window* find_window(std::uint32_t number) noexcept {
    return const_cast<Window*>(std::as_const(*this).find_window(number));
  }

  template <class R>
  bool try_apply(const StoredRecord& record) {
    if (record.number != record_number<R>()) return true;
    if (record.version != record_version<R>()) return false;
    const std::optional<R> read = decode_record<R>(record.bytes);
    if (read) apply(*read);
    return read.has_value();
  }

  std::vector<Window> windows_;
  std::map<std::string, Verdicts, std::less<>> verdicts_;
  std::map<std::string, std::vector<std::uint32_t>, std::less<>> clients_;
  std::map<std::string, std::vector<std::uint32_t>, std::less<>> rails_;
  std::map<std::string, std::vector<Counter>, std::less<>> counters_;
  std::map<std::uint32_t, std::vector<DoubtVerdict>> pending_;
  std::vector<DoubtClosed> closings_;
  std::vector<WentLive> went_live_;
  std::vector<DoubtOpened> nothing_lost_;
  std::uint64_t fresh_epoch_ = 0;
  std::uint32_t next_window_ = 1;
  std::uint32_t next_closing_ = 1;
};
using DoubtState = BasicDoubtState<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
