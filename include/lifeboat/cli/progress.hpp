// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include <lifeboat/cli/output.hpp>
#include <lifeboat/cli/text.hpp>
#include <lifeboat/core/event.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// What a progress line is made of: what was told last, and when things moved.
struct ProgressState {
  using Time = std::chrono::nanoseconds;  ///< of a clock that nobody sets

  std::string phase;
  std::string object;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  std::uint64_t items = 0;
  std::uint64_t phase_began_at = 0;  ///< bytes done when the phase began
  Time phase_began{0};
  Time moved{0};  ///< when a byte or an item came last

  void take(const Progress& told, Time now) {
    if (told.phase != phase) {
      phase = told.phase;
      phase_began = now;
      phase_began_at = told.done;
      moved = now;
    }
    if (told.done != done || told.items != items) moved = now;
    object = told.object;
    done = told.done;
    total = told.total;
    items = told.items;
  }

  /// "read 1.2 GiB of 41.2 GiB, 480 MiB/s, 1 min 25 s left".
  [[nodiscard]] std::string line(Time now) const {
    std::string text = phase + " ";
    if (done != 0 || total != 0 || items == 0) text.append(bytes_text(done));
    if (total != 0) text.append(" of ").append(bytes_text(total));
    if (items != 0) text.append(text.ends_with(' ') ? "" : ", ").append(count_text(items, "entry", "entries"));
    const double seconds = std::chrono::duration<double>(now - phase_began).count();
    const auto moved_bytes = static_cast<double>(done - (done < phase_began_at ? done : phase_began_at));
    if (seconds >= 1 && moved_bytes > 0) {
      const double rate = moved_bytes / seconds;
      text.append(", ").append(bytes_text(static_cast<std::uint64_t>(rate))).append("/s");
      if (total > done)
        text.append(", ").append(seconds_text(static_cast<std::uint64_t>(static_cast<double>(total - done) / rate)));
      if (total > done) text.append(" left");
    }
    return text;
  }

  /// What is waited for where nothing has moved for so long; empty where something has.
  [[nodiscard]] std::string stalled(Time now, std::chrono::seconds patience) const {
    if (phase.empty() || now - moved < patience) return {};
    const auto waited = std::chrono::duration_cast<std::chrono::seconds>(now - moved);
    std::string text = "no byte for " + std::to_string(waited.count()) + " s: waiting for " + phase;
    return object.empty() ? text : text.append(" of ").append(printable(object));
  }
};

/// Shows progress on stderr: on a terminal one live line, else a line each 30 s, so that a log stays short.
class ProgressView {
 public:
  ProgressView(Output& output, bool quiet) : output_(output) {
    began_ = now();
    if (!quiet) watcher_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
  }
  ProgressView(const ProgressView&) = delete;
  ProgressView& operator=(const ProgressView&) = delete;
  ~ProgressView() {
    if (noted_) (void)remove_file(AT_FDCWD, note_.c_str());
  }

  /// Notes each second in this file how far the work is, from its first step on, for whoever is refused meanwhile.
  void note_in(std::string path) {
    const std::lock_guard lock(mutex_);
    note_ = std::move(path);
  }

  void take(const Progress& told) {
    const std::lock_guard lock(mutex_);
    const auto at = now();
    state_.take(told, at);
    if (note_.empty() || (noted_ && at - *noted_ < std::chrono::seconds(1))) return;
    noted_ = at;
    const std::string text = "process " + std::to_string(::getpid()) + " is at it: " + state_.line(at) + "\n";
    auto file = open_at(AT_FDCWD, note_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    if (file) (void)write_full(file.value.get(), as_bytes(text));
  }

  /// What another process noted; empty where none did.
  static std::string noted_in(const std::string& path) {
    std::byte text[512];
    auto file = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_NOFOLLOW);
    if (!file) return {};
    const auto got = read_full(file.value.get(), 0, text);
    const std::string_view whole = as_text({text, got.value});
    return std::string(whole.substr(0, whole.find('\n')));
  }

 private:
  static constexpr std::chrono::seconds patience{30};

  static ProgressState::Time now() { return std::chrono::steady_clock::now().time_since_epoch(); }

  void watch(const std::stop_token& stop) {
    const bool terminal = output_.terminal();
    const auto step = terminal ? std::chrono::milliseconds(200) : std::chrono::milliseconds(30'000);
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, stop, step, [&] { return stop.stop_requested(); })) {
      const auto at = now();
      if (state_.phase.empty() || (terminal && at - began_ < std::chrono::milliseconds(500))) continue;
      std::string line = state_.stalled(at, patience);
      if (line.empty()) line = state_.line(at);
      lock.unlock();
      if (terminal)
        output_.live(line);
      else
        output_.err(line + "\n");
      lock.lock();
    }
  }

  Output& output_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  ProgressState state_;
  ProgressState::Time began_{0};
  std::string note_;
  std::optional<ProgressState::Time> noted_;
  std::jthread watcher_;
};

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
