// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include <lifeboat/sync/transport/tls_link.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The sender's side of a comparison: one question at a time to the standby, what it reads of its replica. Any one
/// thread asks; the link's thread sends, and takes the answer. A question that a connection ended with is asked again
/// on the next one.
template <class = void>
class BasicStandbyQuestions {
 public:
  /// A connection begins; `proves`: the receiver answers such questions.
  void begin(bool proves) noexcept {
    const std::scoped_lock guard(state_->mutex);
    state_->proves = proves;
    state_->sent = false;
  }
  Status send(TlsLink& link) {
    std::optional<ProveMessage> what;
    {
      const std::scoped_lock guard(state_->mutex);
      if (!state_->asked || state_->sent || !state_->proves) return ok();
      state_->sent = true;
      what = state_->asked;
    }
    return link.put_one(*what);
  }
  void take(const ProofMessage& proof) {
    {
      const std::scoped_lock guard(state_->mutex);
      if (!state_->asked || state_->asked->number != proof.number) return;
      state_->asked.reset();
      state_->answer = proof;
    }
    state_->answered.notify_all();
  }

  /// Whether the receiver of the last connection answers.
  [[nodiscard]] bool answers() const noexcept {
    const std::scoped_lock guard(state_->mutex);
    return state_->proves;
  }
  /// The question is sent when the link's thread comes by; one that was asked before is given up.
  void ask(const JournalHead& after, std::uint32_t batches) {
    const std::scoped_lock guard(state_->mutex);
    state_->asked = ProveMessage{++state_->number, after, batches};
    state_->sent = false;
    state_->answer.reset();
  }
  /// The answer; none where it was not there at that moment.
  std::optional<ProofMessage> wait(Moment until) {
    std::unique_lock guard(state_->mutex);
    state_->answered.wait_until(guard, until, [&] { return state_->answer.has_value(); });
    return std::exchange(state_->answer, std::nullopt);
  }
  /// As StandbyHead's, in a forked child.
  void forget() noexcept { (void)state_.release(); }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable answered;
    bool proves = false;
    bool sent = false;
    std::uint64_t number = 0;
    std::optional<ProveMessage> asked;
    std::optional<ProofMessage> answer;
  };
  std::unique_ptr<State> state_ = std::make_unique<State>();
};
using StandbyQuestions = BasicStandbyQuestions<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
