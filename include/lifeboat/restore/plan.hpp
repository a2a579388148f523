// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <stop_token>

#include <lifeboat/archive/content_pump.hpp>
#include <lifeboat/core/event.hpp>
#include <lifeboat/restore/report.hpp>
#include <lifeboat/restore/scoped_walk.hpp>
#include <lifeboat/restore/staging.hpp>
#include <lifeboat/restore/undone.hpp>
#include <lifeboat/source/metadata.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What a restore is given. References outlive it.
struct RestoreInput {
  const ArchiveReader* archive = nullptr;
  std::string target;  ///< a path that is free, or an empty folder
  Scope scope;
  MetadataPolicy metadata;
  bool devices = true;
  bool accept_torn = false;             ///< restore a cut that is torn
  bool resume = false;                  ///< go on with what an interrupted restore left
  std::string using_old;                ///< a damaged tree to take unchanged blocks from; never altered
  std::optional<MeasuredRun> measured;  ///< an earlier run, for the estimate
  std::optional<JournalTail> tail;      ///< what of the journal follows; never of an extract
  std::optional<std::uint64_t> accept_undone;
  MakeInvariants invariants = nullptr;  ///< the engine's own, beside those that need no engine
  Budgets budgets;
  LogSink log;
  std::stop_token stop;
};

namespace detail {

template <class = void>
class BasicPlanner {
 public:
  explicit BasicPlanner(const RestoreInput& input) : input_(input), archive_(*input.archive) {}

  Result<RestorePlan> run() {
    const BackupFacts& facts = archive_.facts();
    plan_.archive = facts.archive;
    plan_.time = facts.cut_ended;
    plan_.cut = facts.cut;
    plan_.target = input_.target;
    plan_.extract = !input_.scope.whole();
    bytes_.assign(archive_.streams(), 0);
    for (std::size_t i = 0; i < input_.scope.wanted(); ++i) unmet_.push_back(i);
    LIFEBOAT_CHECK(walk());
    if (!unmet_.empty())
      refuse(Error{ErrorId::path_unknown, "archive " + to_hex(facts.archive.view()) + " has nothing that '" +
                                              input_.scope.wanted_text(unmet_.front()) + "' names"}
                 .next("lifeboat show " + to_hex(facts.archive.view()).substr(0, 12)));
    for (std::uint32_t i = 0; i < bytes_.size(); ++i)
      if (bytes_[i] != 0 || i == 0) plan_.archives.push_back({archive_.stream(i).archive(), bytes_[i]});
    check_objects();
    if (plan_.cut == CutKind::torn && plan_.torn != 0 && !input_.accept_torn)
      refuse(Error{ErrorId::torn_refused, std::to_string(plan_.torn) + " files of archive " +
                                              to_hex(facts.archive.view()) +
                                              " changed while they were backed up, so that they may fit nothing"}
                 .next("--accept-torn    # or --exclude them"));
    plan_.tail = input_.tail;
    if (plan_.tail) check_tail();
    check_target();
    estimate();
    return std::move(plan_);
  }

 private:
  void refuse(Error error) { plan_.refusals.push_back(std::move(error).unchanged()); }

  Status walk() {
    LIFEBOAT_TRY(const std::unique_ptr<ScopedWalk> walk, ScopedWalk::open(archive_, input_.scope));
    while (true) {
      if (input_.stop.stop_requested()) return Error{ErrorId::interrupted, "the plan was stopped"}.unchanged();
      LIFEBOAT_TRY(const bool more, walk->next());
      if (!more) return ok();
      count(walk->current());
    }
  }

  void count(const ManifestEntry& m) {
    constexpr std::uint64_t block = 4096;
    ++plan_.entries;
    for (std::size_t i = unmet_.size(); i-- > 0;)
      if (input_.scope.wanted_covers(unmet_[i], m.entry.path, m.entry.type))
        unmet_.erase(unmet_.begin() + static_cast<std::ptrdiff_t>(i));
    if ((m.entry.flags & entry_flag::torn) != 0) ++plan_.torn;
    if ((m.entry.flags & entry_flag::unreadable) != 0) ++plan_.unreadable;
    if (m.entry.type == EntryType::directory) plan_.space_needed += block;
    if (m.entry.type != EntryType::file) return;
    ++plan_.files;
    plan_.content_bytes += m.entry.size;
    for (const Extent& extent : m.extents) {
      const std::uint64_t bytes = extent_bytes(extent, m.leaf, m.entry.size);
      bytes_[extent.archive] += bytes;
      plan_.read_bytes += bytes;
      plan_.write_bytes += bytes;
      plan_.space_needed += (bytes + block - 1) / block * block;
    }
  }

  /// What it reads must be there, before anything is written.
  void check_objects() {
    for (std::uint32_t i = 0; i < bytes_.size(); ++i) {
      if (bytes_[i] == 0) continue;
      const StreamReader& stream = archive_.stream(i);
      const std::uint64_t volumes = (stream.length() + stream.volume_length() - 1) / stream.volume_length();
      const std::string prefix = archive_prefix(archive_.source(), stream.archive()) + "data.";
      std::uint64_t found = 0;
      const auto listed = archive_.repository().medium->list(prefix, "", [&](const ObjectInfo& info) {
        if (info.name == volume_name(archive_.source(), stream.archive(), found)) ++found;
        return found < volumes;
      });
      if (!listed)
        refuse(listed.error());
      else if (found < volumes && input_.using_old.empty() && input_.scope.whole())
        refuse(Error{ErrorId::damage, volume_name(archive_.source(), stream.archive(), found) + " is missing"}.next(
            "lifeboat verify --id " + archive_.source()));
    }
  }

  /// What is restored of the journal needs room too; what stays behind must be accepted by its number.
  void check_tail() {
    const JournalTail& tail = *plan_.tail;
    for (const JournalPiece& piece : tail.history.pieces) {
      plan_.read_bytes += piece.length;
      plan_.write_bytes += piece.length;
      plan_.space_needed += piece.length;
    }
    if (tail.undone.groups != 0) plan_.undone_list = undone_beside(input_.target);
    if (tail.undone.groups == input_.accept_undone.value_or(0)) return;
    refuse(Error{ErrorId::undone,
                 std::to_string(tail.undone.groups) + " acknowledged groups lie behind " + to_text(tail.upto) +
                     (input_.accept_undone ? ", and " + std::to_string(*input_.accept_undone) + " were accepted"
                                           : " and would be undone")}
               .next(tail.undone.groups == 0 ? "the same line without --accept-undone"
                                             : "--accept-undone " + std::to_string(tail.undone.groups)));
  }

  void check_target() {
    auto place = StagingPlace::look(input_.target);
    if (!place) return refuse(std::move(place).error());
    plan_.staging = place->staging_path();
    plan_.space_free = place->free_bytes();
    if (place->in_use() && !input_.resume)
      return refuse(Error{ErrorId::staging_exists, "an interrupted restore left " + place->staging_path()}.next(
          "the same line with --resume to go on with it, or with --discard to remove it"));
    if (!place->in_use() && input_.resume)
      return refuse(
          Error{ErrorId::staging_missing, "there is no interrupted restore to " + input_.target + " to go on with"}
              .next("the same line without --resume"));
    if (place->taken())
      return refuse(Error{ErrorId::target_exists, input_.target + " exists and is not an empty folder"}.next(
          "a --target that does not exist"));
    // What an interrupted restore wrote already is part of what is needed: whether the rest fits shows when it is
    // written.
    if (!input_.resume && plan_.space_needed > plan_.space_free)
      refuse(Error{ErrorId::space, "the restore needs " + std::to_string(plan_.space_needed) + " bytes, " +
                                       std::to_string(plan_.space_free) + " are free where " + input_.target +
                                       " is: " + std::to_string(plan_.space_needed - plan_.space_free) + " are missing"}
                 .next("--target DIR    # on a larger file system; or with --only PATTERN"));
    if (!input_.resume && plan_.entries > place->free_entries())
      refuse(Error{ErrorId::space, "the restore makes " + std::to_string(plan_.entries) +
                                       " entries, the file system of " + input_.target + " has room for " +
                                       std::to_string(place->free_entries())}
                 .next("--target DIR    # on a larger file system; or with --only PATTERN"));
  }

  void estimate() {
    constexpr std::uint64_t second = 1'000'000'000U;
    if (input_.measured) {
      const MeasuredRun& run = *input_.measured;
      const double times = static_cast<double>(plan_.write_bytes) / static_cast<double>(run.bytes);
      plan_.measured = run;
      plan_.seconds_basis = run.name();
      plan_.seconds = run.foretold(times, plan_.entries) / second + 1;
      return;
    }
    const BackupFacts& facts = archive_.facts();
    if (facts.duration_ns == 0 || facts.read_bytes <= (1U << 20U)) {
      plan_.seconds_basis = "unmeasured";
      return;
    }
    plan_.seconds_basis = "the speed of the backup that made the archive; no restore was measured";
    const double times = static_cast<double>(plan_.write_bytes) / static_cast<double>(facts.read_bytes);
    plan_.seconds = static_cast<std::uint64_t>(static_cast<double>(facts.duration_ns) * times) / second + 1;
  }

  const RestoreInput& input_;
  const ArchiveReader& archive_;
  RestorePlan plan_;
  std::vector<std::uint64_t> bytes_;
  std::vector<std::size_t> unmet_;  ///< patterns of what is wanted that have named nothing yet
};

}  // namespace detail

/// Plans a restore: walks the archive's manifest once, looks at the target, and writes nothing. What speaks against it
/// is in `refusals`. Errors: those of reading the manifest (corrupt, medium_io), interrupted.
template <class = void>
Result<RestorePlan> plan_restore(const RestoreInput& input) {
  return detail::BasicPlanner<>(input).run();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
