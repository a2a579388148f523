// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <vector>

#include <lifeboat/archive/catalog.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// An epoch above the first, as the chain of its source has it.
struct EpochBegin {
  std::uint64_t epoch = 0;
  bool known = false;       ///< its entry says where it goes on; without, that entry is gone or damaged
  Position after;           ///< the last group that counts of those before it
  std::uint64_t first = 0;  ///< sequence of its own first group
};

/// The epochs above the first that a chain has entries of, lowest first. Reads the first entry of each, and nothing of
/// a chain of one epoch. Errors: those of the medium; what is damaged is not known.
template <class = void>
Result<std::vector<EpochBegin>> epochs_begun(MediumPort& medium, std::string_view source) {
  const std::string prefix = chain_prefix(source);
  std::vector<detail::EntryName> first;
  LIFEBOAT_CHECK(medium.list(prefix, "", [&](const ObjectInfo& info) {
    detail::EntryName name;
    if (!detail::parse_entry_name(info.name.substr(prefix.size()), name) || name.epoch < 2) return true;
    // In the order of names the first of an epoch is that with which it begins.
    if (first.empty() || first.back().epoch != name.epoch) first.push_back(name);
    return true;
  }));
  std::vector<EpochBegin> begun;
  if (first.empty()) return begun;
  const auto lost = [](const Error& error) { return error.id() != ErrorId::medium_io; };
  const auto repository = open_repository(medium);
  if (!repository && !lost(repository.error())) return repository.error();
  for (const detail::EntryName& one : first) {
    EpochBegin& begin = begun.emplace_back();
    begin.epoch = one.epoch;
    if (!repository) continue;
    LIFEBOAT_TRY(const std::unique_ptr<HashPort> hash, repository->structural->begin());
    const ObjectName name = chain_entry_name(source, one.epoch, one.generation);
    const auto object = read_small_object(medium, name);
    if (!object && !lost(object.error())) return object.error();
    const auto entry = object ? decode_chain_entry(*object, *hash, name) : Result<ChainEntry>(object.error());
    if (!entry || entry->kind != EntryKind::epoch || entry->source != source || entry->repository != repository->id)
      continue;
    begin.known = true;
    begin.after = entry->begins.after;
    begin.first = entry->begins.first;
  }
  return begun;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
