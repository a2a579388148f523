// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/journal/doubt_copy.hpp>
#include <lifeboat/journal/key_copy.hpp>
#include <lifeboat/journal/ship.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Brings the doubt window of a replica in step with that of its journal, where that has one.
/// Errors: those of reader_behind and JournalReplica.
template <class = void>
Status ship_doubt_beside(const std::string& journal, const std::string& replica) {
  if (!has_doubt(journal)) return ok();
  LIFEBOAT_TRY(DoubtCopy copy, DoubtCopy::open(replica));
  LIFEBOAT_TRY(JournalReader reader, reader_behind(doubt_folder(journal), copy.head()));
  ShipRun run;
  for (bool more = true; more;) {
    LIFEBOAT_TRY(more, run.fill(reader, 256U << 10U));
    if (!run.batches().empty()) LIFEBOAT_CHECK(copy.receive(reader.header(), run.batches()));
  }
  return ok();
}

/// Brings the known keys of a replica in step with those of its journal, where that keeps some, as far as the replica
/// has their groups. Errors: those of KeySource and KeyCopy.
template <class = void>
Status ship_keys_beside(const std::string& journal, const std::string& replica, Position durable) {
  KeySource source(keys_folder(journal));
  LIFEBOAT_TRY(const bool there, source.look());
  if (!there || highest_in(source.set()) > durable) return ok();
  LIFEBOAT_TRY(const std::unique_ptr<KeyCopy> copy, KeyCopy::open(keys_folder(replica)));
  if (copy->check() == source.check()) return ok();
  LIFEBOAT_TRY(std::optional<KeyRunPart> wanted, copy->offer(source.set_bytes(), durable));
  while (wanted) {
    LIFEBOAT_TRY(const KeyRunPart part, source.read(wanted->number, wanted->offset));
    LIFEBOAT_TRY(wanted, copy->take(part));
  }
  return ok();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
