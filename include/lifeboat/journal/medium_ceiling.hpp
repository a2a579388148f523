// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <charconv>
#include <string>
#include <vector>

#include <lifeboat/core/port.hpp>
#include <lifeboat/core/time_text.hpp>
#include <lifeboat/journal/piece.hpp>
#include <lifeboat/journal/reserve_ceiling.hpp>

// Ceilings of sequences that are reserved on a medium (docs/journal.md, section 6).
namespace lifeboat::inline LIFEBOAT_ABI {

template <class = void>
ObjectName ceiling_object(std::string_view source, const Reservation& what) {
  std::string name = piece_prefix(source) + "ceiling-";
  detail::append_padded(name, what.upto.epoch, 10);
  detail::append_padded(name.append("-"), what.upto.sequence, 20);
  detail::append_padded(name.append("-"), static_cast<std::uint64_t>(std::max<std::int64_t>(what.until.seconds, 0)),
                        20);
  return name;
}

/// What is reserved on a medium, by the names alone. Errors: those of the medium.
template <class = void>
Result<std::vector<Reservation>> ceilings_on(MediumPort& medium, std::string_view source) {
  std::vector<Reservation> all;
  const std::string prefix = piece_prefix(source) + "ceiling-";
  LIFEBOAT_CHECK(medium.list(prefix, "", [&](const ObjectInfo& info) {
    const std::string_view text = std::string_view(info.name).substr(prefix.size());
    std::uint64_t fields[3] = {};
    const std::size_t digits[3] = {10, 20, 20};
    const char* at = text.data();
    if (text.size() != 52) return true;
    for (int i = 0; i < 3; ++i) {
      if (i != 0 && *at++ != '-') return true;
      const auto [end, error] = std::from_chars(at, at + digits[i], fields[i]);
      if (error != std::errc() || end != at + digits[i]) return true;
      at = end;
    }
    all.push_back({{fields[0], fields[1]}, {static_cast<std::int64_t>(fields[2] & 0x7fff'ffff'ffff'ffffU), 0}});
    return true;
  }));
  return all;
}

/// The lowest that a writer which had stopped by then could not pass; none where nobody says when it had.
template <class = void>
std::optional<Position> bound_of(const std::vector<Reservation>& ceilings, Position head,
                                 const std::optional<Timestamp>& stopped) {
  std::optional<Position> lowest;
  for (const Reservation& one : ceilings)
    if (stopped && *stopped <= one.until && one.upto.epoch == head.epoch && one.upto > head &&
        (!lowest || one.upto < *lowest))
      lowest = one.upto;
  return lowest;
}

/// Reserves `groups` on a medium until `now` and `lasts` later: first promised here, then put there, then those before
/// are removed. Where the medium can not remove, each is held to until it ends. Errors: medium_io, medium_full, and
/// those of the medium.
template <class = void>
Status reserve_on(MediumPort& medium, std::string_view source, const std::string& journal, SequenceCeiling& ceiling,
                  std::uint64_t groups, const Timestamp& now, std::chrono::seconds lasts) {
  LIFEBOAT_TRY(const std::vector<Reservation> before, ceilings_on(medium, source));
  const auto put = [&](const Reservation& what) -> Result<bool> {
    LIFEBOAT_TRY(const std::unique_ptr<ObjectWriter> writer,
                 medium.create(ceiling_object(source, what), {.expected_length = 1}));
    const std::byte one{'1'};
    LIFEBOAT_CHECK(writer->write(ByteView(&one, 1)));
    const auto done = writer->commit(Publish::if_absent);
    if (!done && done.error().id() != ErrorId::object_exists) return done.error();
    std::vector<ObjectName> old;
    for (const Reservation& other : before)
      if (other != what) old.push_back(ceiling_object(source, other));
    const Capabilities can = medium.capabilities();
    if (!can.remove || can.write_once) return old.empty();
    LIFEBOAT_CHECK(medium.remove(old));
    return true;
  };
  // Its name has whole seconds.
  return reserve_ceiling(ceiling, CeilingCopy::medium, journal, groups, {now.seconds, 0}, lasts, put);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
