// SPDX-License-Identifier: BSL-1.0
// A pipeline that can not prune is instantiated whole, and does all else.
#include "support/write_once.hpp"

template class lifeboat::DisasterRecoveryPipeline<Full, WriteOnce, NoSync, Sha256>;

Result<BackupReport> backup(WriteOncePipeline& pipeline) { return pipeline.backup(); }
static_assert(!can_prune<WriteOncePipeline>);
