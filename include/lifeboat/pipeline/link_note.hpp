// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/clock.hpp>
#include <lifeboat/failover/standby_note.hpp>
#include <lifeboat/pipeline/parts.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Leaves in the journal's folder how the link to the standby is, for whoever looks from another process; nothing where
/// there is no link. What can not be written is told to the log.
template <class = void>
void note_link(const Parts& parts, const ClockPort& clock) {
  const auto link = parts.sync->link();
  const auto log = link ? parts.sync->log() : std::nullopt;
  if (!log) return;
  const Status written = write_standby_note(log->folder, note_of(*link, {}, clock.now().wall), link_note_name);
  if (written) return;
  const Error& why = written.error();
  parts.log.tell(Event{why.id(), log->folder, why.sentence(), why.system_error()});
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
