// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: RPO 0 in a single failure domain: acknowledge on a standby
#include <lifeboat/medium/medium.hpp>
#include <lifeboat/schedule/objectives.hpp>
#include <lifeboat/strategy/incremental.hpp>
#include <lifeboat/sync/no_sync.hpp>

using namespace lifeboat;
using std::chrono::hours;
using std::chrono::seconds;

/// A replica kept in step by a log, on the same machine.
struct Replica {
  struct Config {};
  static constexpr std::string_view name = "replica";
  static constexpr bool has_log = true;
  static Result<Replica> open(Config);
  Result<SyncReport> sync(SyncContext&, std::stop_token);
  Result<SyncVerdict> verify(SyncContext&, std::stop_token);
};

struct Kept {
  static constexpr Capabilities capabilities{.durable = true};
};
struct Pipeline {
  using strategy_type = Incremental;
  using medium_type = Kept;
  using sync_type = Replica;
};

static_assert(prove<Pipeline>({}, {.rpo = seconds(0)}));
