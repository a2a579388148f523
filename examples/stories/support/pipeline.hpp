// SPDX-License-Identifier: BSL-1.0
#pragma once

// The pipeline of most stories. They are many units, so the code of its verbs is made in one of them, pipeline.cpp:
// what an engine of many units does too (README, "Large engines").

#include <lifeboat/medium/disk.hpp>
#include <lifeboat/pipeline/interface.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/strategy/incremental.hpp>
#include <lifeboat/sync/no_sync.hpp>
#include <lifeboat/verifier/sha256.hpp>

using Pipeline =
    lifeboat::DisasterRecoveryPipeline<lifeboat::Incremental, lifeboat::Disk, lifeboat::NoSync, lifeboat::Sha256>;
extern template class lifeboat::DisasterRecoveryPipeline<lifeboat::Incremental, lifeboat::Disk, lifeboat::NoSync,
                                                         lifeboat::Sha256>;
