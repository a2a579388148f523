// SPDX-License-Identifier: BSL-1.0
#pragma once

// Everything that needs only the core dependencies: Threads, Boost headers, range-v3, tl::expected, libcrypto,
// libxxhash.
// The program's part (lifeboat/cli.hpp) and what tests of an engine need (lifeboat/testing/) are included by name.
#include <lifeboat/medium/any.hpp>
#include <lifeboat/medium/disk.hpp>
#include <lifeboat/medium/memory.hpp>
#include <lifeboat/pipeline.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/source/engine.hpp>
#include <lifeboat/source/records.hpp>
#include <lifeboat/strategy/any.hpp>
#include <lifeboat/strategy/differential.hpp>
#include <lifeboat/strategy/full.hpp>
#include <lifeboat/strategy/incremental.hpp>
#include <lifeboat/sync/log_sync.hpp>
#include <lifeboat/sync/no_sync.hpp>
#include <lifeboat/sync/timestamp_sync.hpp>
#include <lifeboat/verifier/any.hpp>
#include <lifeboat/verifier/blake2b.hpp>
#include <lifeboat/verifier/sha256.hpp>
#include <lifeboat/verifier/sha512_256.hpp>
#include <lifeboat/verifier/sm3.hpp>
#include <lifeboat/verifier/xxh3.hpp>
