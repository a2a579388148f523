// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/query.hpp>
#include <lifeboat/cli/show.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// `lifeboat cat ARCHIVE PATH`: no byte goes out before it is proved. With --json the bytes are read and proved all the
/// same, and facts are printed.
template <class = void>
Result<int> cat_command(Session& session) {
  const std::string& name = session.arguments.arguments()[0];
  const std::string path(entry_path(session.arguments.arguments()[1]));
  LIFEBOAT_TRY(const bool despite, despite_chain(session.arguments));
  LIFEBOAT_CHECK(open_core(session, {}));
  std::unique_ptr<ArchiveReader> archive;
  if (despite) {
    LIFEBOAT_TRY(archive, open_stored_archive(session, name));
  } else {
    LIFEBOAT_TRY(const Catalog chain, look_at_chain(session));
    LIFEBOAT_TRY(archive, open_archive(session, chain, name));
  }
  LIFEBOAT_TRY(const ManifestEntry entry, find_entry(*archive, path));
  session.json["archive"] = id_json(archive->facts().archive);
  session.json["entry"] = detail::tree_entry_json(entry);
  if ((entry.entry.flags & entry_flag::torn) != 0)
    session.warn(ErrorId::entry_torn, path, "'" + path + "' changed while it was backed up: it is torn");
  std::uint64_t done = 0;
  const LogSink log = session.log();
  const Status read = cat_file(*archive, path, [&](ByteView piece) -> Status {
    if (session.stop().stop_requested()) return Error{ErrorId::interrupted, "the reading was stopped"}.unchanged();
    if (session.out.failed() != 0) return Error{ErrorId::target_io, "stdout can not be written"};  // told at the end
    if (!session.wants_json()) session.out.out(as_text(piece));
    done += piece.size();
    log.tell(Progress{"read", path, done, entry.entry.size, 0});
    return ok();
  });
  session.json["proved_bytes"] = done;
  session.out.flush();
  if (!read && session.out.failed() != 0) return 0;  // told behind it; or its reader has enough
  LIFEBOAT_CHECK(Status(read));
  return 0;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
