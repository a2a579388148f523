// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>

#include <lifeboat/restore/doubt_reader.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What the folder of a doubt window says, whichever process writes it: read on as it grows. Any thread.
template <class = void>
class BasicDoubtFollower {
 public:
  /// What was written longer ago than this is in every answer.
  static constexpr std::chrono::milliseconds look_every{1};

  explicit BasicDoubtFollower(std::string folder) : folder_(std::move(folder)) {}

  /// What was written before this is called is in the state when it returns. Errors: object_missing (the folder is not
  /// there), corrupt, format_version, medium_io; the next look reads all of it again, and the state stays as it is.
  Status look() { return look_since(now()); }

  /// The same for what was written `look_every` before; costs no I/O where a look is younger.
  Status look_again() { return look_since(now() - look_every.count() * 1'000'000); }

  /// Looks as whoever writes the folder knows its last group. Errors: corrupt, where it does not end there.
  Status look_to(std::uint64_t end) {
    LIFEBOAT_CHECK(look());
    if (last() == end) return ok();
    {
      // Another folder stands in the place of the one that was open.
      const std::lock_guard one(looking_);
      whole_ = false;
    }
    LIFEBOAT_CHECK(look());
    return last() == end ? ok() : Status(detail::doubt_cut(folder_, last(), end));
  }

  /// Calls with the state, which nobody else changes meanwhile: no I/O in it.
  template <class F>
  decltype(auto) with(F&& call) const {
    const std::lock_guard lock(mutex_);
    return call(state_);
  }
  template <class F>
  decltype(auto) with(F&& call) {
    const std::lock_guard lock(mutex_);
    return call(state_);
  }

 private:
  // The machine's own clock: another process writes by no other, and the window's may stand still.
  static std::int64_t now() noexcept {
    return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
  }

  std::uint64_t last() {
    const std::lock_guard one(looking_);
    return last_;
  }

  Status look_since(std::int64_t time) {
    if (looked_.load(std::memory_order_acquire) >= time) return ok();
    const std::lock_guard one(looking_);
    if (looked_.load(std::memory_order_relaxed) >= time) return ok();
    const std::int64_t begun = now();
    const bool whole = std::exchange(whole_, false);  // also where memory runs out on the way
    LIFEBOAT_CHECK(whole ? read_on() : read_all());
    whole_ = true;
    looked_.store(begun, std::memory_order_release);
    return ok();
  }

  Status read_on() {
    const auto apply = [this](const StoredRecord& record) {
      return with([&](DoubtState& state) { return state.apply(record); });
    };
    LIFEBOAT_TRY(const std::uint64_t last, detail::read_doubt_records(*reader_, folder_, apply));
    last_ = std::max(last_, last);
    return ok();
  }

  Status read_all() {
    LIFEBOAT_TRY(reader_, detail::open_doubt_reader(folder_));
    DoubtState read;
    const auto apply = [&read](const StoredRecord& record) { return read.apply(record); };
    LIFEBOAT_TRY(const std::uint64_t last, detail::read_doubt_records(*reader_, folder_, apply));
    if (last < last_) return detail::doubt_cut(folder_, last, last_);
    last_ = last;
    with([&read](DoubtState& state) { state = std::move(read); });
    return ok();
  }

  const std::string folder_;
  std::mutex looking_;  ///< taken before mutex_
  std::optional<JournalReader> reader_;
  bool whole_ = false;  ///< the last look came to its end
  std::uint64_t last_ = 0;
  std::atomic<std::int64_t> looked_{std::numeric_limits<std::int64_t>::min()};
  mutable std::mutex mutex_;  ///< never held over I/O
  DoubtState state_;
};
using DoubtFollower = BasicDoubtFollower<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
