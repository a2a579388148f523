// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <lifeboat/archive/chain_view.hpp>
#include <lifeboat/core/position.hpp>
#include <lifeboat/schedule/retention.hpp>

// What a prune would do, to be shown before it is done.
namespace lifeboat::inline LIFEBOAT_ABI {

/// Why a recovery window stays, or that it goes.
enum class WindowFate : std::uint8_t { goes, newest, counted, young, needed, doubtful };

/// For people: "stays: ..." or "goes".
constexpr std::string_view to_string(WindowFate fate) noexcept {
  switch (fate) {
    case WindowFate::goes: return "goes";
    case WindowFate::newest: return "stays: the newest window always does";
    case WindowFate::counted: return "stays: among the newest windows that are kept";
    case WindowFate::young: return "stays: needed to go back within the kept time";
    case WindowFate::needed: return "stays: an archive that stays refers to it";
    case WindowFate::doubtful: return "stays: its source had shrunk, and nobody has accepted that";
  }
  return "";
}

struct PruneWindow {
  ArchiveId window;  ///< its full
  WindowFate fate = WindowFate::goes;
  std::vector<ArchiveId> archives;  ///< oldest first
  Timestamp oldest;                 ///< its first recovery point
  Timestamp newest;                 ///< its last
  std::uint64_t stored_bytes = 0;
};

/// Archives are oldest first everywhere.
struct PrunePlan {
  Retention retention;
  std::chrono::seconds interval{0};
  std::vector<PruneWindow> windows;
  std::vector<ArchiveId> goes;
  std::vector<ArchiveId> stays;
  std::vector<Timestamp> vanishing;  ///< recovery points that go
  std::uint64_t bytes_freed = 0;
  std::vector<std::uint64_t> clocks_accepted;  ///< generations accepted by this plan itself

  [[nodiscard]] bool empty() const noexcept { return goes.empty(); }
};

/// The plan as text in one form only: its digest, with digest_tag::plan, is what `--apply` names. Whatever changes what
/// goes or stays, changes it.
template <class = void>
std::string plan_text(const PrunePlan& plan) {
  std::string text = "lifeboat prune plan 1\nkeep windows " + std::to_string(plan.retention.windows) + "\n";
  if (plan.retention.age) text += "keep age " + std::to_string(plan.retention.age->count()) + "\n";
  if (plan.retention.groups) text += "keep groups " + std::to_string(*plan.retention.groups) + "\n";
  text += "interval " + std::to_string(plan.interval.count()) + "\n";
  for (const std::uint64_t generation : plan.clocks_accepted)
    text += "accept clock " + std::to_string(generation) + "\n";
  for (const ArchiveId& id : plan.goes) text += "goes " + to_hex(id.view()) + "\n";
  for (const ArchiveId& id : plan.stays) text += "stays " + to_hex(id.view()) + "\n";
  return text;
}

/// What a sweep removed, and what it left.
struct SweepReport {
  std::vector<ArchiveId> removed;       ///< archives that a prune had marked
  std::vector<std::string> unfinished;  ///< attempts that never became an archive, removed
  std::vector<std::string> left;        ///< attempts that may be another writer's: left alone
  std::uint64_t bytes = 0;
  std::uint64_t pieces = 0;  ///< of the journal, that nobody can need any more
  Position pieces_upto;      ///< the last group that went with them
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
