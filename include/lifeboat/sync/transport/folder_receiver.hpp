// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <lifeboat/core/fork_guard.hpp>
#include <lifeboat/core/guard.hpp>
#include <lifeboat/journal/beside.hpp>
#include <lifeboat/journal/ship.hpp>
#include <lifeboat/sync/transport/link_status.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// How the standby's end of a copy in a folder is opened.
struct FolderReceiverConfig {
  std::string replica{};  ///< the folder that the log has its copy in (Embedded); need not be there yet
  std::string journal{};  ///< the log's own, where it can be seen from here: then it is known how far this is behind
  std::chrono::milliseconds look_every{100};  ///< at the folders, while somebody waits
};

namespace detail {

/// Follows a journal's folder that somebody else writes.
template <class = void>
class BasicFollowedFolder {
 public:
  explicit BasicFollowedFolder(std::string folder) : folder_(std::move(folder)) {}

  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
  [[nodiscard]] const JournalHead& head() const noexcept { return head_; }
  [[nodiscard]] const Timestamp& time() const noexcept { return time_; }
  [[nodiscard]] std::uint64_t groups() const noexcept { return groups_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

  /// Reads what came; whether any did. Errors: those of the reader; object_missing where there is no journal yet.
  Result<bool> look() {
    bool moved = false;
    const auto there = stat_at(AT_FDCWD, folder_.c_str());
    const std::pair<std::uint64_t, std::uint64_t> place(there.value.st_dev, there.value.st_ino);
    if (std::exchange(place_, place) != place) reader_.reset();  // it was seeded anew, or another disk is mounted
    if (!reader_) {
      if (head_ == JournalHead{}) {
        LIFEBOAT_TRY(head_, journal_end(folder_));
        moved = head_.last != Position{};
      }
      LIFEBOAT_TRY(reader_, reader_behind(folder_, head_));
    }
    while (true) {
      auto batch = reader_->next_batch();
      if (!batch) {
        reader_.reset();
        return std::move(batch).error();
      }
      if (*batch == nullptr) return moved;
      const JournalBatch& one = **batch;
      head_ = {{one.epoch, one.last}, one.chain};
      groups_ += one.last - one.first + 1;
      bytes_ += one.frames.size();
      BatchGroups all(one);
      while (const auto group = all.next()) time_ = group->time;
      moved = true;
    }
  }

 private:
  std::string folder_;
  std::optional<JournalReader> reader_;
  std::pair<std::uint64_t, std::uint64_t> place_;
  JournalHead head_;
  Timestamp time_;
  std::uint64_t groups_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace detail

/// The standby's end where the copy is a folder that the engine's `LogSync` brings in step by its passes: an engine of
/// this process, or one that mounts the same folder. Nothing listens, and no thread is started: who waits looks. It
/// never takes the replica's lock. Any thread.
///
/// Whoever promotes ends the engine's pipeline first: a pass that came meanwhile would write on.
template <class = void>
class BasicFolderReceiver final : public ReceiverPort {
 public:
  /// Errors: config.
  static Result<std::unique_ptr<BasicFolderReceiver>> open(FolderReceiverConfig config) {
    if (config.replica.empty() || config.look_every.count() < 1)
      return Error{ErrorId::config, "a receiver needs the folder of a replica, and looks there each 1 ms or less often"}
          .unchanged();
    std::unique_ptr<BasicFolderReceiver> receiver(new BasicFolderReceiver(std::move(config)));
    receiver->look();
    return receiver;
  }
  BasicFolderReceiver(const BasicFolderReceiver&) = delete;
  BasicFolderReceiver& operator=(const BasicFolderReceiver&) = delete;
  ~BasicFolderReceiver() override {
    stop();
    if (guard_.forked()) head_.forget();
  }

  [[nodiscard]] const std::string& folder() const noexcept override { return replica_.folder(); }
  [[nodiscard]] Position durable() const noexcept override {
    return guard_.forked() ? Position{} : head_.acknowledged();
  }
  bool wait(Position position, const std::optional<Moment>& deadline) noexcept override {
    while (!guard_.forked() && !stop_.load(std::memory_order_acquire)) {
      if (head_.acknowledged() >= position) return true;
      const int error = errno_without_memory([this] {
        look();
        return 0;
      });
      const Moment now = std::chrono::steady_clock::now();
      const bool late = deadline && now >= *deadline;
      if (late || error != 0) return durable() >= position;
      const Moment next = now + look_every_;
      if (head_.wait(position, deadline ? std::min(*deadline, next) : next)) return true;
    }
    return durable() >= position;
  }
  [[nodiscard]] LinkStatus status() const override {
    if (const Status mine = guard_.check("the receiver"); !mine) return forked_link(mine.error());
    const std::scoped_lock guard(mutex_);
    return status_;
  }
  void stop() noexcept override {
    if (guard_.forked()) return;
    stop_.store(true, std::memory_order_release);
    head_.close();
    const std::scoped_lock guard(mutex_);
    status_.state = LinkState::stopped;
  }

 private:
  explicit BasicFolderReceiver(FolderReceiverConfig config)
      : replica_(std::move(config.replica)), journal_(std::move(config.journal)), look_every_(config.look_every) {
    status_.away_since = std::chrono::steady_clock::now();
  }

  void look() {
    const std::scoped_lock looking(looking_);
    const Result<bool> here = replica_.look();
    const bool seen = !journal_.folder().empty();
    const Result<bool> there = seen ? journal_.look() : Result<bool>(false);
    const Moment now = std::chrono::steady_clock::now();
    {
      const std::scoped_lock guard(mutex_);
      status_.standby = replica_.head();
      status_.groups = replica_.groups();
      status_.bytes = replica_.bytes();
      const bool ahead = seen && journal_.head().last > replica_.head().last;
      status_.durable = std::max(status_.durable, ahead ? journal_.head().last : replica_.head().last);
      status_.durable_time = std::max(replica_.time(), journal_.time());
      if (seen && there) status_.no_doubt = !has_doubt(journal_.folder());
      if ((here && *here) || (there && *there)) status_.heard = now;
      if (status_.state != LinkState::stopped) tell(here, now);
    }
    head_.move(replica_.head().last);
  }
  void tell(const Result<bool>& here, const Moment& now) {
    if (here) {
      status_.state = LinkState::up;
      status_.away_since.reset();
      status_.refusal.reset();
      return;
    }
    if (status_.state == LinkState::up) status_.away_since = now;
    status_.state = LinkState::away;
    status_.refusal = here.error();
  }

  ForkGuard guard_;
  std::mutex looking_;
  detail::BasicFollowedFolder<> replica_;
  detail::BasicFollowedFolder<> journal_;
  const std::chrono::milliseconds look_every_;
  StandbyHead head_;
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;
  LinkStatus status_;
};
using FolderReceiver = BasicFolderReceiver<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
