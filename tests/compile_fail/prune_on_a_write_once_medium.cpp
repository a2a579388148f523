// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: prune on a write-once medium, or one that can not remove
#include "support/write_once.hpp"

void prune(WriteOncePipeline& pipeline, const PrunePlan& plan, const Digest& digest) {
  (void)pipeline.prune(plan, digest);
}
