// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <lifeboat/archive/archive_despite.hpp>
#include <lifeboat/cli/opening.hpp>

// Which archive is meant, opened for reading.
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// A path as archives have it: "./a", "/a" and "a/" mean "a".
constexpr std::string_view entry_path(std::string_view typed) noexcept {
  while (typed.starts_with("./") || typed.starts_with('/')) typed.remove_prefix(typed.front() == '/' ? 1 : 2);
  while (typed.ends_with('/')) typed.remove_suffix(1);
  return typed == "." ? std::string_view() : typed;
}

/// Whether the chain is left aside. Errors: usage for anything but `--despite chain`, and `--despite gap` of a restore.
template <class = void>
Result<bool> despite_chain(const Arguments& arguments) {
  if (!arguments.has("--despite")) return false;
  if (arguments.text("--despite") == "chain") return true;
  if (arguments.text("--despite") == "gap" && arguments.command().name == "restore") return false;
  return Error{ErrorId::usage, "--despite takes the word chain"}.next("--despite chain").unchanged();
}

/// The one archive on the medium whose id begins so, whatever the chain says of it.
/// Errors: archive_unknown, archive_ambiguous.
template <class = void>
Result<ArchiveId> find_stored_archive(Core& core, std::string_view text) {
  LIFEBOAT_TRY(const std::vector<ArchiveId> ids, list_archive_ids(*core.parts().medium, core.source_id()));
  std::string known;
  std::optional<ArchiveId> found;
  for (const ArchiveId& id : ids) {
    known.append(known.empty() ? "" : ", ").append(short_id(id, 12));
    if (!std::string_view(to_hex(id.view())).starts_with(text)) continue;
    if (found)
      return Error{ErrorId::archive_ambiguous, "more than one archive begins with " + std::string(text)}.unchanged();
    found = id;
  }
  if (found) return *found;
  return Error{ErrorId::archive_unknown, "there is nothing of an archive " + std::string(text) + " of " +
                                             core.source_id() +
                                             (known.empty() ? "" : "; there is something of " + known)}
      .unchanged();
}

/// Opens the archive that `text` names: "latest" or the first digits of an id.
template <class = void>
Result<std::unique_ptr<ArchiveReader>> open_archive(Session& session, const Catalog& chain, std::string_view text) {
  Core& core = *session.core;
  LIFEBOAT_TRY(const ArchiveRecord* record, find_archive(chain, text));
  return ArchiveReader::open(core.repository(), core.source_id(), record->facts, core.parts().verifier.get());
}

/// The same with no help of the chain.
template <class = void>
Result<std::unique_ptr<ArchiveReader>> open_stored_archive(Session& session, std::string_view text) {
  Core& core = *session.core;
  LIFEBOAT_TRY(const ArchiveId id, find_stored_archive(core, text));
  session.warn(ErrorId::chain_broken, {},
               "no chain vouches for archive " + to_hex(id.view()) +
                   ": that it is the one that was "
                   "committed is not proven");
  return open_despite_chain(core.repository(), core.source_id(), id, core.parts().verifier.get());
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
