// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/backup.hpp>
#include <lifeboat/archive/state_folder.hpp>
#include <lifeboat/journal/sequence_ceiling.hpp>
#include <lifeboat/pipeline/values.hpp>
#include <lifeboat/source/port.hpp>
#include <lifeboat/strategy/strategy.hpp>
#include <lifeboat/sync/sync.hpp>

// What a pipeline is made of once its policies are opened: ports and values, no policy.
namespace lifeboat::inline LIFEBOAT_ABI {

/// A strategy as the inside sees it.
struct StrategyPort {
  virtual StrategyId id() const noexcept = 0;
  virtual std::optional<ArchiveId> base(const ChainView& chain, const Limits& limits) const = 0;
  virtual ~StrategyPort() = default;
};

template <Strategy S>
class StrategyAdapter final : public StrategyPort {
 public:
  explicit StrategyAdapter(S model) : model_(std::move(model)) {}
  [[nodiscard]] StrategyId id() const noexcept override { return strategy_id(model_); }
  [[nodiscard]] std::optional<ArchiveId> base(const ChainView& chain, const Limits& limits) const override {
    return model_.base(chain, limits);
  }

 private:
  S model_;
};

/// The log of a sync that has one, as the inside sees it.
struct LogView {
  std::string folder;
  Position durable;
  std::string place;  ///< within the source, relative to its root; empty: elsewhere
  bool recycles = false;
  std::uint64_t kept_bytes = 0;  ///< of the segments that stand there
  BackPressure back_pressure{};
  std::uint64_t segment = 0;  ///< that is written: those below it are closed
  std::uint64_t retry_groups = 0;
  SequenceCeiling* ceiling = nullptr;  ///< of a log that reserves on the medium
  std::uint64_t reserve_groups = 0;
  std::chrono::seconds reserve_for{0};
};

/// A sync as the inside sees it.
struct SyncPort {
  virtual Result<SyncReport> sync(SyncContext& context, std::stop_token stop) = 0;
  virtual Result<SyncVerdict> verify(SyncContext& context, std::stop_token stop) = 0;
  /// Whether there is something that `verify` compares.
  virtual bool keeps_replica() const noexcept = 0;
  /// None where it has no log.
  virtual std::optional<LogView> log() const = 0;
  /// None where its log has no link to a standby.
  [[nodiscard]] virtual std::optional<LinkStatus> link() const { return std::nullopt; }
  /// Lets go of segments of its log; see BasicLogSync::recycle.
  virtual Result<Recycled> recycle(Position elsewhere, Position copy) = 0;
  virtual ~SyncPort() = default;
};

template <Sync Y>
class SyncAdapter final : public SyncPort {
 public:
  explicit SyncAdapter(Y model, std::string place = {}) : model_(std::move(model)), place_(std::move(place)) {}
  Result<SyncReport> sync(SyncContext& context, std::stop_token stop) override { return model_.sync(context, stop); }
  Result<SyncVerdict> verify(SyncContext& context, std::stop_token stop) override {
    return model_.verify(context, stop);
  }
  [[nodiscard]] bool keeps_replica() const noexcept override {
    if constexpr (requires { bool{model_.compares()}; })
      return model_.compares();
    else
      return replicates<Y>();
  }
  [[nodiscard]] std::optional<LogView> log() const override {
    if constexpr (Y::has_log) {
      const auto& journal = model_.log().journal();
      LogView view{.folder = journal.folder(),
                   .durable = journal.durable(),
                   .place = place_,
                   .kept_bytes = journal.kept_bytes(),
                   .segment = journal.segment(),
                   .retry_groups = model_.log().retry_groups()};
      if constexpr (requires {
                      model_.reserve_groups();
                      model_.log().ceiling();
                    }) {
        view.ceiling = &model_.log().ceiling();
        view.reserve_groups = model_.reserve_groups();
        view.reserve_for = model_.reserve_for();
      }
      if constexpr (requires { model_.log().back_pressure(); }) view.back_pressure = model_.log().back_pressure();
      if constexpr (requires { bool{model_.recycles()}; }) view.recycles = model_.recycles();
      return view;
    } else {
      return std::nullopt;
    }
  }
  [[nodiscard]] std::optional<LinkStatus> link() const override {
    if constexpr (requires { std::optional<LinkStatus>(model_.link()); })
      return model_.link();
    else
      return std::nullopt;
  }
  Result<Recycled> recycle(Position elsewhere, Position copy) override {
    if constexpr (requires { model_.recycle(elsewhere, copy); })
      return model_.recycle(elsewhere, copy);
    else
      return Recycled{};
  }
  [[nodiscard]] Y& model() noexcept { return model_; }

 private:
  Y model_;
  std::string place_;
};

/// Everything that a pipeline runs on. A source is there where something is backed up or replicated; to look and to
/// restore, medium and id are enough.
struct Parts {
  std::unique_ptr<MediumPort> medium;
  std::unique_ptr<VerifierPort> verifier;
  std::unique_ptr<StrategyPort> strategy;
  std::unique_ptr<SourcePort> source;
  std::shared_ptr<void> lent;  ///< what the sync borrows: it goes after it
  std::unique_ptr<SyncPort> sync;
  std::string source_id;
  std::vector<Bytes> schemas;                      ///< of the record types that the source names
  std::string state_path;                          ///< empty: no state is kept, and verify says "unanchored"
  StructuralId structural = StructuralId::sha256;  ///< of a repository that is created
  bool create = true;                              ///< an empty medium becomes a repository
  MakeInvariants invariants = nullptr;             ///< the engine's own
  Limits limits;
  Budgets budgets;
  LogSink log;
  Environment environment;
  std::uint64_t volume_length = volume_length_default;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
