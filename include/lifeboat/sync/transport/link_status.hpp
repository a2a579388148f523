// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <lifeboat/core/event.hpp>
#include <lifeboat/core/time.hpp>
#include <lifeboat/journal/head.hpp>
#include <lifeboat/journal/reservation.hpp>
#include <lifeboat/sync/transport/socket.hpp>

// What both ends of a link say of it, and how one waits for the standby.
namespace lifeboat::inline LIFEBOAT_ABI {

enum class LinkState : std::uint8_t {
  away,     ///< no connection; the next try is under way, or waits
  up,       ///< the peer was heard of within three heartbeats
  stopped,  ///< it ended for good: asked to, or two histories, or fenced; `refusal` says why
};

/// How a link is, at one moment.
struct LinkStatus {
  LinkState state = LinkState::away;
  JournalHead standby;            ///< what the standby said is durable there
  Position durable;               ///< what is durable at the primary, as far as this side knows
  Timestamp durable_time;         ///< when the primary said so, by its clock
  std::uint64_t connections = 0;  ///< so many were made
  std::uint64_t groups = 0;       ///< shipped by this link
  std::uint64_t bytes = 0;
  JournalHead doubt;                   ///< of the doubt window, what the standby has
  Position keys;                       ///< the standby knows the keys of every group up to here
  std::optional<Reservation> ceiling;  ///< the standby knows that nothing above it is handed out for a time
  bool no_doubt = false;               ///< the primary said that its journal has no doubt window
  std::optional<Moment> heard;         ///< when the peer was heard of last
  std::optional<Moment> away_since;
  Timestamp own_certificate_ends;   ///< of the file that the next connection shows; 0 s: not known
  Timestamp peer_certificate_ends;  ///< of the last connection
  int own_certificate_days = 0;     ///< until then, when this was asked; below 0: it has ended
  int peer_certificate_days = 0;
  std::optional<Error> refusal;  ///< why the last connection ended, or none came about
};

/// Whole days until then.
inline int days_until(const Timestamp& then, const Timestamp& now) noexcept {
  if (then == Timestamp{}) return 0;
  const std::int64_t seconds = then.seconds - now.seconds;
  return static_cast<int>(seconds / 86'400 - (seconds % 86'400 < 0 ? 1 : 0));
}
/// A status as it is at that moment.
inline LinkStatus at_moment(LinkStatus status, const Timestamp& now) {
  status.own_certificate_days = days_until(status.own_certificate_ends, now);
  status.peer_certificate_days = days_until(status.peer_certificate_ends, now);
  return status;
}

/// What a link says in a forked child: it is the parent's.
template <class = void>
LinkStatus forked_link(Error why) {
  LinkStatus status;
  status.state = LinkState::stopped;
  status.refusal = std::move(why);
  return status;
}

/// The standby's end of a link, whatever carries it.
struct ReceiverPort {
  /// The replica's folder.
  [[nodiscard]] virtual const std::string& folder() const noexcept = 0;
  /// Everything up to here is durable in the replica.
  [[nodiscard]] virtual Position durable() const noexcept = 0;
  /// Waits until a group is durable there; false where it was not at the deadline, or the receiver stopped.
  virtual bool wait(Position position, const std::optional<Moment>& deadline) noexcept = 0;
  [[nodiscard]] virtual LinkStatus status() const = 0;
  /// Ends the link, and lets go of the replica's lock: a journal may go on there.
  virtual void stop() noexcept = 0;
  virtual ~ReceiverPort() = default;
};

/// Groups up to here are durable at the standby: it only rises, and may be waited for.
class StandbyHead {
 public:
  [[nodiscard]] Position acknowledged() const noexcept {
    const std::scoped_lock guard(state_->mutex);
    return state_->at;
  }
  void move(Position to) noexcept {
    {
      const std::scoped_lock guard(state_->mutex);
      if (to <= state_->at) return;
      state_->at = to;
      state_->tell();
    }
    state_->moved.notify_all();
  }
  /// Whether the standby is heard of from now on: wait_connected gives up where it is not.
  void connect(bool up) noexcept {
    {
      const std::scoped_lock guard(state_->mutex);
      if (std::exchange(state_->up, up) == up) return;
      state_->tell();
    }
    state_->moved.notify_all();
  }
  [[nodiscard]] bool connected() const noexcept {
    const std::scoped_lock guard(state_->mutex);
    return state_->up;
  }
  /// Nothing will be acknowledged any more.
  void close() noexcept {
    {
      const std::scoped_lock guard(state_->mutex);
      state_->closed = true;
      state_->tell();
    }
    state_->moved.notify_all();
  }
  /// False where it was not there at the deadline, or will never be.
  bool wait(Position position, const std::optional<Moment>& deadline) noexcept {
    return wait_until(position, deadline, false);
  }
  /// The same; false also where the standby is not heard of.
  bool wait_connected(Position position, const std::optional<Moment>& deadline) noexcept {
    return wait_until(position, deadline, true);
  }
  /// An eventfd that is readable after anything of this changed. Errors: limit.
  Result<int> event() {
    const std::scoped_lock guard(state_->mutex);
    if (!state_->event) {
      state_->event = FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
      if (!state_->event)
        return Error{ErrorId::limit, "the link to the standby can not have an eventfd"}.because(errno).unchanged();
    }
    return state_->event.get();
  }
  /// In a forked child: who waits in the parent is never woken here, and what is waited with can not be destroyed.
  void forget() noexcept { (void)state_.release(); }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable moved;
    Position at{};
    bool up = false;
    bool closed = false;
    FileDescriptor event;
    void tell() const noexcept {
      static constexpr std::uint64_t one = 1;
      if (event) (void)!::write(event.get(), &one, sizeof one);
    }
  };

  bool wait_until(Position position, const std::optional<Moment>& deadline, bool connected) noexcept {
    std::unique_lock guard(state_->mutex);
    const auto done = [&] { return state_->closed || state_->at >= position || (connected && !state_->up); };
    if (deadline)
      state_->moved.wait_until(guard, *deadline, done);
    else
      state_->moved.wait(guard, done);
    return state_->at >= position;
  }

  std::unique_ptr<State> state_ = std::make_unique<State>();
};

/// How long one side waits between two tries: twice as long each time up to a limit, less up to half of it at random,
/// so that many that lost one peer do not come back at once.
class BackOff {
 public:
  BackOff(std::chrono::milliseconds first, std::chrono::milliseconds most) noexcept : first_(first), most_(most) {}
  [[nodiscard]] std::chrono::milliseconds next(std::uint64_t random) noexcept {
    now_ = now_.count() == 0 ? first_ : std::min(most_, now_ * 2);
    return now_ - std::chrono::milliseconds(random % static_cast<std::uint64_t>(now_.count() / 2 + 1));
  }
  void reset() noexcept { now_ = {}; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds most_;
  std::chrono::milliseconds now_{};
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
