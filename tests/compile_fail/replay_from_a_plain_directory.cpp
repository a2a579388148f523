// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: replay_from needs a sync with a log, and a source that names the records
#include <lifeboat/sync/log_sync.hpp>

#include "support/pay_once.hpp"

using namespace lifeboat;

void start(DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256>& pipeline, int& database) {
  pipeline.replay_from(database, Position{});
}
