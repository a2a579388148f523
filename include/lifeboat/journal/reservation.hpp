// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>

#include <array>
#include <optional>
#include <string>

#include <lifeboat/adapter/xxhash.hpp>
#include <lifeboat/core/codec.hpp>
#include <lifeboat/core/position.hpp>
#include <lifeboat/core/replace_file.hpp>
#include <lifeboat/core/result.hpp>
#include <lifeboat/core/shell_word.hpp>
#include <lifeboat/core/time_text.hpp>

// What a writer promised of its sequences: on a surviving copy it bounds what may be lost (docs/failover.md, section
// 3).
namespace lifeboat::inline LIFEBOAT_ABI {

/// Before `until`, by the clock of who writes the journal, no group above `upto` is handed out.
struct Reservation {
  Position upto;
  Timestamp until;
  friend bool operator==(const Reservation&, const Reservation&) = default;
};

/// In a writer's folder: what it promised last to its standby, to its medium, and to a replica. In a copy's: what was
/// promised to it.
inline constexpr const char* promised_standby_name = "promised.standby";
inline constexpr const char* promised_medium_name = "promised.medium";
inline constexpr const char* promised_replica_name = "promised.replica";
inline constexpr const char* ceiling_name = "ceiling";

namespace detail {

inline constexpr std::string_view reservation_magic = "LBCEIL01";

}  // namespace detail

/// Puts a reservation in place of the one before, durably. Errors: medium_full, medium_io.
template <class = void>
Status write_reservation(const std::string& folder, const char* name, const Reservation& what) {
  Bytes bytes;
  ByteWriter w(bytes);
  w.text(detail::reservation_magic);
  w.fixed(what.upto.epoch);
  w.fixed(what.upto.sequence);
  w.fixed(what.until.seconds);
  w.fixed(what.until.nanoseconds);
  std::byte check[xxh3_size];
  xxh3_128(bytes, check);
  w.bytes(check);
  const int error = replace_file(folder, name, bytes);
  if (error == 0) return ok();
  const bool full = error == ENOSPC || error == EDQUOT;
  return Error{full ? ErrorId::medium_full : ErrorId::medium_io, folder + "/" + name + " can not be written"}.because(
      error);
}

/// What stands there; none where nothing does. Errors: corrupt, medium_io.
template <class = void>
Result<std::optional<Reservation>> read_reservation(const std::string& folder, const char* name) {
  const std::string path = folder + "/" + name;
  const auto file = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_NOFOLLOW);
  if (file.error == ENOENT || file.error == ENOTDIR) return std::optional<Reservation>();
  std::byte bytes[256];
  const auto got = file ? read_full(file.value.get(), bytes) : SystemResult<std::size_t>{0, file.error};
  if (!got) return Error{ErrorId::medium_io, path + " can not be read"}.because(got.error);
  const ByteView all(bytes, got.value);
  Reservation what;
  std::byte check[xxh3_size]{};
  if (all.size() > xxh3_size) xxh3_128(all.first(all.size() - xxh3_size), check);
  ByteReader r(all);
  const bool named = as_text(r.bytes(detail::reservation_magic.size())) == detail::reservation_magic;
  what.upto.epoch = r.fixed<std::uint64_t>();
  what.upto.sequence = r.fixed<std::uint64_t>();
  what.until.seconds = r.fixed<std::int64_t>();
  what.until.nanoseconds = r.fixed<std::uint32_t>();
  const ByteView found = r.bytes(xxh3_size);
  if (!named || !r.good() || !r.at_end() || !std::equal(found.begin(), found.end(), check))
    return Error{ErrorId::corrupt, path + " is damaged"}.next("rm " + shell_quoted(path) +
                                                              "    # what it says holds for moments only");
  return std::optional(what);
}

/// Whether the writer of a journal may have stopped by then: `seen` is when it was still there, by the same clock, its
/// own. Errors: config.
template <class = void>
Status check_stopped(const std::optional<Timestamp>& stopped, const std::optional<Timestamp>& seen) {
  if (!stopped || !seen || *stopped >= *seen) return ok();
  return Error{ErrorId::config, "the writer of the journal had not stopped by " +
                                    utc_text(*stopped, Fraction::nanoseconds) + ": by its own clock it was there at " +
                                    utc_text(*seen, Fraction::nanoseconds)}
      .next("the same line without --stopped    # or with a time by which it had stopped")
      .unchanged();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
