// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>

#include <optional>
#include <string>

#include <lifeboat/core/owner.hpp>
#include <lifeboat/core/replace_file.hpp>
#include <lifeboat/core/shell_word.hpp>
#include <lifeboat/restore/statement.hpp>
#include <lifeboat/sync/transport/link_status.hpp>

// What a standby's process leaves in the replica's folder of what it heard: for whoever looks at it from outside, and
// for a promotion when the process is gone.
namespace lifeboat::inline LIFEBOAT_ABI {

inline constexpr const char* standby_note_name = "standby";
inline constexpr const char* link_note_name = "link";  ///< what a primary leaves in its journal's folder of its link

struct StandbyNote {
  std::string listen;              ///< where it listens
  bool up = false;                 ///< the primary was connected when it was written
  Position durable;                ///< at the primary, as far as it said
  Position acknowledged;           ///< durable at the standby, as far as it said
  Timestamp durable_time;          ///< when the primary said so, by its clock
  std::optional<Timestamp> heard;  ///< when it was heard of last, by this side's clock; none: never
  bool no_doubt = false;           ///< the primary said that its journal has no doubt window
  std::uint64_t connections = 0;
  int own_certificate_days = 0;
  int peer_certificate_days = 0;
  std::string refusal;  ///< why the last connection ended
  std::string holders;  ///< of the epoch, as declared at this standby (parse_holders); empty: none are
  Timestamp written;
};

namespace detail {

template <class = void>
std::string note_time(Timestamp time) {
  std::string nanoseconds = std::to_string(time.nanoseconds);
  nanoseconds.insert(0, 9 - nanoseconds.size(), '0');
  return std::to_string(time.seconds) + "." + nanoseconds;
}
template <class = void>
std::optional<Timestamp> note_time_of(std::string_view text) noexcept {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos || text.size() != point + 10) return std::nullopt;
  const auto seconds = number_of<std::int64_t>(text.substr(0, point));
  const auto nanoseconds = number_of<std::uint32_t>(text.substr(point + 1));
  if (!seconds || !nanoseconds) return std::nullopt;
  return Timestamp{*seconds, *nanoseconds};
}

}  // namespace detail

/// What a link says, by this side's clock.
template <class = void>
StandbyNote note_of(const LinkStatus& link, const std::string& listen, Timestamp now) {
  StandbyNote note;
  note.listen = listen;
  note.up = link.state == LinkState::up;
  note.durable = link.durable;
  note.acknowledged = link.standby.last;
  note.durable_time = link.durable_time;
  if (link.heard) {
    const auto ago = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - *link.heard);
    note.heard = now;
    note.heard->seconds -= ago.count();  // rounded away from now
  }
  note.no_doubt = link.no_doubt;
  note.connections = link.connections;
  note.own_certificate_days = link.own_certificate_days;
  note.peer_certificate_days = link.peer_certificate_days;
  if (link.refusal) note.refusal = link.refusal->sentence();
  note.written = now;
  return note;
}

/// As it stands in the file: a line for each thing, and `end`.
template <class = void>
std::string to_text(const StandbyNote& note) {
  std::string refusal = note.refusal;
  for (char& c : refusal)
    if (c == '\n') c = ' ';
  std::string text = "lifeboat-standby-1\nlisten " + note.listen + "\nstate " + (note.up ? "up" : "away") +
                     "\ndurable " + to_text(note.durable) + "\ndurable_time " + detail::note_time(note.durable_time) +
                     "\n";
  if (note.acknowledged != Position{}) text += "acknowledged " + to_text(note.acknowledged) + "\n";
  if (note.heard) text += "heard " + detail::note_time(*note.heard) + "\n";
  if (!refusal.empty()) text += "refusal " + refusal + "\n";
  if (!note.holders.empty()) text += "holders " + note.holders + "\n";
  return text + "no_doubt " + (note.no_doubt ? "1" : "0") + "\nconnections " + std::to_string(note.connections) +
         "\ncertificates " + std::to_string(note.own_certificate_days) + ":" +
         std::to_string(note.peer_certificate_days) + "\nwritten " + detail::note_time(note.written) + "\nend\n";
}

/// Reads it back; lines that are not known are left aside. Errors: corrupt.
template <class = void>
Result<StandbyNote> parse_standby_note(std::string_view text) {
  StandbyNote note;
  const auto broken = [] { return Error{ErrorId::corrupt, "the note of a standby can not be read"}.unchanged(); };
  if (!text.starts_with("lifeboat-standby-1\n") || !text.ends_with("\nend\n")) return broken();
  bool good = true;
  const auto time = [&](std::string_view value) {
    const auto read = detail::note_time_of(value);
    good = good && read.has_value();
    return read.value_or(Timestamp{});
  };
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, blank);
    const std::string_view value = line.substr(blank + 1);
    if (name == "listen") note.listen = value;
    if (name == "state") note.up = value == "up";
    if (name == "refusal") note.refusal = value;
    if (name == "holders") note.holders = value;
    if (name == "no_doubt") note.no_doubt = value == "1";
    if (name == "durable_time") note.durable_time = time(value);
    if (name == "heard") note.heard = time(value);
    if (name == "written") note.written = time(value);
    if (name == "connections") note.connections = detail::number_of<std::uint64_t>(value).value_or(0);
    if (name == "durable" || name == "acknowledged") {
      const auto position = detail::position_of(value);
      good = good && position.has_value();
      (name == "durable" ? note.durable : note.acknowledged) = position.value_or(Position{});
    }
    if (name == "certificates") {
      const std::size_t colon = std::min(value.find(':'), value.size() - 1);
      note.own_certificate_days = detail::number_of<int>(value.substr(0, colon)).value_or(0);
      note.peer_certificate_days = detail::number_of<int>(value.substr(colon + 1)).value_or(0);
    }
  }
  return good ? Result<StandbyNote>(std::move(note)) : broken();
}

/// The note in a replica's folder; none where there is none. Errors: corrupt, medium_io.
template <class = void>
Result<std::optional<StandbyNote>> read_standby_note(const std::string& replica,
                                                     const std::string& name = standby_note_name) {
  const std::string path = replica + "/" + name;
  const auto file = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_NOFOLLOW);
  if (file.error == ENOENT) return std::optional<StandbyNote>();
  if (!file) return not_opened(ErrorId::medium_io, path + " can not be opened", path, file.error);
  std::byte text[8192];
  const auto got = read_full(file.value.get(), text);
  if (!got) return Error{ErrorId::medium_io, path + " can not be read"}.because(got.error).unchanged();
  auto note = parse_standby_note(as_text(ByteView(text).first(got.value)));
  if (!note && name == link_note_name)
    return Error{ErrorId::corrupt, path + " is damaged: it said how the link to the standby was"}
        .next("rm " + shell_quoted(path) + "    # the engine's next sync writes it anew")
        .unchanged();
  if (!note)
    return Error{ErrorId::corrupt, path + " is damaged: it said what was heard of the primary, and who holds the epoch"}
        .next("rm " + shell_quoted(path) + "    # the loss is unknown then, and --holders are declared again")
        .unchanged();
  return std::optional(std::move(*note));
}

/// Writes it, in the place of the one before. Errors: medium_full, medium_io.
template <class = void>
Status write_standby_note(const std::string& replica, const StandbyNote& note,
                          const std::string& name = standby_note_name) {
  const int error = replace_file(replica, name, as_bytes(to_text(note)));
  if (error == 0) return ok();
  return Error{error == ENOSPC || error == EDQUOT ? ErrorId::medium_full : ErrorId::medium_io,
               "the note of the standby in " + replica + " can not be written"}
      .because(error);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
