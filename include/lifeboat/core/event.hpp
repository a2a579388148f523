// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string_view>

#include <lifeboat/core/error.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Something worth telling that is no error of the verb: a skipped socket, a torn file, a full taken in place of an
/// increment. Borrowed for the call.
struct Event {
  ErrorId id{};
  std::string_view object;    ///< the path, archive or object it is about
  std::string_view sentence;
  int system_error = 0;
};

/// How far a long verb is. Totals are 0 while they are not known.
struct Progress {
  std::string_view phase;     ///< "scan", "read", "verify", "restore", ...
  std::string_view object;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  std::uint64_t items = 0;
};

/// Where events and progress go: plain functions of the engine, called from the verb's own thread, never under a lock.
/// Verbs that run at once call them at once, and so does `run` where it ships a log.
struct LogSink {
  void* context = nullptr;
  void (*event)(void* context, const Event& event) noexcept = nullptr;
  void (*progress)(void* context, const Progress& progress) noexcept = nullptr;

  void tell(const Event& what) const noexcept {
    if (event != nullptr) event(context, what);
  }
  void tell(const Progress& what) const noexcept {
    if (progress != nullptr) progress(context, what);
  }
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
