// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: StandbyDurable needs a standby that acknowledges, and the copy of this pipeline's sync does
#include <lifeboat/sync/log_sync.hpp>

#include "support/pay_once.hpp"

using namespace lifeboat;

std::string pay(DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256>& pipeline) {
  return pay_once<StandbyDurable>(pipeline);
}
