// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/restore/doubt.hpp>
#include <lifeboat/restore/doubt_place.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Opens the window of a loss in the folder of the journal that goes on behind it, and says its number. What was
/// interrupted may be done again. `above`: as DoubtConfig has it. Errors: those of DoubtWindow.
template <class = void>
Result<std::uint32_t> open_loss(const std::string& journal, const Loss& loss,
                                std::span<const StatementLine> listed = {}, const ClockPort* clock = nullptr,
                                std::uint64_t above = 0) {
  // Where everything is in doubt, windows that are not there hold nothing back: a folder that a crash left empty is
  // begun anew.
  const bool everything = loss.basis == LossBasis::unknown || loss.basis == LossBasis::bounded;
  // In a copy that still waits for its adoption an empty folder is what an adoption left that came to no end.
  const bool waits = stat_at(AT_FDCWD, (journal + "/" + restored_name).c_str()).error == 0;
  LIFEBOAT_TRY(const auto window, DoubtWindow::open({.folder = doubt_folder(journal),
                                                     .create = everything || waits || !has_doubt(journal),
                                                     .above = above,
                                                     .clock = clock}));
  return window->open_window(loss, listed);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
