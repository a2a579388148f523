// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>

#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/pipeline/adopt.hpp>
#include <lifeboat/pipeline/core.hpp>
#include <lifeboat/pipeline/interface.hpp>
#include <lifeboat/pipeline/journal_doubt.hpp>
#include <lifeboat/pipeline/journal_place.hpp>
#include <lifeboat/pipeline/journal_tails.hpp>
#include <lifeboat/pipeline/restoring.hpp>
#include <lifeboat/pipeline/run.hpp>
#include <lifeboat/pipeline/status.hpp>
#include <lifeboat/pipeline/verification.hpp>
#include <lifeboat/record/schema_bytes.hpp>
#include <lifeboat/record/records.hpp>
#include <lifeboat/source/adapt.hpp>
#include <lifeboat/verifier/adapt.hpp>
#ifdef LIFEBOAT_CORE_ELSEWHERE
#include <lifeboat/pipeline/core_elsewhere.hpp>
#endif

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// What opened policies answer to the rules that their types left open.
template <class S>
Status check_parts(const S& strategy, const Parts& parts) {
  PipelineFacts facts;
  facts.strategy = strategy_id(strategy);
  facts.medium = parts.medium->capabilities();
  facts.verifier = parts.verifier->traits();
  return check_opened(facts);
}

/// Adds the schemas that are not there. A log that knows its records when it is opened needs no memory at their first
/// append, and no segment for it.
template <class... R>
void name_schemas(std::vector<Bytes>& schemas, Records<R...>*) {
  const auto add = [&](Bytes schema) {
    if (std::find(schemas.begin(), schemas.end(), schema) == schemas.end()) schemas.push_back(std::move(schema));
  };
  (add(schema_bytes<R>()), ...);
}

/// The default state folder of a source, by the SHA-256 of where it is.
template <class = void>
Result<std::string> state_folder_of(const SourceFacts& facts) {
  LIFEBOAT_TRY(const std::unique_ptr<VerifierPort> sha256, open_structural(StructuralId::sha256));
  return default_state_folder(facts.url, *sha256);
}

}  // namespace detail

template <class S, class M, class Y, class V, class Src>
DisasterRecoveryPipeline<S, M, Y, V, Src>::DisasterRecoveryPipeline(std::unique_ptr<Core> core, void* log,
                                                                    BasicDoubtWindow<void>* doubt, const Plan& plan,
                                                                    Actor actor)
    : core_(std::move(core)), log_(log), doubt_(doubt), plan_(plan), actor_(std::move(actor)) {}

template <class S, class M, class Y, class V, class Src>
DisasterRecoveryPipeline<S, M, Y, V, Src>::DisasterRecoveryPipeline(DisasterRecoveryPipeline&&) noexcept = default;

template <class S, class M, class Y, class V, class Src>
auto DisasterRecoveryPipeline<S, M, Y, V, Src>::operator=(DisasterRecoveryPipeline&&) noexcept
    -> DisasterRecoveryPipeline& = default;

template <class S, class M, class Y, class V, class Src>
DisasterRecoveryPipeline<S, M, Y, V, Src>::~DisasterRecoveryPipeline() = default;

template <class S, class M, class Y, class V, class Src>
auto DisasterRecoveryPipeline<S, M, Y, V, Src>::open(Config config) -> Result<DisasterRecoveryPipeline> {
  Parts parts;
  std::string journal_place;
  if constexpr (Y::has_log && requires { config.source.exclude, config.source.root, config.sync.journal; }) {
    if (const auto place = place_within(config.source.root, config.sync.journal)) {
      journal_place = *place;
      config.source.exclude.push_back(pattern_of(journal_place));
    }
  }
  LIFEBOAT_TRY(Src source, Src::open(std::move(config.source)));
  parts.source = std::make_unique<SourceAdapter<Src>>(std::move(source));
  LIFEBOAT_TRY(const SourceFacts facts, parts.source->facts());
  parts.source_id = facts.id;
  parts.state_path = config.state;
  if (!config.keep_state) {
    parts.state_path.clear();
  } else if (config.state.empty()) {
    LIFEBOAT_TRY(parts.state_path, detail::state_folder_of(facts));
  }
  LIFEBOAT_TRY(S strategy, open_strategy<S>(std::move(config.strategy)));
  LIFEBOAT_TRY(parts.verifier, open_verifier_port<V>(std::move(config.verifier)));
  LIFEBOAT_TRY(parts.medium, open_medium<M>(std::move(config.medium)));
  LIFEBOAT_CHECK(detail::check_parts(strategy, parts));
  JournalDoubt* doubt = nullptr;
  if constexpr (Y::has_log && requires { config.sync.doubt, config.sync.journal; }) {
    if (config.sync.doubt == nullptr) {
      std::uint64_t begins = 0;
      if constexpr (requires { config.sync.epoch; }) begins = config.sync.epoch;
      LIFEBOAT_TRY(std::unique_ptr<JournalDoubt> opened, JournalDoubt::open(config.sync.journal, config.stamp, begins));
      config.sync.doubt = doubt = opened.get();
      parts.lent = std::move(opened);
    }
  }
  if constexpr (requires { typename Src::records_type; }) {
    constexpr typename Src::records_type* named = nullptr;
    detail::name_schemas(parts.schemas, named);
    if constexpr (Y::has_log && requires { config.sync.schemas; }) detail::name_schemas(config.sync.schemas, named);
  }
  std::optional<JournalTails> tails;
  if constexpr (Y::has_log && requires { config.sync.tails, config.sync.doubt; }) {
    if (config.sync.tails == nullptr)
      config.sync.tails = &tails.emplace(*parts.medium, parts.source_id, config.sync.doubt, config.log);
  }
  LIFEBOAT_TRY(Y sync, Y::open(std::move(config.sync)));
  auto sync_port = std::make_unique<SyncAdapter<Y>>(std::move(sync), std::move(journal_place));
  void* log = nullptr;
  if constexpr (Y::has_log) log = &sync_port->model().log();
  parts.sync = std::move(sync_port);
  parts.strategy = std::make_unique<StrategyAdapter<S>>(std::move(strategy));
  parts.structural = config.structural;
  parts.create = config.create;
  parts.limits = limits_at(config.plan, {});  // each backup asks with its own clock
  parts.budgets = config.budgets;
  parts.invariants = config.invariants;
  parts.log = config.log;
  parts.environment = config.environment;
  auto core = std::make_unique<Core>(std::move(parts));
  LIFEBOAT_CHECK(core->open());
  BasicDoubtWindow<void>* const window = doubt != nullptr ? doubt->window() : nullptr;
  return DisasterRecoveryPipeline(std::move(core), log, window, config.plan, std::move(config.actor));
}

template <class S, class M, class Y, class V, class Src>
Result<BackupReport> DisasterRecoveryPipeline<S, M, Y, V, Src>::backup(std::stop_token stop) {
  LIFEBOAT_CHECK(alive());
  return core_->backup(actor_, false, std::move(stop));
}

template <class S, class M, class Y, class V, class Src>
Result<SyncReport> DisasterRecoveryPipeline<S, M, Y, V, Src>::sync(std::stop_token stop) {
  LIFEBOAT_CHECK(alive());
  return core_->sync(std::move(stop));
}

template <class S, class M, class Y, class V, class Src>
Result<SyncVerdict> DisasterRecoveryPipeline<S, M, Y, V, Src>::verify_sync(std::stop_token stop) {
  LIFEBOAT_CHECK(alive());
  return core_->verify_sync(std::move(stop));
}

template <class S, class M, class Y, class V, class Src>
Result<Verification> DisasterRecoveryPipeline<S, M, Y, V, Src>::verify(const VerifyRequest& request,
                                                                       std::stop_token stop) {
  LIFEBOAT_CHECK(alive());
  return verify_and_record(*core_, request, actor_, std::move(stop));
}

template <class S, class M, class Y, class V, class Src>
Result<RestorePlan> DisasterRecoveryPipeline<S, M, Y, V, Src>::plan_restore(const RestoreRequest& request,
                                                                            std::stop_token stop) {
  LIFEBOAT_CHECK(alive());
  LIFEBOAT_TRY(const std::unique_ptr<Restoring> planned, Restoring::plan(*core_, request, std::move(stop)));
  return planned->plan();
}

template <class S, class M, class Y, class V, class Src>
Result<RestoreReport> DisasterRecoveryPipeline<S, M, Y, V, Src>::restore(const RestoreRequest& request,
                                                                         std::stop_token stop) {
  LIFEBOAT_CHECK(alive());
  LIFEBOAT_TRY(const std::unique_ptr<Restoring> planned, Restoring::plan(*core_, request, std::move(stop)));
  return planned->execute();
}

template <class S, class M, class Y, class V, class Src>
Result<AdoptReport> DisasterRecoveryPipeline<S, M, Y, V, Src>::adopt(const AdoptRequest& request) {
  LIFEBOAT_CHECK(alive());
  return lifeboat::adopt(*core_, request, actor_);
}

template <class S, class M, class Y, class V, class Src>
Result<PrunePlan> DisasterRecoveryPipeline<S, M, Y, V, Src>::plan_prune(
    std::span<const ArchiveId> accept_clock) requires can_prune<DisasterRecoveryPipeline> {
  LIFEBOAT_CHECK(alive());
  return core_->plan(plan_.keep, longest_interval(plan_), accept_clock);
}

template <class S, class M, class Y, class V, class Src>
Result<SweepReport> DisasterRecoveryPipeline<S, M, Y, V, Src>::prune(
    const PrunePlan& plan, const Digest& digest,
    std::chrono::seconds grace) requires can_prune<DisasterRecoveryPipeline> {
  LIFEBOAT_CHECK(alive());
  return core_->apply(plan, digest, grace, actor_);
}

template <class S, class M, class Y, class V, class Src>
Result<Catalog> DisasterRecoveryPipeline<S, M, Y, V, Src>::list() {
  LIFEBOAT_CHECK(alive());
  return core_->catalog();
}

template <class S, class M, class Y, class V, class Src>
Result<StatusReport> DisasterRecoveryPipeline<S, M, Y, V, Src>::status() {
  LIFEBOAT_CHECK(alive());
  return status_of(*core_);
}

template <class S, class M, class Y, class V, class Src>
Status DisasterRecoveryPipeline<S, M, Y, V, Src>::run(std::stop_token stop) {
  LIFEBOAT_CHECK(alive());
  const auto check = [this](std::stop_token token) -> Status {
    LIFEBOAT_TRY(const Verification done,
                 verify_and_record(*core_, VerifyRequest{.depth = plan_.verify_depth}, actor_, token));
    if (!done.report.good()) return Error{ErrorId::damage, done.report.findings.front().text};
    return ok();
  };
  return PlanRunner(*core_, plan_, actor_, check).run(std::move(stop));
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
