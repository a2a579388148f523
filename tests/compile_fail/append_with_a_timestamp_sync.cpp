// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: append needs a sync with a log, and this pipeline
#include <lifeboat/medium/disk.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/strategy/any.hpp>
#include <lifeboat/sync/timestamp_sync.hpp>
#include <lifeboat/verifier/known.hpp>

#include "support/pipe.hpp"

using namespace lifeboat;

void append() { detail::require_append<Pipe<Full, Disk, TimestampSync, Sha256>>(); }
