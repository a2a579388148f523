// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/medium/medium.hpp>
#include <lifeboat/schedule/objectives.hpp>
#include <lifeboat/strategy/incremental.hpp>
#include <lifeboat/sync/no_sync.hpp>

using namespace lifeboat;
using std::chrono::hours;
using std::chrono::seconds;

struct Kept {
  static constexpr Capabilities capabilities{.durable = true};
};
struct Pipeline {
  using strategy_type = Incremental;
  using medium_type = Kept;
  using sync_type = NoSync;
};

static_assert(prove<Pipeline>({}, {}));
static_assert(prove<Pipeline>({.backup_every = hours(1), .keep = {.windows = 1, .age = hours(24 * 14)}},
                              {.rpo = hours(1), .rto = hours(4), .restore_takes = hours(3)}));
