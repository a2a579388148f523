// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: append needs a sync with a log, and this pipeline's sync has none: choose LogSync
#include <lifeboat/sync/timestamp_sync.hpp>

#include "support/pay_once.hpp"

using namespace lifeboat;

std::string pay(DisasterRecoveryPipeline<Full, Disk, TimestampSync, Sha256>& pipeline) { return pay_once(pipeline); }
