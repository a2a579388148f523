// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include <lifeboat/core/guard.hpp>
#include <lifeboat/source/tree.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What an engine answers when it stands still.
struct Frozen {
  Cut cut{};               ///< with the last position whose effect is in the files, where there is one
  std::string snapshot{};  ///< a snapshot of the root, to be read in its place; empty: the root itself is read
};

/// How an engine stands still while it is read. It ends the freeze by itself at the deadline, whether `thaw` came or
/// not: a backup that hangs must not stop payments.
struct FreezeHook {
  /// Every append so far is in the files when it returns, and none comes in until `thaw` or the deadline.
  virtual Result<Frozen> freeze(std::chrono::steady_clock::time_point deadline) = 0;
  /// Goes on. Called exactly once for each `freeze`, also after one that failed or threw, and maybe after the deadline.
  virtual void thaw() noexcept = 0;
  /// The snapshot was read, and may go.
  virtual void drop_snapshot() noexcept {}
  virtual ~FreezeHook() = default;
};

/// One freeze at a time, let go whatever happens. Not for two threads at once.
template <class = void>
class BasicFreeze {
 public:
  using Clock = std::chrono::steady_clock;

  explicit BasicFreeze(FreezeHook* hook = nullptr, std::chrono::nanoseconds budget = std::chrono::seconds(1)) noexcept
      : hook_(hook), budget_(budget) {}
  BasicFreeze(BasicFreeze&& other) noexcept
      : hook_(other.hook_),
        budget_(other.budget_),
        deadline_(other.deadline_),
        held_(std::exchange(other.held_, false)),
        snapshot_(std::exchange(other.snapshot_, {})) {}
  BasicFreeze& operator=(BasicFreeze&& other) noexcept {
    if (this == &other) return *this;
    end();
    hook_ = other.hook_;
    budget_ = other.budget_;
    deadline_ = other.deadline_;
    held_ = std::exchange(other.held_, false);
    snapshot_ = std::exchange(other.snapshot_, {});
    return *this;
  }
  ~BasicFreeze() { end(); }

  /// Without a hook, and over budget, the cut is per file. Errors: the hook's own, and callback_threw.
  Result<Cut> begin() {
    end();
    if (hook_ == nullptr) return Cut{};
    deadline_ = Clock::now() + budget_;
    held_ = true;
    Result<Frozen> answer = guarded("the freeze callback", [this] { return hook_->freeze(deadline_); });
    const bool in_time = Clock::now() <= deadline_;
    if (!answer) {
      release();
      return std::move(answer).error();
    }
    snapshot_ = std::move(answer->snapshot);
    if (!snapshot_.empty() || !in_time) release();  // the copy is none of the freeze's business
    if (!in_time) return Cut{};
    if (!snapshot_.empty()) answer->cut.kind = CutKind::snapshot;
    return answer->cut;
  }
  /// Lets the engine go where the budget is used up; for the scan to ask now and then.
  void watch() noexcept {
    if (held_ && Clock::now() > deadline_) release();
  }
  /// What became of a promise when the last byte was read: what was frozen for a part of the reading only is per file.
  Cut kept(const Cut& promised) noexcept {
    watch();
    if (promised.kind == CutKind::frozen && !held_) return Cut{};
    return promised;
  }
  /// Lets all go. Nothing happens where nothing is held.
  void end() noexcept {
    release();
    if (!snapshot_.empty()) hook_->drop_snapshot();
    snapshot_.clear();
  }
  /// Where to read from instead of the root; empty: the root.
  [[nodiscard]] const std::string& snapshot() const noexcept { return snapshot_; }
  [[nodiscard]] bool has_hook() const noexcept { return hook_ != nullptr; }

 private:
  void release() noexcept {
    if (std::exchange(held_, false)) hook_->thaw();
  }

  FreezeHook* hook_;
  std::chrono::nanoseconds budget_;
  Clock::time_point deadline_{};
  bool held_ = false;  ///< the engine stands still for us
  std::string snapshot_;
};
using Freeze = BasicFreeze<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
