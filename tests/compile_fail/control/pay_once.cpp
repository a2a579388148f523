// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/log_sync.hpp>

#include "support/pay_once.hpp"

using namespace lifeboat;

std::string pay(DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256>& pipeline) { return pay_once(pipeline); }
