// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include <lifeboat/adapter/xxhash.hpp>
#include <lifeboat/core/bytes.hpp>
#include <lifeboat/core/time_text.hpp>

// How long a restore took, as a source's state folder keeps it: what the time of the next one is foretold by.
namespace lifeboat::inline LIFEBOAT_ABI {

/// Which verb was measured. A verification of depth restore reads and decodes what a restore does, and writes nothing.
enum class MeasuredVerb : std::uint8_t { restore, verify };

/// One run whose time was taken.
struct MeasuredRun {
  MeasuredVerb verb = MeasuredVerb::restore;
  Timestamp time{};                 ///< when it ended
  std::uint64_t bytes = 0;          ///< written, or, of a verification, read
  std::uint64_t content_bytes = 0;  ///< the same with holes counted
  std::uint64_t entries = 0;        ///< 0 for a verification
  std::uint64_t nanoseconds = 0;

  [[nodiscard]] std::uint64_t bytes_per_second() const noexcept {
    return nanoseconds == 0
               ? 0
               : static_cast<std::uint64_t>(static_cast<double>(bytes) * 1e9 / static_cast<double>(nanoseconds));
  }
  /// How long as many times of its bytes, or so many entries, would take: whichever is longer.
  [[nodiscard]] std::uint64_t foretold(double times, std::uint64_t of_entries) const noexcept {
    const double by_entries = entries == 0 ? 0 : static_cast<double>(of_entries) / static_cast<double>(entries);
    return static_cast<std::uint64_t>(static_cast<double>(nanoseconds) * (times < by_entries ? by_entries : times));
  }
  /// "restore of 2026-11-17", for people.
  [[nodiscard]] std::string name() const {
    const std::string day = utc_text(time).substr(0, 10);
    return verb == MeasuredVerb::restore ? "restore of " + day : "verification of " + day + ", which wrote nothing";
  }
};

namespace detail {

template <class = void>
std::string measured_seal(std::string_view text) {
  std::byte digest[xxh3_size];
  xxh3_128(as_bytes(text), digest);
  return to_hex(ByteView(digest));
}

}  // namespace detail

/// One line of the state folder's file, sealed by a digest, without its end.
template <class = void>
std::string measured_line(const MeasuredRun& run) {
  std::string text = "lifeboat-measured-1";
  text.append(run.verb == MeasuredVerb::restore ? " restore" : " verify");
  text.append(" ").append(std::to_string(run.time.seconds));
  for (const std::uint64_t value : {run.bytes, run.content_bytes, run.entries, run.nanoseconds})
    text.append(" ").append(std::to_string(value));
  return text + " " + detail::measured_seal(text);
}

/// What a line says; nothing where it is none of ours, or does not fit its seal.
template <class = void>
std::optional<MeasuredRun> parse_measured_line(std::string_view line) {
  const std::size_t last = line.rfind(' ');
  if (last == std::string_view::npos || line.substr(last + 1) != detail::measured_seal(line.substr(0, last))) return {};
  MeasuredRun run;
  std::string_view rest = line.substr(0, last);
  const auto word = [&] {
    const std::size_t end = rest.find(' ');
    const std::string_view found = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return found;
  };
  const auto number = [&](auto& value) {
    const std::string_view digits = word();
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return read.ec == std::errc() && read.ptr == digits.data() + digits.size();
  };
  if (word() != "lifeboat-measured-1") return {};
  const std::string_view verb = word();
  if (verb != "restore" && verb != "verify") return {};
  run.verb = verb == "restore" ? MeasuredVerb::restore : MeasuredVerb::verify;
  if (!number(run.time.seconds) || !number(run.bytes) || !number(run.content_bytes) || !number(run.entries) ||
      !number(run.nanoseconds) || !rest.empty() || run.bytes == 0 || run.content_bytes == 0 || run.nanoseconds == 0)
    return {};
  return run;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
