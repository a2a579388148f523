// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: argument 5 \(Source\) must satisfy Source
#include <lifeboat/compatibility.hpp>
#include <lifeboat/medium/disk.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/strategy/any.hpp>
#include <lifeboat/sync/no_sync.hpp>
#include <lifeboat/verifier/known.hpp>

using namespace lifeboat;

static_assert(detail::check_combination<Full, Disk, NoSync, Sha256, int>());
