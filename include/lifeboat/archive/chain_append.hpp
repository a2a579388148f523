// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/catalog.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Publishes `entry` as the successor of the last entry of the chain: the commit of what it says. Where another writer
/// was first, the chain is read again, `recheck` is asked whether what the entry rests on still stands, and it is tried
/// again. Fills in repository, source, epoch, generation, predecessor and digest, and brings the catalog up to date.
/// Errors: chain_fork where the chain is forked, chain_moved where others were first every time, those of `recheck` and
/// of the medium.
template <class = void>
Status append_entry(const Repository& repository, Catalog& catalog, ChainEntry& entry,
                    FunctionRef<Status(const Catalog&)> recheck) {
  constexpr int tries_max = 16;
  LIFEBOAT_TRY(const std::unique_ptr<HashPort> hash, repository.structural->begin());
  for (int tries = 0; tries < tries_max; ++tries) {
    for (const Finding& finding : catalog.findings)
      if (finding.id == ErrorId::chain_fork)
        return Error{ErrorId::chain_fork, finding.text}.next("lifeboat verify --id " + catalog.source).unchanged();
    entry.repository = repository.id;
    entry.source = catalog.source;
    entry.epoch = catalog.epoch;
    entry.generation = catalog.generation + 1;
    entry.previous = catalog.head;
    LIFEBOAT_TRY(const Bytes object, encode_chain_entry(entry, *hash));
    const Status published =
        publish_object(*repository.medium, chain_entry_name(catalog.source, entry.epoch, entry.generation), object);
    if (published) {
      catalog.generation = entry.generation;
      catalog.head = entry.digest;
      detail::apply_entry(catalog, entry);
      catalog.entries.push_back(entry);
      return ok();
    }
    if (published.error().id() != ErrorId::object_exists) return published;
    LIFEBOAT_TRY(catalog, load_catalog(repository, std::string(catalog.source)));
    LIFEBOAT_CHECK(recheck(catalog));
  }
  return Error{ErrorId::chain_moved, "other writers of " + catalog.source + " were first " + std::to_string(tries_max) +
                                         " times; nothing was committed"}
      .next("the same command again");
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
