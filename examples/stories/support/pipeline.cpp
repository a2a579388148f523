// SPDX-License-Identifier: BSL-1.0
#include "pipeline.hpp"

#include <lifeboat/pipeline.hpp>

template class lifeboat::DisasterRecoveryPipeline<lifeboat::Incremental, lifeboat::Disk, lifeboat::NoSync,
                                                  lifeboat::Sha256>;
