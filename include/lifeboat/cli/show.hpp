// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/query.hpp>
#include <lifeboat/cli/choose.hpp>
#include <lifeboat/cli/list.hpp>
#include <lifeboat/record/schema.hpp>
#include <lifeboat/restore/scoped_walk.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

constexpr std::string_view type_name(EntryType type) noexcept {
  switch (type) {
    case EntryType::file: return "file";
    case EntryType::directory: return "directory";
    case EntryType::symlink: return "symlink";
    case EntryType::hardlink: return "hardlink";
    case EntryType::char_device: return "char device";
    case EntryType::block_device: return "block device";
    case EntryType::fifo: return "fifo";
  }
  return "unknown";
}

namespace detail {

/// "drwxr-xr-t" as ls prints it; a second name of a file has 'h'.
template <class = void>
std::string mode_text(const Entry& e) {
  constexpr std::string_view types = "?-dlhcbp";
  constexpr std::string_view bits = "rwxrwxrwx";
  const auto type = static_cast<std::size_t>(e.type);
  std::string text(1, types[type < types.size() ? type : 0]);
  for (std::size_t i = 0; i < bits.size(); ++i) text.push_back((e.mode >> (8 - i) & 1U) != 0 ? bits[i] : '-');
  if ((e.mode & 04000U) != 0) text[3] = text[3] == 'x' ? 's' : 'S';
  if ((e.mode & 02000U) != 0) text[6] = text[6] == 'x' ? 's' : 'S';
  if ((e.mode & 01000U) != 0) text[9] = text[9] == 'x' ? 't' : 'T';
  return text;
}

template <class = void>
std::string entry_text(const Entry& e) {
  const auto name = [](const std::string& known, std::uint32_t number) {
    return known.empty() ? std::to_string(number) : printable(known);
  };
  std::string size = e.type == EntryType::file ? std::to_string(e.size) : "-";
  if (e.type == EntryType::char_device || e.type == EntryType::block_device)
    size = std::to_string(e.device_major) + "," + std::to_string(e.device_minor);
  if (size.size() < 12) size.insert(0, 12 - size.size(), ' ');
  std::string text = mode_text(e) + " " + name(e.owner, e.uid) + ":" + name(e.group, e.gid) + " " + size + " " +
                     utc_text(e.mtime) + " " + (e.path.empty() ? "." : printable(e.path));
  if (e.type == EntryType::symlink) text += " -> " + printable(e.target);
  if (e.type == EntryType::hardlink) text += " = " + printable(e.target);
  if (!e.attributes.empty()) text += " [" + count_text(e.attributes.size(), "attribute", "attributes") + "]";
  if ((e.flags & entry_flag::torn) != 0) text += " [torn]";
  if ((e.flags & entry_flag::unreadable) != 0) text += " [unreadable]";
  if ((e.flags & entry_flag::no_content) != 0) text += " [no content]";
  if ((e.flags & entry_flag::prefix) != 0) text += " [append-only]";
  if ((e.flags & entry_flag::mount_point) != 0) text += " [mount point]";
  return text;
}

template <class = void>
Json tree_entry_json(const ManifestEntry& m) {
  const Entry& e = m.entry;
  Json object;
  put_text(object, "path", e.path);
  object["type"] = type_name(e.type);
  object["mode"] = e.mode;
  object["uid"] = e.uid;
  object["gid"] = e.gid;
  put_text(object, "owner", e.owner);
  put_text(object, "group", e.group);
  object["mtime"] = time_json(e.mtime);
  if (e.type == EntryType::file) {
    object["size"] = e.size;
    object["digest"] = to_hex(m.digest.view());
    object["extents"] = m.extents.size();
  }
  if (!e.target.empty()) put_text(object, "target", e.target);
  if (e.type == EntryType::char_device || e.type == EntryType::block_device) {
    object["major"] = e.device_major;
    object["minor"] = e.device_minor;
  }
  if (!e.attributes.empty()) {
    Json names = Json::array();
    for (const ExtendedAttribute& attribute : e.attributes) names.push_back(printable(attribute.name));
    object["attributes"] = std::move(names);
  }
  if ((e.flags & entry_flag::torn) != 0) object["torn"] = true;
  if ((e.flags & entry_flag::unreadable) != 0) object["unreadable"] = true;
  if ((e.flags & entry_flag::no_content) != 0) object["no_content"] = true;
  return object;
}

constexpr std::string_view meaning_name(MeaningKind kind) noexcept {
  switch (kind) {
    case MeaningKind::authorises: return "authorises";
    case MeaningKind::captures: return "captures";
    case MeaningKind::refunds: return "refunds";
    case MeaningKind::states_balance: return "states_balance";
  }
  return "unknown";
}

/// "refunds where state is 4, by payment", "states the balance of account in balance, as debits".
template <class = void>
std::string meaning_text(const SchemaMeaning& meaning) {
  if (meaning.kind == MeaningKind::states_balance)
    return "states the balance of " + printable(meaning.account) + " in " + printable(meaning.balance) +
           (meaning.credits_add ? "" : ", as debits");
  std::string text(meaning_name(meaning.kind));
  if (!meaning.field.empty()) text += " where " + printable(meaning.field) + " is " + std::to_string(meaning.value);
  if (!meaning.key.empty()) text += ", by " + printable(meaning.key);
  if (!meaning.amount.empty()) text += ", of " + printable(meaning.amount);
  return text;
}

template <class = void>
Json meaning_json(const SchemaMeaning& meaning) {
  Json object{{"meaning", meaning_name(meaning.kind)}};
  if (meaning.kind == MeaningKind::states_balance) {
    object["account"] = printable(meaning.account);
    object["balance"] = printable(meaning.balance);
    object["debits_add"] = !meaning.credits_add;
    return object;
  }
  if (!meaning.field.empty()) {
    object["field"] = printable(meaning.field);
    object["value"] = meaning.value;
  }
  if (!meaning.key.empty()) object["key"] = printable(meaning.key);
  if (!meaning.amount.empty()) object["amount"] = printable(meaning.amount);
  return object;
}

/// A record type that the source named when the archive was made, by its schema.
template <class = void>
Json named_record(Session& session, const Bytes& bytes) {
  const Result<Schema> schema = read_schema(bytes);
  if (!schema) {
    session.say("record  of a later version: " + schema.error().sentence());
    return {{"schema", to_hex(bytes)}};
  }
  Json members = Json::array();
  std::string names;
  for (const SchemaField& field : schema->record.members) {
    members.push_back(printable(field.name));
    names.append(names.empty() ? ": " : ", ").append(printable(field.name));
  }
  session.say("record  " + printable(schema->title()) + ", type " + std::to_string(schema->number) + " version " +
              std::to_string(schema->version) + names);
  Json meanings = Json::array();
  for (const SchemaMeaning& meaning : schema->meanings) {
    session.say("means   " + printable(schema->title()) + " " + meaning_text(meaning));
    meanings.push_back(meaning_json(meaning));
  }
  return {{"name", printable(schema->name)},
          {"number", schema->number},
          {"version", schema->version},
          {"members", std::move(members)},
          {"meanings", std::move(meanings)}};
}

template <class = void>
void print_archive(Session& session, const ArchiveRecord& record, const Manifest& manifest) {
  const BackupFacts& facts = record.facts;
  session.say("archive " + to_hex(facts.archive.view()));
  std::string kind = "kind    " + std::string(to_string(facts.strategy));
  if (facts.has_base) kind += " on " + short_id(facts.base) + ", window " + short_id(facts.window);
  if (!facts.refers_to.empty()) kind += ", refers to " + count_text(facts.refers_to.size(), "archive", "archives");
  session.say(kind);
  session.say("point   " + to_text(position_of(record)) + ", cut " + std::string(cut_name(facts.cut)) + ", " +
              both_times(facts.cut_ended));
  session.say("size    " + count_text(facts.entries, "entry", "entries") + ", " + bytes_text(facts.content_bytes) +
              "; stored " + bytes_text(facts.stored_bytes) + " in " + count_text(facts.volumes(), "volume", "volumes"));
  session.say("taken   by " + printable(record.actor) + "@" + printable(record.host) + " with " +
              printable(record.program) + " in " + duration_text(facts.duration_ns) +
              (record.reason.empty() ? "" : ", why: " + printable(record.reason)));
  session.say("state   " + verified_text(record) + marks_text(record));
  for (const std::string& rule : manifest.rules) session.say("rule    " + printable(rule));
  Json records = Json::array();
  for (const Bytes& schema : manifest.schemas) records.push_back(named_record(session, schema));
  session.json.update(archive_json(record));
  session.json["records"] = std::move(records);
  Json rules = Json::array();
  for (const std::string& rule : manifest.rules) rules.push_back(printable(rule));
  session.json["rules"] = std::move(rules);
}

}  // namespace detail

/// `lifeboat show`.
template <class = void>
Result<int> show_command(Session& session) {
  const Arguments& arguments = session.arguments;
  LIFEBOAT_TRY(const Scope scope, Scope::parse(arguments.all("--only"), arguments.all("--exclude")));
  LIFEBOAT_CHECK(open_core(session, {}));
  LIFEBOAT_TRY(const Catalog chain, look_at_chain(session));
  const std::string name = arguments.arguments().empty() ? "latest" : arguments.arguments().front();
  LIFEBOAT_TRY(const ArchiveRecord* record, find_archive(chain, name));
  LIFEBOAT_TRY(const std::unique_ptr<ArchiveReader> archive, open_archive(session, chain, name));
  detail::print_archive(session, *record, archive->manifest());
  LIFEBOAT_TRY(const std::unique_ptr<ScopedWalk> walk, ScopedWalk::open(*archive, scope));
  session.begin_array("tree");
  while (!session.stop().stop_requested() && session.out.failed() == 0) {
    LIFEBOAT_TRY(const bool more, walk->next());
    if (!more) return 0;
    session.say(detail::entry_text(walk->current().entry));
    session.item(detail::tree_entry_json(walk->current()));
  }
  if (session.out.failed() != 0) return 0;
  return Error{ErrorId::interrupted, "the listing was stopped"}.unchanged();
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
