// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mutex>
#include <thread>

#include <lifeboat/core/clock.hpp>
#include <lifeboat/restore/doubt_follower.hpp>
#include <lifeboat/restore/doubt_log.hpp>
#include <lifeboat/restore/loss.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// How a doubt window is opened.
struct DoubtConfig {
  std::string folder{};      ///< a journal of its own
  bool create = false;       ///< makes it where it is not there: the first time, and never again
  std::uint64_t above = 0;   ///< a new one begins above this epoch: of one that was lost, which a medium still has
  KeysPort* keys = nullptr;  ///< asked first, where there are some; outlives the window
  const ClockPort* clock = nullptr;
  RandomPort* random = nullptr;
};

/// After a loss, possible loss or undoing: whether a key that nobody knows may be paid. Every loss opens a window; a
/// reconciliation closes keys in it, and nothing else does. Any thread. Everything that opens or closes is durable when
/// it returns. Any number of processes may have one folder open: each writes in it alone for a moment, and when that
/// returns all of them answer by it.
template <class = void>
class BasicDoubtWindow {
 public:
  /// Errors: object_missing (it is not there, and `create` is not set), config, busy (somebody writes it, for longer
  /// than DoubtLog::patience), corrupt, format_version, medium_io, medium_full.
  static Result<std::unique_ptr<BasicDoubtWindow>> open(const DoubtConfig& config) {
    auto window = std::unique_ptr<BasicDoubtWindow>(new BasicDoubtWindow(config));
    LIFEBOAT_TRY([[maybe_unused]] const DoubtLog log, window->begin());
    window->config_.create = false;
    return window;
  }

  /// About a key, and what the engine vouches for beside it. Errors: those of the keys and of DoubtFollower::look;
  /// nothing may be paid on them.
  Result<DoubtAnswer> ask(std::string_view key, const Stamp& stamp = {}) {
    LIFEBOAT_CHECK(check_key(key));
    LIFEBOAT_CHECK(guard_.check("the doubt window"));  // a child does not hear of what its parent opens
    if (config_.keys != nullptr) {
      LIFEBOAT_TRY(const std::optional<KnownKey> known, config_.keys->find(key));
      if (known) return DoubtAnswer(Known{known->position});
    }
    LIFEBOAT_CHECK(followed_.look_again());
    return followed_.with([&](const DoubtState& state) { return state.ask(key, stamp, unwritten_); });
  }

  /// Opens a window for a loss, with the payments that are known to be lost or undone; its number, or 0 for a loss
  /// that is none: that is recorded, and no window opens. The same loss again goes on with the window that it has. What
  /// is in doubt is so at once, also where this ends with an error. Errors: usage (a loss that can not be), and those
  /// of the log.
  Result<std::uint32_t> open_window(const Loss& loss, std::span<const StatementLine> listed = {}) {
    LIFEBOAT_CHECK(detail::check_loss(loss, listed));
    LIFEBOAT_TRY(DoubtOpened opened, detail::loss_record(loss, now()));
    LIFEBOAT_TRY(std::vector<DoubtListed> records, detail::listed_records(listed));
    const std::lock_guard one(writing_);
    if (loss.basis == LossBasis::zero) return record_none(opened);
    followed_.with([&](const DoubtState& state) {
      const auto same = [&](const DoubtOpened& other) { return DoubtState::same_opening(other, opened); };
      if (state.window_like(opened) == 0 && std::none_of(unwritten_.begin(), unwritten_.end(), same))
        unwritten_.push_back(opened);
    });
    LIFEBOAT_TRY(DoubtLog log, begin());
    std::uint32_t last = 0;
    std::vector<std::uint32_t> unfinished;
    followed_.with([&](const DoubtState& state) {
      opened.window = state.window_like(opened);
      unfinished = state.unfinished_before(opened);
      last = state.last_window();
    });
    if (opened.window == 0) {
      opened.window = last + 1;
      LIFEBOAT_CHECK(log.put(opened));
      LIFEBOAT_CHECK(followed_.look_to(log.last()));
    }
    followed_.with([&](const DoubtState& state) {
      std::erase_if(unwritten_, [&](const DoubtOpened& other) { return state.window_like(other) != 0; });
    });
    LIFEBOAT_CHECK(list(log, opened.window, records));
    // An earlier attempt in an epoch of its own came to no end: what it did not list would be in doubt for ever.
    for (const std::uint32_t window : unfinished) LIFEBOAT_CHECK(list(log, window, records));
    LIFEBOAT_CHECK(told(log));
    return opened.window;
  }

  /// Notes that the journal went live as a copy, and who decided it. Errors: those of the log.
  Status note_live(const WentLive& live) {
    const std::lock_guard one(writing_);
    LIFEBOAT_TRY(DoubtLog log, begin());
    LIFEBOAT_CHECK(log.put(live));
    return told(log);
  }

  /// Closes one key, in every window there is. Errors: usage, evidence (it was settled as paid), and those of the log.
  Status close_key(std::string_view key, KeyVerdict verdict, const Evidence& evidence) {
    LIFEBOAT_CHECK(check_key(key));
    LIFEBOAT_TRY(DoubtClosed closed, detail::closing_record(ClosingKind::key, key, evidence, now()));
    if (verdict != KeyVerdict::paid && verdict != KeyVerdict::not_paid)
      return Error{ErrorId::usage, "a key is closed as paid or as not paid"}.unchanged();
    const std::lock_guard one(writing_);
    LIFEBOAT_TRY(DoubtLog log, begin());
    bool paid = false;
    followed_.with([&](const DoubtState& state) {
      paid = state.is_paid(key);
      closed.closing = state.next_closing();
      closed.last = state.last_window();
    });
    if (verdict == KeyVerdict::not_paid && paid)
      return Error{ErrorId::evidence, "the key " + std::string(key) + " was settled as paid before"}.unchanged();
    closed.first = 1;
    closed.verdicts = 1;
    LIFEBOAT_CHECK(log.put(DoubtVerdict{closed.closing, verdict, *Key::of(key)}, closed));
    return told(log);
  }

  /// "These are all the keys that I sent": what the client did not list it did not send, and what it listed stays in
  /// doubt. Errors: second_name, evidence (the file covers too little, or changed meanwhile), statement, usage, and
  /// those of the log.
  Result<StatementFacts> close_client(const ClassClosing& what) {
    return close_class(ClosingKind::client, what, [](const StatementLine&) { return KeyVerdict::claimed; });
  }

  /// All that reached a rail, with the states `paid` and `not_paid`; every other state is not decided. What is not in
  /// the file did not reach the rail. Errors: as close_client.
  Result<StatementFacts> close_rail(const ClassClosing& what) {
    return close_class(ClosingKind::rail, what, [](const StatementLine& line) {
      return line.state == "paid"       ? KeyVerdict::paid
             : line.state == "not_paid" ? KeyVerdict::not_paid
                                        : KeyVerdict::pending;
    });
  }

  /// No key of this client with a counter above `highest` was sent before the loss: by a ceiling that was reserved on a
  /// copy that survived, or by the client's word. Errors: second_name, usage, and those of the log.
  Status close_counter(std::uint32_t window, std::string_view client, std::uint64_t highest, const Evidence& evidence) {
    LIFEBOAT_TRY(DoubtClosed closed, detail::closing_record(ClosingKind::counter, client, evidence, now()));
    LIFEBOAT_CHECK(detail::check_second_name(evidence));
    const std::lock_guard one(writing_);
    LIFEBOAT_TRY(DoubtLog log, begin());
    bool there = false;
    followed_.with([&](const DoubtState& state) {
      there = state.window_of(window) != nullptr;
      closed.closing = state.next_closing();
    });
    if (!there) return no_window(window);
    closed.first = closed.last = window;
    closed.counter = highest;
    LIFEBOAT_CHECK(log.put(closed));
    return told(log);
  }

  /// What is listed and not closed yet, as lines of a statement.
  void each_open(FunctionRef<void(const StatementLine&)> each) const {
    looked_at([&](const DoubtState& state) {
      state.each_open([&](const DoubtListed& listed) { each(listed_line(listed)); });
    });
  }

  /// The newest epoch whose beginning is recorded here, with a loss or without; 0: none is.
  [[nodiscard]] std::uint64_t fresh_epoch() const {
    return looked_at([](const DoubtState& state) { return state.fresh_epoch(); });
  }
  /// The windows there are. They stay: what closes is keys.
  [[nodiscard]] std::size_t windows() const {
    return looked_at([this](const DoubtState& state) { return state.windows() + unwritten_.size(); });
  }
  /// Every reconciliation, in order: who, when, what by.
  [[nodiscard]] std::vector<DoubtClosed> closings() const {
    return looked_at([](const DoubtState& state) { return std::vector<DoubtClosed>(state.closings()); });
  }

 private:
  explicit BasicDoubtWindow(const DoubtConfig& config) : config_(config), followed_(config.folder) {}

  [[nodiscard]] Timestamp now() const {
    return config_.clock != nullptr ? config_.clock->now().wall : SystemClock().now().wall;
  }

  /// What was not heard of meanwhile, because the folder can not be read, is told by the next question.
  template <class F>
  decltype(auto) looked_at(F&& call) const {
    (void)followed_.look();
    return std::as_const(followed_).with(std::forward<F>(call));
  }

  /// The log, to write: from here on nobody else does, and everything that stands there is known.
  Result<DoubtLog> begin() {
    LIFEBOAT_CHECK(guard_.check("the doubt window"));
    LIFEBOAT_TRY(DoubtLog log,
                 DoubtLog::open(config_.folder, config_.create, config_.above, config_.clock, config_.random));
    LIFEBOAT_CHECK(followed_.look_to(log.last()));
    followed_.with([](DoubtState& state) { state.drop_pending(); });  // of a writer that is gone
    return log;
  }

  /// What was written is in the answers of this process, and of every other one that has the folder open.
  Status told(const DoubtLog& log) {
    LIFEBOAT_CHECK(followed_.look_to(log.last()));
    std::this_thread::sleep_for(DoubtFollower::look_every);
    return ok();
  }

  Result<std::uint32_t> record_none(const DoubtOpened& opened) {
    LIFEBOAT_TRY(DoubtLog log, begin());
    if (followed_.with([&](const DoubtState& state) { return state.states_nothing_lost(opened); }))
      return std::uint32_t{0};
    LIFEBOAT_CHECK(log.put(opened));
    LIFEBOAT_CHECK(told(log));
    return std::uint32_t{0};
  }

  static Error no_window(std::uint32_t window) {
    return Error{ErrorId::usage, "there is no window of doubt number " + std::to_string(window)}.unchanged();
  }

  /// Makes the list of a window whole, where it is not.
  Status list(DoubtLog& log, std::uint32_t window, std::vector<DoubtListed> records) {
    const bool whole = followed_.with([&](const DoubtState& state) {
      std::erase_if(records, [&](const DoubtListed& r) { return state.lists(window, r.key.view()); });
      return records.empty() && state.list_is_whole(window);
    });
    if (whole) return ok();
    for (DoubtListed& record : records) record.window = window;
    LIFEBOAT_CHECK(put_all<DoubtListed>(log, records));
    LIFEBOAT_CHECK(followed_.look_to(log.last()));
    const std::uint64_t keys = followed_.with([&](const DoubtState& state) { return state.list_size(window); });
    LIFEBOAT_CHECK(log.put(DoubtListEnd{window, keys}));
    return followed_.look_to(log.last());
  }

  /// Many records, in as few groups as hold them.
  template <class R>
  static Status put_all(DoubtLog& log, std::span<const R> records) {
    constexpr std::size_t at_once = (64U << 10U) / (record_head_bytes + encoded_size<R>());
    for (; !records.empty(); records = records.subspan(std::min(at_once, records.size())))
      LIFEBOAT_CHECK(log.put(records.first(std::min(at_once, records.size()))));
    return ok();
  }

  Result<StatementFacts> close_class(ClosingKind kind, const ClassClosing& what,
                                     FunctionRef<KeyVerdict(const StatementLine&)> verdict_of) {
    LIFEBOAT_TRY(DoubtClosed closed, detail::closing_record(kind, what.name, what.evidence, now()));
    LIFEBOAT_CHECK(detail::check_second_name(what.evidence));
    const std::lock_guard one(writing_);
    LIFEBOAT_TRY(DoubtLog log, begin());
    std::optional<DoubtOpened> window;
    followed_.with([&](const DoubtState& state) {
      if (const DoubtOpened* found = state.window_of(what.window)) window = *found;
      closed.closing = state.next_closing();
    });
    if (!window) return no_window(what.window);
    if (what.from > window->since || what.until < window->opened)
      return Error{ErrorId::evidence, what.path + " does not cover all of the loss: it is from " +
                                          utc_text(what.from) + " to " + utc_text(what.until) +
                                          ", and the loss from " + utc_text(window->since) + " to " +
                                          utc_text(window->opened)}
          .next("the same line with --since " + utc_text(window->since) + " --until " +
                utc_text({window->opened.seconds + (window->opened.nanoseconds == 0 ? 0 : 1), 0}) +
                " in place of --until    # with a file that covers that")
          .unchanged();
    closed.first = closed.last = what.window;
    closed.from = what.from;
    closed.until = what.until;
    // Read once to know that all of it can be read, and once more to note what it says.
    LIFEBOAT_TRY(const StatementFacts before,
                 read_statement(what.path, what.format, [](const StatementLine&) { return ok(); }));
    std::vector<DoubtVerdict> batch;
    const auto write = [&]() -> Status {
      LIFEBOAT_CHECK(put_all<DoubtVerdict>(log, batch));
      closed.verdicts += batch.size();
      batch.clear();
      return ok();
    };
    const auto take = [&](const StatementLine& line) -> Status {
      if (config_.keys != nullptr) {
        LIFEBOAT_TRY(const std::optional<KnownKey> known, config_.keys->find(line.key));
        if (known) return ok();
      }
      batch.push_back({closed.closing, verdict_of(line), *Key::of(line.key)});
      return batch.size() < 512 ? ok() : write();
    };
    LIFEBOAT_TRY(const StatementFacts facts, read_statement(what.path, what.format, take));
    if (facts.digest != before.digest)
      return Error{ErrorId::evidence, what.path + " changed while it was read: nothing is closed"}.next(
          "the same command again    # when nobody writes the file any more");
    LIFEBOAT_CHECK(write());
    closed.evidence.digest = facts.digest;
    LIFEBOAT_CHECK(log.put(closed));
    LIFEBOAT_CHECK(told(log));
    return facts;
  }

  DoubtConfig config_;
  ForkGuard guard_;
  std::mutex writing_;  ///< one who writes, of this process
  mutable DoubtFollower followed_;
  std::vector<DoubtOpened> unwritten_;  ///< losses whose windows are not in the folder; with the follower's state
};
using DoubtWindow = BasicDoubtWindow<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
