// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: StandbyDurable needs a standby that acknowledges, and the copy of this pipeline
#include <lifeboat/medium/disk.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/strategy/any.hpp>
#include <lifeboat/sync/log_sync.hpp>
#include <lifeboat/verifier/known.hpp>

#include "support/pipe.hpp"

using namespace lifeboat;

void append() { detail::require_append<Pipe<Full, Disk, LogSync, Sha256>, StandbyDurable>(); }
