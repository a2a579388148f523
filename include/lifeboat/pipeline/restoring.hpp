// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/archive_despite.hpp>
#include <lifeboat/pipeline/core.hpp>
#include <lifeboat/restore/point.hpp>
#include <lifeboat/restore/restore.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A restore that was planned: what it reads and writes, and how.
template <class = void>
class BasicRestoring {
 public:
  static Result<std::unique_ptr<BasicRestoring>> plan(const Core& core, const RestoreRequest& request,
                                                      std::stop_token stop) {
    auto made = std::unique_ptr<BasicRestoring>(new BasicRestoring);
    BasicRestoring& r = *made;
    LIFEBOAT_TRY(r.archive_, open(core, request));
    r.input_.archive = r.archive_.get();
    r.input_.target = request.target;
    LIFEBOAT_TRY(r.input_.scope, Scope::parse(request.only, request.exclude));
    r.input_.metadata = request.metadata;
    r.input_.devices = request.devices;
    r.input_.accept_torn = request.accept_torn;
    r.input_.resume = request.resume;
    r.input_.using_old = request.using_old;
    r.input_.rate = request.rate;
    r.input_.budgets = core.parts().budgets;
    r.input_.log = core.parts().log;
    r.input_.stop = std::move(stop);
    LIFEBOAT_TRY(r.plan_, plan_restore(r.input_));
    return made;
  }

  [[nodiscard]] const RestorePlan& plan() const noexcept { return plan_; }
  [[nodiscard]] const ArchiveReader& archive() const noexcept { return *archive_; }
  Result<RestoreReport> execute() { return restore(input_, plan_); }

 private:
  BasicRestoring() = default;

  static Result<std::unique_ptr<ArchiveReader>> open(const Core& core, const RestoreRequest& request) {
    const VerifierPort* own = core.parts().verifier.get();
    if (request.despite_chain) {
      LIFEBOAT_TRY(const ArchiveId id, id_despite_chain(core, request.point.archive));
      return open_despite_chain(core.repository(), core.source_id(), id, own);
    }
    LIFEBOAT_TRY(const Catalog chain, core.catalog());
    LIFEBOAT_TRY(const ChosenArchive chosen, choose_archive(chain, request.point, core.clock().now().wall));
    return ArchiveReader::open(core.repository(), core.source_id(), chosen.record->facts, own);
  }

  /// The one archive on the medium whose id begins so, whether or not the chain names it.
  static Result<ArchiveId> id_despite_chain(const Core& core, const std::string& text) {
    LIFEBOAT_TRY(const std::vector<ArchiveId> ids, list_archive_ids(*core.parts().medium, core.source_id()));
    std::vector<ArchiveId> fitting;
    for (const ArchiveId& id : ids)
      if (!text.empty() && to_hex(id.view()).starts_with(text)) fitting.push_back(id);
    if (fitting.size() == 1) return fitting.front();
    if (fitting.empty())
      return Error{ErrorId::archive_unknown, core.source_id() + " has no archive " + text + " on this medium"}
          .unchanged();
    return Error{ErrorId::archive_ambiguous,
                 std::to_string(fitting.size()) + " archives of " + core.source_id() + " begin with " + text}
        .next("--archive " + to_hex(fitting.front().view()))
        .unchanged();
  }

  std::unique_ptr<ArchiveReader> archive_;
  RestoreInput input_;
  RestorePlan plan_;
};
using Restoring = BasicRestoring<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
