// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/sync/sync.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// No replica, said honestly: what is lost in a disaster is what came after the last backup. A pass does nothing and
/// says so; a verification is refused, for nothing was compared.
/// Errors: combination, from `verify`.
template <class = void>
class BasicNoSync {
 public:
  struct Config {};

  static constexpr std::string_view name = "none";
  static constexpr bool has_log = false;
  static constexpr bool replicates = false;

  static Result<BasicNoSync> open(Config) { return BasicNoSync(); }

  Result<SyncReport> sync(SyncContext&, std::stop_token) { return SyncReport{}; }

  Result<SyncVerdict> verify(SyncContext& context, std::stop_token) {
    LIFEBOAT_TRY(const SourceFacts facts, context.source.facts());
    return Error{ErrorId::combination, "source " + facts.id + " has no replica to compare: its sync is NoSync"}
        .next("lifeboat verify")
        .unchanged();
  }

 private:
  BasicNoSync() = default;
};
using NoSync = BasicNoSync<>;

static_assert(Sync<NoSync>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
