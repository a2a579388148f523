// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

#include <lifeboat/adapter/nlohmann_json.hpp>
#include <lifeboat/archive/catalog.hpp>
#include <lifeboat/cli/messages.hpp>

// The vocabulary as JSON (docs/json.md).
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// The version of what --json prints: members are added without a new one, never removed or given another meaning.
inline constexpr int json_version = 1;

/// Adds text of any bytes as `name`; where it is no UTF-8, `name_hex` holds all of it.
template <class = void>
void put_text(Json& object, const std::string& name, std::string_view text) {
  object[name] = std::string(text);
  if (!is_utf8(text)) object[name + "_hex"] = to_hex(as_bytes(text));
}

template <class = void>
Json id_json(const Id& id) {
  return to_hex(id.view());
}

template <class = void>
Json time_json(Timestamp time) {
  return utc_text(time, Fraction::nanoseconds);
}

template <class = void>
Json error_json(const Error& error, std::string_view program, const Arguments* arguments) {
  Json object;
  object["id"] = to_string(error.id());
  put_text(object, "message", error.sentence());
  if (error.system_error() != 0) {
    object["system_error"] = error.system_error();
    object["system_text"] = system_text(error.system_error());
  }
  object["unchanged"] = error.is_unchanged();
  if (!error.next().empty()) put_text(object, "next", complete_next(error.next(), program, arguments));
  return object;
}

template <class = void>
Json finding_json(const Finding& finding) {
  Json object;
  object["id"] = to_string(finding.id);
  put_text(object, "object", finding.object);
  put_text(object, "message", finding.text);
  return object;
}

constexpr std::string_view depth_name(Depth depth) noexcept {
  switch (depth) {
    case Depth::catalog: return "catalog";
    case Depth::seals: return "seals";
    case Depth::digests: return "digests";
    case Depth::restore: return "restore";
  }
  return "unknown";
}

/// For people: "cut frozen", "cut per file".
constexpr std::string_view cut_name(CutKind cut) noexcept {
  switch (cut) {
    case CutKind::frozen: return "frozen";
    case CutKind::snapshot: return "snapshot";
    case CutKind::per_file: return "per file";
    case CutKind::torn: return "torn";
  }
  return "unknown";
}

/// Where an archive stands: the position that its source stated, else epoch and generation of the chain.
inline Position position_of(const ArchiveRecord& record) noexcept {
  return record.facts.has_position ? record.facts.position : Position{record.epoch, record.generation};
}

template <class = void>
Json archive_json(const ArchiveRecord& record) {
  const BackupFacts& facts = record.facts;
  Json object;
  object["archive"] = id_json(facts.archive);
  object["kind"] = to_string(facts.strategy);
  if (facts.has_base) object["base"] = id_json(facts.base);
  object["window"] = id_json(facts.window);
  object["epoch"] = record.epoch;
  object["generation"] = record.generation;
  object["position"] = to_text(position_of(record));
  object["cut"] = cut_name(facts.cut);
  object["time"] = time_json(facts.cut_ended);
  object["began"] = time_json(facts.cut_began);
  object["entries"] = facts.entries;
  object["content_bytes"] = facts.content_bytes;
  object["stored_bytes"] = facts.stored_bytes;
  object["read_bytes"] = facts.read_bytes;
  object["torn"] = facts.torn;
  object["unreadable"] = facts.unreadable;
  object["shrunken"] = (facts.flags & backup_flag::shrunken) != 0;
  object["duration_ns"] = facts.duration_ns;
  object["lost"] = record.lost;
  if (record.verified) {
    object["verified"]["depth"] = depth_name(*record.verified);
    object["verified"]["time"] = time_json(record.verified_at);
  } else {
    object["verified"] = nullptr;
  }
  return object;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
