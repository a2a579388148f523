// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/archive_despite.hpp>
#include <lifeboat/pipeline/core.hpp>
#include <lifeboat/restore/doubt_on_medium.hpp>
#include <lifeboat/restore/point.hpp>
#include <lifeboat/restore/restore.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A restore that was planned: what it reads and writes, and how. The core outlives it.
template <class = void>
class BasicRestoring {
 public:
  static Result<std::unique_ptr<BasicRestoring>> plan(Core& core, const RestoreRequest& request, std::stop_token stop);

  [[nodiscard]] const RestorePlan& plan() const noexcept { return plan_; }
  [[nodiscard]] const ArchiveReader& archive() const noexcept { return *archive_; }
  /// Restores, and remembers how long that took where it was a whole restore out of archives alone.
  Result<RestoreReport> execute();

 private:
  explicit BasicRestoring(Core& core) noexcept : core_(core) {}

  Result<std::unique_ptr<ArchiveReader>> open(const Core& core, const RestoreRequest& request,
                                              const std::stop_token& stop) {
    const VerifierPort* own = core.parts().verifier.get();
    if (request.despite_chain) {
      LIFEBOAT_TRY(const ArchiveId id, id_despite_chain(core, request.point.archive));
      return open_despite_chain(core.repository(), core.source_id(), id, own);
    }
    LIFEBOAT_TRY(const Catalog chain, core.catalog());
    LIFEBOAT_TRY(const ChosenArchive chosen, choose(core, chain, request.point, stop));
    LIFEBOAT_TRY(const std::optional<Anchor> anchor, core.anchor());
    const std::string doubt = anchor ? rolled_back(chain, *anchor) : std::string();
    if (request.point.kind == RestorePoint::Kind::latest && !doubt.empty()) {
      const std::string id = to_hex(chosen.record->facts.archive.view());
      return Error{ErrorId::chain_rolled_back, doubt + ": " + id + " is not the latest archive that there was"}
          .next("--archive " + id)
          .unchanged();
    }
    return ArchiveReader::open(core.repository(), core.source_id(), chosen.record->facts, own);
  }

  /// Where the medium has a journal, it says how far a restore goes; an extract is of an archive.
  Result<ChosenArchive> choose(const Core& core, const Catalog& chain, const RestorePoint& point,
                               const std::stop_token& stop) {
    const Timestamp now = core.clock().now().wall;
    MediumPort& medium = *core.parts().medium;
    LIFEBOAT_TRY(JournalHistory history, list_journal(medium, core.source_id()));
    const bool by_group = point.kind == RestorePoint::Kind::position || point.kind == RestorePoint::Kind::before_group;
    if (!history.empty() && !input_.scope.whole() && !by_group) return choose_counted(chain, point, now, history);
    if (history.empty()) return choose_archive(chain, point, now);
    ChosenArchive chosen;
    LIFEBOAT_TRY(JournalTail tail, plan_tail(medium, chain, point, now, std::move(history), chosen, stop));
    if (!input_.scope.whole()) {
      if (tail.groups == 0) return chosen;
      const std::string id = to_hex(chosen.record->facts.archive.view());
      return Error{ErrorId::not_replayable, "an extract is of an archive, and none of " + core.source_id() +
                                                " states " + to_text(tail.upto) + ": the last before it, " + id +
                                                ", states " + to_text(tail.from)}
          .next("--archive " + id)
          .unchanged();
    }
    if (tail.stated) {
      LIFEBOAT_TRY(tail.place, journal_place(medium, core.source_id()));
      tail.doubt_source = doubt_source(core.source_id());
      if (!despite_doubt_) {
        LIFEBOAT_TRY(tail.doubt, list_doubt(medium, tail.doubt_source, tail.head.epoch));
        if (!tail.doubt.gaps.empty())
          return missing_groups(tail.doubt_source, tail.doubt.gaps.front()).next("--despite doubt").unchanged();
      }
      input_.tail = std::move(tail);
    }
    return chosen;
  }

  /// Of the archives whose state is history: what a later epoch left is asked for by its id alone.
  static Result<ChosenArchive> choose_counted(const Catalog& chain, const RestorePoint& point, Timestamp now,
                                              const JournalHistory& history) {
    const auto left = [&](const ArchiveRecord& record) {
      return record.facts.has_position && history.left_by(record.facts.position) != 0;
    };
    if (point.kind == RestorePoint::Kind::archive || std::none_of(chain.archives.begin(), chain.archives.end(), left))
      return choose_archive(chain, point, now);
    Catalog counted = chain;
    std::erase_if(counted.archives, left);
    LIFEBOAT_TRY(ChosenArchive chosen, choose_archive(counted, point, now));
    chosen.record = chain.view().find(chosen.record->facts.archive);
    return chosen;
  }

  /// The one archive on the medium whose id begins so, whether or not the chain names it.
  static Result<ArchiveId> id_despite_chain(const Core& core, const std::string& text) {
    LIFEBOAT_TRY(const std::vector<ArchiveId> ids, list_archive_ids(*core.parts().medium, core.source_id()));
    std::vector<ArchiveId> fitting;
    for (const ArchiveId& id : ids)
      if (!text.empty() && to_hex(id.view()).starts_with(text)) fitting.push_back(id);
    if (fitting.size() == 1) return fitting.front();
    if (fitting.empty()) {
      std::string sentence = "there is nothing of an archive " + text + " of " + core.source_id();
      for (const ArchiveId& id : ids)
        sentence.append(id == ids.front() ? "; there is something of " : ", ").append(to_hex(id.view()).substr(0, 12));
      return Error{ErrorId::archive_unknown, std::move(sentence)}.unchanged();
    }
    return Error{ErrorId::archive_ambiguous,
                 std::to_string(fitting.size()) + " archives of " + core.source_id() + " begin with " + text}
        .next("--archive " + to_hex(fitting.front().view()))
        .unchanged();
  }

  Core& core_;
  bool despite_doubt_ = false;
  std::unique_ptr<ArchiveReader> archive_;
  RestoreInput input_;
  RestorePlan plan_;
};
using Restoring = BasicRestoring<>;

template <class T>
Result<std::unique_ptr<BasicRestoring<T>>> BasicRestoring<T>::plan(Core& core, const RestoreRequest& request,
                                                                   std::stop_token stop) {
  auto made = std::unique_ptr<BasicRestoring>(new BasicRestoring(core));
  BasicRestoring& r = *made;
  LIFEBOAT_TRY(r.input_.scope, Scope::parse(request.only, request.exclude));
  r.despite_doubt_ = request.despite_doubt;
  LIFEBOAT_TRY(r.archive_, r.open(core, request, stop));
  r.input_.archive = r.archive_.get();
  r.input_.target = plain_target(request.target);
  r.input_.accept_undone = request.accept_undone;
  r.input_.invariants = core.parts().invariants;
  r.input_.metadata = request.metadata;
  r.input_.devices = request.devices;
  r.input_.accept_torn = request.accept_torn;
  r.input_.resume = request.resume;
  r.input_.using_old = request.using_old;
  r.input_.measured = core.measured();
  r.input_.budgets = core.parts().budgets;
  r.input_.log = core.parts().log;
  r.input_.stop = std::move(stop);
  LIFEBOAT_TRY(r.plan_, plan_restore(r.input_));
  return made;
}

template <class T>
Result<RestoreReport> BasicRestoring<T>::execute() {
  const ClockReading began = core_.clock().now();
  LIFEBOAT_TRY(RestoreReport report, restore(input_, plan_));
  if (!report.extract && !input_.resume && input_.using_old.empty())
    core_.remember_run({.bytes = plan_.write_bytes, .content_bytes = plan_.content_bytes, .entries = plan_.entries},
                       began);
  return report;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
