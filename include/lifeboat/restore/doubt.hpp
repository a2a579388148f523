// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mutex>

#include <lifeboat/core/clock.hpp>
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
/// it returns.
template <class = void>
class BasicDoubtWindow {
 public:
  /// Errors: object_missing (it is not there, and `create` is not set), config, busy, corrupt, format_version,
  /// medium_io, medium_full.
  static Result<std::unique_ptr<BasicDoubtWindow>> open(const DoubtConfig& config) {
    auto window = std::unique_ptr<BasicDoubtWindow>(new BasicDoubtWindow(config));
    LIFEBOAT_TRY(DoubtLog log, DoubtLog::open(config.folder, config.create, config.above, config.clock, config.random,
                                              window->state_));
    window->log_.emplace(std::move(log));
    return window;
  }

  /// About a key, and what the engine vouches for beside it. Errors: those of the keys; nothing may be paid on them.
  Result<DoubtAnswer> ask(std::string_view key, const Stamp& stamp = {}) {
    LIFEBOAT_CHECK(check_key(key));
    LIFEBOAT_CHECK(guard_.check("the doubt window"));  // a child does not hear of what its parent opens
    if (keys_ != nullptr) {
      LIFEBOAT_TRY(const std::optional<KnownKey> known, keys_->find(key));
      if (known) return DoubtAnswer(Known{known->position});
    }
    const std::lock_guard lock(mutex_);
    return state_.ask(key, stamp);
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
    bool begun = false;
    std::vector<std::uint32_t> unfinished;
    {
      const std::lock_guard lock(mutex_);
      opened.window = state_.window_like(opened);
      begun = opened.window != 0;
      unfinished = state_.unfinished_before(opened);
      if (!begun) {
        opened.window = state_.last_window() + 1;
        state_.apply(opened);
      }
    }
    if (!begun) LIFEBOAT_CHECK(log_->put(opened));
    LIFEBOAT_CHECK(list(opened.window, records));
    // An earlier attempt in an epoch of its own came to no end: what it did not list would be in doubt for ever.
    for (const std::uint32_t window : unfinished) LIFEBOAT_CHECK(list(window, records));
    return opened.window;
  }

  /// Notes that the journal went live as a copy, and who decided it. Errors: those of the log.
  Status note_live(const WentLive& live) {
    const std::lock_guard one(writing_);
    LIFEBOAT_CHECK(log_->put(live));
    const std::lock_guard lock(mutex_);
    state_.apply(live);
    return ok();
  }

  /// Closes one key, in every window there is. Errors: usage, evidence (it was settled as paid), and those of the log.
  Status close_key(std::string_view key, KeyVerdict verdict, const Evidence& evidence) {
    LIFEBOAT_CHECK(check_key(key));
    LIFEBOAT_TRY(DoubtClosed closed, detail::closing_record(ClosingKind::key, key, evidence, now()));
    if (verdict != KeyVerdict::paid && verdict != KeyVerdict::not_paid)
      return Error{ErrorId::usage, "a key is closed as paid or as not paid"}.unchanged();
    const std::lock_guard one(writing_);
    {
      const std::lock_guard lock(mutex_);
      if (verdict == KeyVerdict::not_paid && state_.is_paid(key))
        return Error{ErrorId::evidence, "the key " + std::string(key) + " was settled as paid before"}.unchanged();
      closed.closing = state_.next_closing();
      closed.first = 1;
      closed.last = state_.last_window();
    }
    closed.verdicts = 1;
    const DoubtVerdict said{closed.closing, verdict, *Key::of(key)};
    LIFEBOAT_CHECK(log_->put(said, closed));
    const std::lock_guard lock(mutex_);
    state_.apply(said);
    state_.apply(closed);
    return ok();
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
    {
      const std::lock_guard lock(mutex_);
      if (state_.window_of(window) == nullptr) return no_window(window);
      closed.closing = state_.next_closing();
    }
    closed.first = closed.last = window;
    closed.counter = highest;
    LIFEBOAT_CHECK(log_->put(closed));
    const std::lock_guard lock(mutex_);
    state_.apply(closed);
    return ok();
  }

  /// What is listed and not closed yet, as lines of a statement.
  void each_open(FunctionRef<void(const StatementLine&)> each) const {
    const std::lock_guard lock(mutex_);
    state_.each_open([&](const DoubtListed& listed) { each(listed_line(listed)); });
  }

  /// The newest epoch whose beginning is recorded here, with a loss or without; 0: none is.
  [[nodiscard]] std::uint64_t fresh_epoch() const {
    const std::lock_guard lock(mutex_);
    return state_.fresh_epoch();
  }
  /// The windows there are. They stay: what closes is keys.
  [[nodiscard]] std::size_t windows() const {
    const std::lock_guard lock(mutex_);
    return state_.windows();
  }
  /// Every reconciliation, in order: who, when, what by.
  [[nodiscard]] std::vector<DoubtClosed> closings() const {
    const std::lock_guard lock(mutex_);
    return state_.closings();
  }

 private:
  explicit BasicDoubtWindow(const DoubtConfig& config) : keys_(config.keys), clock_(config.clock) {}

  [[nodiscard]] Timestamp now() const { return clock_ != nullptr ? clock_->now().wall : SystemClock().now().wall; }

  Result<std::uint32_t> record_none(const DoubtOpened& opened) {
    {
      const std::lock_guard lock(mutex_);
      if (state_.states_nothing_lost(opened)) return std::uint32_t{0};
    }
    LIFEBOAT_CHECK(log_->put(opened));
    const std::lock_guard lock(mutex_);
    state_.apply(opened);
    return std::uint32_t{0};
  }

  static Error no_window(std::uint32_t window) {
    return Error{ErrorId::usage, "there is no window of doubt number " + std::to_string(window)}.unchanged();
  }

  /// Makes the list of a window whole, where it is not.
  Status list(std::uint32_t window, std::vector<DoubtListed> records) {
    DoubtListEnd end;
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(records, [&](const DoubtListed& r) { return state_.lists(window, r.key.view()); });
      if (records.empty() && state_.list_is_whole(window)) return ok();
      for (DoubtListed& record : records) {
        record.window = window;
        state_.apply(record);
      }
      end = {window, state_.list_size(window)};
    }
    LIFEBOAT_CHECK(put_all(records));
    LIFEBOAT_CHECK(log_->put(end));
    const std::lock_guard lock(mutex_);
    state_.apply(end);
    return ok();
  }

  /// Many records, in as few groups as hold them.
  template <class R>
  Status put_all(std::span<const R> records) {
    constexpr std::size_t at_once = (64U << 10U) / (record_head_bytes + encoded_size<R>());
    for (; !records.empty(); records = records.subspan(std::min(at_once, records.size())))
      LIFEBOAT_CHECK(log_->put(records.first(std::min(at_once, records.size()))));
    return ok();
  }
  template <class R>
  Status put_all(const std::vector<R>& records) {
    return put_all(std::span<const R>(records));
  }

  Result<StatementFacts> close_class(ClosingKind kind, const ClassClosing& what,
                                     FunctionRef<KeyVerdict(const StatementLine&)> verdict_of) {
    LIFEBOAT_TRY(DoubtClosed closed, detail::closing_record(kind, what.name, what.evidence, now()));
    LIFEBOAT_CHECK(detail::check_second_name(what.evidence));
    const std::lock_guard one(writing_);
    {
      const std::lock_guard lock(mutex_);
      const DoubtOpened* window = state_.window_of(what.window);
      if (window == nullptr) return no_window(what.window);
      if (what.from > window->since || what.until < window->opened)
        return Error{ErrorId::evidence, what.path + " does not cover all of the loss: it is from " +
                                            utc_text(what.from) + " to " + utc_text(what.until) +
                                            ", and the loss from " + utc_text(window->since) + " to " +
                                            utc_text(window->opened)}
            .next("the same line with --since " + utc_text(window->since) + " --until " +
                  utc_text({window->opened.seconds + (window->opened.nanoseconds == 0 ? 0 : 1), 0}) +
                  " in place of --until    # with a file that covers that")
            .unchanged();
      closed.closing = state_.next_closing();
    }
    closed.first = closed.last = what.window;
    closed.from = what.from;
    closed.until = what.until;
    // Read once to know that all of it can be read, and once more to note what it says.
    LIFEBOAT_TRY(const StatementFacts before,
                 read_statement(what.path, what.format, [](const StatementLine&) { return ok(); }));
    std::vector<DoubtVerdict> batch;
    const auto write = [&]() -> Status {
      LIFEBOAT_CHECK(put_all(batch));
      const std::lock_guard lock(mutex_);
      for (const DoubtVerdict& verdict : batch) state_.apply(verdict);
      closed.verdicts += batch.size();
      batch.clear();
      return ok();
    };
    const auto take = [&](const StatementLine& line) -> Status {
      if (keys_ != nullptr) {
        LIFEBOAT_TRY(const std::optional<KnownKey> known, keys_->find(line.key));
        if (known) return ok();
      }
      batch.push_back({closed.closing, verdict_of(line), *Key::of(line.key)});
      return batch.size() < 512 ? ok() : write();
    };
    auto facts = read_statement(what.path, what.format, take);
    if (facts) LIFEBOAT_CHECK(write());
    if (!facts || facts->digest != before.digest) {
      const std::lock_guard lock(mutex_);
      state_.drop_pending();
      if (!facts) return std::move(facts).error();
      return Error{ErrorId::evidence, what.path + " changed while it was read: nothing is closed"}.next(
          "the same command again    # when nobody writes the file any more");
    }
    closed.evidence.digest = facts->digest;
    LIFEBOAT_CHECK(log_->put(closed));
    const std::lock_guard lock(mutex_);
    state_.apply(closed);
    return facts;
  }

  KeysPort* keys_;
  const ClockPort* clock_;
  ForkGuard guard_;
  std::mutex writing_;  ///< the log; taken before mutex_
  std::optional<DoubtLog> log_;
  mutable std::mutex mutex_;  ///< never held over I/O
  DoubtState state_;
};
using DoubtWindow = BasicDoubtWindow<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
