// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: replay_from needs a sync with a log, and a source that names the records
#include <lifeboat/medium/disk.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/strategy/any.hpp>
#include <lifeboat/sync/log_sync.hpp>
#include <lifeboat/verifier/known.hpp>

#include "support/pipe.hpp"

using namespace lifeboat;

void replay() { detail::require_replay<Pipe<Full, Disk, LogSync, Sha256>>(); }
