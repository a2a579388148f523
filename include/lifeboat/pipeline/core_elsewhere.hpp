// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/pipeline/adopt.hpp>
#include <lifeboat/pipeline/core.hpp>
#include <lifeboat/pipeline/restoring.hpp>
#include <lifeboat/pipeline/run.hpp>
#include <lifeboat/pipeline/status.hpp>
#include <lifeboat/pipeline/verification.hpp>

// What every pipeline holds, whatever its policies, is most of what a compiler has to do. With LIFEBOAT_CORE_ELSEWHERE
// defined for a whole program, pipeline.hpp leaves it to the one unit that includes lifeboat/pipeline/core_here.hpp.
#define LIFEBOAT_CORE_TEMPLATES(WHICH)                                                                        \
  WHICH class BasicCore<>;                                                                                    \
  WHICH class BasicRestoring<>;                                                                               \
  WHICH class BasicPlanRunner<>;                                                                              \
  WHICH Result<StatusReport> status_of<>(const Core&);                                                        \
  WHICH Result<Verification> verify_and_record<>(Core&, const VerifyRequest&, const Actor&, std::stop_token); \
  WHICH Result<AdoptReport> adopt<>(Core&, const AdoptRequest&, const Actor&);

namespace lifeboat::inline LIFEBOAT_ABI {

LIFEBOAT_CORE_TEMPLATES(extern template)

}  // namespace lifeboat::inline LIFEBOAT_ABI
