// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>

#include <lifeboat/archive/chain_codec.hpp>
#include <lifeboat/archive/chain_view.hpp>
#include <lifeboat/archive/repository.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Something that a chain, an archive or an object does not keep to.
struct Finding {
  ErrorId id{};
  std::string object;  ///< name of the object, or path in an archive
  std::string text;
};

/// What the chain of one source says. Always rebuildable from the medium alone.
struct Catalog {
  std::string source;
  std::vector<ChainEntry> entries;      ///< every entry that can be read, in order
  std::vector<ArchiveRecord> archives;  ///< those that exist, oldest first
  std::vector<ArchiveRecord> pruned;    ///< those that a prune marked, whether or not their objects are still there
  std::vector<Finding> findings;        ///< what can not be proven: breaks, forks, damaged entries
  std::uint64_t epoch = 1;              ///< of the last entry
  std::uint64_t generation = 0;         ///< of the last entry; 0: the chain is empty
  Digest head;                          ///< digest of the last entry, or of the descriptor; empty: it can not be read
  bool gaps = false;                    ///< entries are missing, be it below a checkpoint
  std::vector<std::uint64_t> unproven;  ///< generations of which nobody knows what they said
  std::uint64_t superseded = 0;         ///< entries of an older epoch behind where a newer one began: evidence

  [[nodiscard]] ChainView view() const noexcept { return {archives}; }
};

namespace detail {

struct EntryName {
  std::uint64_t epoch = 0;
  std::uint64_t generation = 0;
  std::uint64_t length = 0;
};

/// Epoch and generation out of "EEEEEEEE-GGGGGGGGGG"; false for any other text.
template <class = void>
bool parse_entry_name(std::string_view text, EntryName& name) {
  if (text.size() != 19 || text[8] != '-') return false;
  const auto number = [](std::string_view digits, std::uint64_t& value) {
    value = 0;
    for (const char c : digits) {
      if (c < '0' || c > '9') return false;
      value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return value != 0;
  };
  return number(text.substr(0, 8), name.epoch) && number(text.substr(9), name.generation);
}

template <class = void>
ArchiveRecord record_of(const ChainEntry& e) {
  ArchiveRecord record;
  record.facts = e.backup;
  record.epoch = e.epoch;
  record.generation = e.generation;
  record.clock = e.clock;
  record.entry_digest = e.digest;
  record.actor = e.actor;
  record.host = e.host;
  record.program = e.program;
  record.reason = e.reason;
  return record;
}

template <class = void>
ArchiveRecord* find_record(std::vector<ArchiveRecord>& records, const ArchiveId& id) {
  for (ArchiveRecord& record : records)
    if (record.facts.archive == id) return &record;
  return nullptr;
}

/// What an entry changes in the picture of the archives.
template <class = void>
void apply_entry(Catalog& c, const ChainEntry& e) {
  switch (e.kind) {
    case EntryKind::backup: c.archives.push_back(record_of(e)); break;
    case EntryKind::prune:
      for (const ArchiveId& id : e.prune.goes)
        for (std::size_t i = 0; i < c.archives.size(); ++i)
          if (c.archives[i].facts.archive == id) {
            c.pruned.push_back(std::move(c.archives[i]));
            c.archives.erase(c.archives.begin() + static_cast<std::ptrdiff_t>(i));
            break;
          }
      for (const std::uint64_t generation : e.prune.clocks_accepted)
        for (ArchiveRecord& record : c.archives)
          if (record.generation == generation) record.clock_accepted = true;
      break;
    case EntryKind::verify:
      if (e.verify.findings != 0) break;
      for (const ArchiveId& id : e.verify.complete)
        if (ArchiveRecord* record = find_record(c.archives, id); record != nullptr) {
          if (!record->verified || *record->verified <= e.verify.depth) {
            record->verified = e.verify.depth;
            record->verified_at = e.clock.wall;
          }
        }
      break;
    case EntryKind::lost:
      if (ArchiveRecord* record = find_record(c.archives, e.lost.archive); record != nullptr) record->lost = true;
      break;
    case EntryKind::accept:
      for (const ArchiveId& id : e.accept.archives)
        if (ArchiveRecord* record = find_record(c.archives, id); record != nullptr)
          (e.accept.what == Accepted::clock ? record->clock_accepted : record->shrunken_accepted) = true;
      break;
    default: break;
  }
}

/// Leaves out what an older epoch has at and behind the entry that began a newer one: it decides the fork. Sorted by
/// generation and epoch; nothing is read of a chain of one epoch.
template <class = void>
Status settle_epochs(const Repository& repository, HashPort& hash, std::string_view source,
                     std::vector<EntryName>& names, std::uint64_t& superseded) {
  std::vector<EntryName> begun;  // of each epoch, the entry with which it begins
  for (const EntryName& name : names) {
    const auto same = [&](const EntryName& other) { return other.epoch == name.epoch; };
    if (std::none_of(begun.begin(), begun.end(), same)) begun.push_back(name);
  }
  if (begun.size() < 2) return ok();
  for (const EntryName& begin : begun) {
    const ObjectName name = chain_entry_name(source, begin.epoch, begin.generation);
    const auto object = read_small_object(*repository.medium, name);
    const auto entry = object ? decode_chain_entry(*object, hash, name) : Result<ChainEntry>(object.error());
    if (!entry || entry->kind != EntryKind::epoch) continue;
    const auto left = std::remove_if(names.begin(), names.end(), [&](const EntryName& other) {
      return other.epoch < begin.epoch && other.generation >= begin.generation;
    });
    superseded += static_cast<std::uint64_t>(names.end() - left);
    names.erase(left, names.end());
  }
  return ok();
}

}  // namespace detail

/// Reads the chain of a source. Damage in it, and an entry that can not be read, is no error here: it is listed in
/// `findings`, and what can be read is given. Errors: what the medium fails to list with. Complexity: one small read
/// for each entry.
template <class = void>
Result<Catalog> load_catalog(const Repository& repository, std::string_view source) {
  Catalog c;
  c.source = std::string(source);
  c.head = repository.digest;
  const std::string prefix = chain_prefix(source);
  std::vector<detail::EntryName> names;
  LIFEBOAT_CHECK(repository.medium->list(prefix, "", [&](const ObjectInfo& info) {
    detail::EntryName name;
    if (detail::parse_entry_name(info.name.substr(prefix.size()), name)) {
      name.length = info.length;
      names.push_back(name);
    }
    return true;
  }));
  std::sort(names.begin(), names.end(), [](const detail::EntryName& a, const detail::EntryName& b) {
    return a.generation != b.generation ? a.generation < b.generation : a.epoch < b.epoch;
  });
  LIFEBOAT_TRY(std::unique_ptr<HashPort> hash, repository.structural->begin());
  LIFEBOAT_CHECK(detail::settle_epochs(repository, *hash, source, names, c.superseded));
  bool linked = true;  // whether c.head is the digest of generation c.generation
  std::vector<std::uint64_t> missing;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const ObjectName name = chain_entry_name(source, names[i].epoch, names[i].generation);
    if (i > 0 && names[i].generation == names[i - 1].generation) {
      c.findings.push_back({ErrorId::chain_fork, name,
                            "generation " + std::to_string(names[i].generation) + " stands twice: " + name + " and " +
                                chain_entry_name(source, names[i - 1].epoch, names[i - 1].generation)});
      c.unproven.push_back(names[i].generation);
      continue;
    }
    if (names[i].generation != c.generation + 1) {
      for (std::uint64_t g = c.generation + 1; g < names[i].generation && missing.size() < 10000; ++g)
        missing.push_back(g);
      linked = false;
      c.gaps = true;
    }
    const auto object = read_small_object(*repository.medium, name);
    const bool unread = !object && object.error().id() != ErrorId::corrupt;  // it may be as it should, and read later
    auto decoded = object ? decode_chain_entry(*object, *hash, name) : Result<ChainEntry>(object.error());
    if (decoded && (decoded->generation != names[i].generation || decoded->epoch != names[i].epoch ||
                    decoded->source != source || decoded->repository != repository.id))
      decoded = Error{ErrorId::corrupt, name + " holds an entry that belongs elsewhere"};
    if (!decoded) {
      c.findings.push_back({decoded.error().id(), name, decoded.error().sentence()});
      c.unproven.push_back(names[i].generation);
      linked = false;
      c.generation = names[i].generation;
      c.epoch = std::max(c.epoch, names[i].epoch);
      // Whatever it was, the next entry was made to follow these bytes.
      const bool has_digest = object && object->size() >= structural_size;
      c.head = has_digest ? Digest(ByteView(*object).last(structural_size)) : Digest();
      c.head.size = unread ? 0 : structural_size;
      continue;
    }
    if (linked && decoded->previous != c.head)
      c.findings.push_back({ErrorId::chain_broken, name, name + " does not follow the entry before it"});
    if (decoded->epoch < c.epoch)
      c.findings.push_back({ErrorId::chain_broken, name, name + " has a lower epoch than the entry before it"});
    linked = true;
    c.head = decoded->digest;
    c.generation = decoded->generation;
    c.epoch = std::max(c.epoch, decoded->epoch);
    detail::apply_entry(c, *decoded);
    c.entries.push_back(std::move(*decoded));
  }
  // Below a prune entry, only what stays must still have its entry.
  std::uint64_t checkpoint = 0;
  for (const ChainEntry& e : c.entries)
    if (e.kind == EntryKind::prune) {
      checkpoint = e.generation;
      for (const ArchiveId& id : e.prune.stays)
        if (detail::find_record(c.archives, id) == nullptr && detail::find_record(c.pruned, id) == nullptr)
          c.findings.push_back(
              {ErrorId::chain_broken, prefix,
               "the entry of archive " + to_hex(id.view()) + ", which stayed at the last prune, is gone"});
    }
  for (const std::uint64_t generation : missing) {
    if (generation <= checkpoint) continue;
    c.findings.push_back(
        {ErrorId::chain_broken, prefix, "generation " + std::to_string(generation) + " of " + prefix + " is missing"});
    c.unproven.push_back(generation);
  }
  return c;
}

/// The highest epoch that a chain has an entry of, by its names alone; 0 where it has none.
template <class = void>
Result<std::uint64_t> chain_epoch(MediumPort& medium, std::string_view source) {
  std::uint64_t highest = 0;
  const std::string prefix = chain_prefix(source);
  LIFEBOAT_CHECK(medium.list(prefix, "", [&](const ObjectInfo& info) {
    detail::EntryName name;
    if (detail::parse_entry_name(info.name.substr(prefix.size()), name)) highest = std::max(highest, name.epoch);
    return true;
  }));
  return highest;
}

/// The sources that have a chain on a medium, sorted; with "archive/", those that have objects of archives.
template <class = void>
Result<std::vector<std::string>> list_sources(MediumPort& medium, const std::string& prefix = "chain/") {
  std::vector<std::string> sources;
  std::string after;
  while (true) {
    std::string found;
    LIFEBOAT_CHECK(medium.list(prefix, after, [&](const ObjectInfo& info) {
      const std::string_view rest = info.name.substr(prefix.size());
      found.assign(rest.substr(0, rest.find('/')));
      return false;
    }));
    if (found.empty()) return sources;
    sources.push_back(found);
    after = prefix + found + "0";  // '0' sorts right after '/': past every entry of that source
  }
}

/// The archive that `text` names: its id, or the first digits of it if only one begins so.
template <class = void>
Result<const ArchiveRecord*> find_archive(const Catalog& catalog, std::string_view text) {
  const ArchiveRecord* found = nullptr;
  if (text == "latest") {
    found = catalog.view().latest();
  } else {
    for (const ArchiveRecord& record : catalog.archives) {
      if (!std::string_view(to_hex(record.facts.archive.view())).starts_with(text) || text.empty()) continue;
      if (found != nullptr)
        return Error{ErrorId::archive_ambiguous,
                     "more than one archive of " + catalog.source + " begins with " + std::string(text)}
            .next("lifeboat list --id " + catalog.source)
            .unchanged();
      found = &record;
    }
  }
  if (found == nullptr)
    return Error{ErrorId::archive_unknown, catalog.source + " has no archive " + std::string(text)}
        .next("lifeboat list --id " + catalog.source)
        .unchanged();
  return found;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
