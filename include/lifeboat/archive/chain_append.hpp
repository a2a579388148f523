// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/catalog.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Whether a chain can be gone on with: it is not forked, its last entry can be read, and there is a name for a next.
template <class = void>
Status check_appendable(const Catalog& catalog) {
  const std::string verify = "lifeboat verify --id " + catalog.source;
  for (const Finding& finding : catalog.findings)
    if (finding.id == ErrorId::chain_fork) return Error{ErrorId::chain_fork, finding.text}.next(verify).unchanged();
  const std::string last = chain_entry_name(catalog.source, catalog.epoch, catalog.generation);
  if (catalog.head.size == 0)
    return Error{ErrorId::medium_io, "the last entry of a chain, " + last + ", can not be read: nothing can follow it"}
        .next(verify)
        .unchanged();
  if (catalog.generation >= generation_max)
    return Error{ErrorId::limit, "there is no name for an entry behind " + last}.next(verify).unchanged();
  return ok();
}

/// Publishes `entry` as the successor of the last entry of the chain: the commit of what it says. Where another writer
/// was first, the chain is read again, `recheck` is asked whether what the entry rests on still stands, and it is tried
/// again. Fills in repository, source, epoch, generation, predecessor and digest, and brings the catalog up to date. An
/// entry of kind epoch claims the next one, or the higher one that it names already.
/// Errors: those of `check_appendable`, chain_moved where others were first every time, those of `recheck` and of the
/// medium.
template <class = void>
Status append_entry(const Repository& repository, Catalog& catalog, ChainEntry& entry,
                    FunctionRef<Status(const Catalog&)> recheck) {
  constexpr int tries_max = 16;
  LIFEBOAT_TRY(const std::unique_ptr<HashPort> hash, repository.structural->begin());
  for (int tries = 0; tries < tries_max; ++tries) {
    LIFEBOAT_CHECK(check_appendable(catalog));
    entry.repository = repository.id;
    entry.source = catalog.source;
    entry.epoch = entry.kind == EntryKind::epoch ? std::max(catalog.epoch + 1, entry.epoch) : catalog.epoch;
    entry.generation = catalog.generation + 1;
    entry.previous = catalog.head;
    LIFEBOAT_TRY(const Bytes object, encode_chain_entry(entry, *hash));
    const Status published =
        publish_object(*repository.medium, chain_entry_name(catalog.source, entry.epoch, entry.generation), object);
    if (published) {
      catalog.epoch = entry.epoch;
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
