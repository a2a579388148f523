// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <lifeboat/archive/actor.hpp>
#include <lifeboat/archive/catalog.hpp>
#include <lifeboat/archive/verify_report.hpp>
#include <lifeboat/core/position.hpp>
#include <lifeboat/failover/holders.hpp>
#include <lifeboat/journal/back_pressure.hpp>
#include <lifeboat/journal/piece.hpp>
#include <lifeboat/restore/point.hpp>
#include <lifeboat/restore/report.hpp>
#include <lifeboat/source/metadata_policy.hpp>
#include <lifeboat/source/port.hpp>
#include <lifeboat/sync/transport/link_status.hpp>

// What the verbs of a pipeline are asked, and what they answer.
namespace lifeboat::inline LIFEBOAT_ABI {

/// What a verification is asked for.
struct VerifyRequest {
  Depth depth = Depth::digests;       ///< the default reads every stored byte
  std::vector<ArchiveId> archives{};  ///< empty: all
  std::uint64_t budget_bytes = 0;     ///< 0: no limit; what was not verified lately goes first
  std::chrono::nanoseconds budget_time{0};
  bool record = true;  ///< leave an entry in the chain where it can be written
};

/// What a verification read of the journal of a source, and of its window of doubt; also in the sums of the report.
struct JournalVerification {
  bool asked = false;            ///< false: archives were named, and the journal is of none
  Position after;                ///< it begins behind this group
  Position last;                 ///< the last group that is history
  std::uint64_t pieces = 0;      ///< of both
  std::uint64_t groups = 0;      ///< that were read and proved
  std::uint64_t doubt = 0;       ///< of the window, as many of them
  std::uint64_t bytes = 0;       ///< read
  std::uint64_t unread = 0;      ///< of its pieces
  std::vector<JournalGap> gaps;  ///< missing on the medium, or damaged there
};

/// What a verification found, and whether the chain keeps it.
struct Verification {
  VerifyReport report;
  JournalVerification journal;
  bool recorded = false;
  std::string not_recorded;  ///< why not
};

/// What a restore is asked for. With `only` or `exclude` (lines of gitignore's syntax) it is an extract: for looking,
/// never the state.
struct RestoreRequest {
  std::string target{};  ///< a path that is free, or an empty folder
  RestorePoint point{};
  std::vector<std::string> only{};
  std::vector<std::string> exclude{};
  MetadataPolicy metadata{};
  bool devices = true;
  bool accept_torn = false;                      ///< restore a cut that is torn
  bool despite_chain = false;                    ///< by the archive's id, from its own objects, whatever the chain says
  bool despite_doubt = false;                    ///< without the doubt window, of which the medium lacks a part
  bool resume = false;                           ///< go on with what an interrupted restore left beside the target
  std::string using_old{};                       ///< a damaged tree to take unchanged blocks from; never altered
  std::optional<std::uint64_t> accept_undone{};  ///< exactly so many acknowledged groups stay behind
};

/// How a restored copy goes live.
struct AdoptRequest {
  std::string target{};                 ///< what was restored
  std::vector<std::string> override{};  ///< names of invariants that do not hold, and are known not to
  bool nothing_lost = false;  ///< the actor states that the medium had every acknowledged group: without that,
                              ///< every key that is not known, and not vouched for, is in doubt
  std::optional<Timestamp>
      stopped{};                    ///< the actor states that the engine had stopped by then, by its own clock:
                                    ///< while a ceiling that it had reserved on the medium holds, that bounds the loss
  Holders holders{};                ///< who holds the epoch, as it was declared before anything was lost; the medium
                                    ///< is the repository
  std::vector<std::string> lost{};  ///< holders that are lost, as the actor and its second name state; recorded with
                                    ///< the reason
};

/// What went live, or would.
struct AdoptReport {
  std::uint64_t epoch = 0;
  Position after;                   ///< the last group that counts
  std::uint64_t first = 0;          ///< sequence of the first group to come
  Position head;                    ///< the last group that the medium has of before
  std::string journal;              ///< its folder
  std::uint64_t undone_keys = 0;    ///< in doubt from now on
  std::optional<Position> ceiling;  ///< nothing above it was lost; none: nobody knows
  bool unknown_loss = false;        ///< every key that nobody vouches for is in doubt, too
  std::vector<InvariantReport> invariants;
  std::string reason;  ///< as it stands in the chain: who is lost, the actor's, and what it was done despite
};

/// How the journal of a source stands.
struct JournalStatus {
  Position head;                  ///< the last group that the medium has
  Timestamp head_time;            ///< when it was appended
  std::optional<Position> local;  ///< the last that is durable at the engine; none where only the medium is looked at
  std::uint64_t kept_bytes = 0;   ///< of its segments at the engine
  BackPressure back_pressure{};   ///< how often the engine's appends were held back since it was opened
  std::uint64_t undone = 0;       ///< pieces of older epochs that are evidence, and no history
  bool reaches = false;           ///< an archive and all behind it are there: the head is a point of recovery
  std::vector<JournalGap> gaps;   ///< between the pieces: no restore goes over one
  std::string unread;             ///< why the last piece can not be read; the time is not known then
};

/// How the standby of a log stands, as this side's link knows.
struct StandbyReport {
  LinkStatus link;          ///< with what it has acknowledged, and the days of both certificates
  std::uint64_t lacks = 0;  ///< at most so many groups that are durable here; what is on its way counts
  std::optional<std::chrono::nanoseconds> behind;  ///< age of the oldest of them, 0: none; none: not to be found out
};

/// How a source stands: what an operator asks at three in the morning, and a monitor every minute.
struct StatusReport {
  Position position;                        ///< (epoch, generation) of the chain
  std::vector<ArchiveRecord> archives;      ///< those that exist, oldest first
  std::size_t newest = 0;                   ///< of them, whose state is history: what a later epoch left is none
  bool at_head = false;                     ///< the newest recovery point is the journal's head, and no archive
  std::optional<std::chrono::seconds> age;  ///< of the newest recovery point; none where the clock went back meanwhile
  std::optional<JournalStatus> journal;     ///< none where the medium has none of this source
  std::optional<StandbyReport> standby;     ///< none where the log has no link to one
  std::vector<Finding> findings;            ///< what can not be proven of the chain
  bool anchored = false;                    ///< the source remembers this chain, and it fits
  bool unanchored = false;                  ///< nothing is remembered: a rollback could not be seen
  MediumFacts medium;
  std::optional<SourceFacts> source;
  bool same_device = false;         ///< the medium stands or falls with the source
  std::optional<double> days_left;  ///< of space on the medium at the rate of the last archives
  std::optional<Depth> verified;    ///< of the newest archive that was verified
  Timestamp verified_at;
  std::optional<MeasuredRun> measured;          ///< the restore, else verification, that was timed last
  std::uint64_t restore_takes_nanoseconds = 0;  ///< of the newest archive, as that run foretells; 0: unmeasured
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
