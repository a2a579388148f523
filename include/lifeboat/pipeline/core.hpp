// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mutex>

#include <lifeboat/archive/actor.hpp>
#include <lifeboat/archive/take_backup.hpp>
#include <lifeboat/core/clock.hpp>
#include <lifeboat/core/random.hpp>
#include <lifeboat/pipeline/check_medium.hpp>
#include <lifeboat/pipeline/journal_doubt.hpp>
#include <lifeboat/pipeline/journal_place.hpp>
#include <lifeboat/pipeline/link_note.hpp>
#include <lifeboat/pipeline/parts.hpp>
#include <lifeboat/pipeline/recycle_log.hpp>
#include <lifeboat/pipeline/source_memory.hpp>
#include <lifeboat/schedule/apply_prune.hpp>
#include <lifeboat/schedule/plan_prune.hpp>
#include <lifeboat/schedule/spent_journal.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The inside of every pipeline: the verbs over ports. One writing verb at a time, the next waits; verify and restore
/// run beside, and so does the shipping of a log, one pass at a time. Neither copied nor moved: a pipeline holds it by
/// pointer.
template <class = void>
class BasicCore {
 public:
  explicit BasicCore(Parts parts) : parts_(std::move(parts)) {
    clock_ = parts_.environment.clock != nullptr ? parts_.environment.clock : &own_clock_;
    random_ = parts_.environment.random != nullptr ? parts_.environment.random : &own_random_;
  }
  BasicCore(const BasicCore&) = delete;
  BasicCore& operator=(const BasicCore&) = delete;

  /// Opens the repository, or makes one of an empty medium where that is allowed. Nothing is changed on an error.
  Status open();

  [[nodiscard]] const Repository& repository() const noexcept { return repository_; }
  /// Whether the repository was made by this opening.
  [[nodiscard]] bool created() const noexcept { return created_; }
  [[nodiscard]] const Parts& parts() const noexcept { return parts_; }
  [[nodiscard]] const ClockPort& clock() const noexcept { return *clock_; }
  [[nodiscard]] RandomPort& random() const noexcept { return *random_; }
  [[nodiscard]] const std::string& source_id() const noexcept { return parts_.source_id; }
  [[nodiscard]] const SourceMemory& memory() const noexcept { return memory_; }
  /// Where what does not fit into memory goes for the time of a verb.
  [[nodiscard]] std::string spool_folder() const { return memory_.there() ? memory_.path() : "/tmp"; }

  Result<Catalog> catalog() const;

  /// The last entry that this source remembers of this repository.
  Result<std::optional<Anchor>> anchor() const { return memory_.anchor(repository_.id); }

  /// The run that the time of a restore is foretold by, as this source remembers it.
  [[nodiscard]] std::optional<MeasuredRun> measured() const { return memory_.measured(repository_.id); }
  /// Remembers how long a run took that began at `began`.
  void remember_run(MeasuredRun run, const ClockReading& began) {
    const ClockReading now = clock_->now();
    if (run.bytes == 0 || now.boot_nanoseconds <= began.boot_nanoseconds) return;
    run.time = now.wall;
    run.nanoseconds = now.boot_nanoseconds - began.boot_nanoseconds;
    memory_.remember_run(repository_.id, run);
  }

  /// What holds for every chain entry of this process.
  void sign(ChainEntry& entry, const Actor& actor) const { sign_entry(entry, actor, clock_->now()); }

  /// Takes one archive by the strategy.
  Result<BackupReport> backup(const Actor& actor, bool accept_emptied, std::stop_token stop);

  /// Whether a pass of the sync runs beside every other verb: it ships a log, which is its engine's alone, to a medium
  /// that takes two objects at once.
  [[nodiscard]] bool ships_beside() const {
    return parts_.sync != nullptr && parts_.sync->log() && parts_.medium->capabilities().readers_max > 1;
  }
  /// One pass of the sync.
  Result<SyncReport> sync(std::stop_token stop);
  Result<SyncVerdict> verify_sync(std::stop_token stop);

  /// One look at the whole source: frozen where it can be, let go when everything handed out has been read.
  Result<Cut> scan(EntrySink& sink, const std::stop_token& stop) {
    LIFEBOAT_TRY(Cut cut, parts_.source->freeze());
    Status scanned = parts_.source->scan(sink, stop);
    if (scanned) scanned = sink.settle();
    cut = parts_.source->kept(cut);
    parts_.source->thaw();
    if (!scanned) return std::move(scanned).error();
    return cut;
  }

  /// What a retention would let go.
  Result<PrunePlan> plan(const Retention& retention, std::chrono::seconds interval,
                         std::span<const ArchiveId> accept_clock) const;

  /// Applies exactly the plan of that digest, then sweeps what its grace allows, and of the journal what nobody needs.
  Result<SweepReport> apply(const PrunePlan& wanted, const Digest& digest, std::chrono::seconds grace,
                            const Actor& actor);

  /// Publishes an entry of another kind, and remembers it. What was rolled back stays known until a backup takes its
  /// full and says so: what only looks must not wipe the evidence.
  Status record(Catalog& chain, ChainEntry& entry);

 private:
  /// The journal goes to the medium; the doubt window first: no medium has the groups behind a loss without it. A
  /// window that is gone here, or there, is told, and keeps no group from being safe: a restore asks for it.
  Result<PieceReport> ship_log(const std::stop_token& stop) {
    Status doubt = ok();
    if (const auto log = parts_.sync != nullptr ? parts_.sync->log() : std::nullopt) {
      LIFEBOAT_CHECK(check_not_fenced(*log, *parts_.medium, parts_.source_id));
      doubt = ship_doubt(*log, *parts_.medium, parts_.source_id, *random_, stop);
      if (!doubt && doubt.error().id() != ErrorId::object_missing) return doubt.error();
    }
    LIFEBOAT_TRY(const PieceReport report, ship_journal(parts_, *random_, stop));
    LIFEBOAT_CHECK(std::move(doubt));
    return report;
  }

  static Error no_source(const char* what) {
    return Error{ErrorId::source_missing, std::string("no source is named that could be ") + what}
        .next("--source DIR")
        .unchanged();
  }

  /// What was committed stands, also where it can not be remembered: that is said, and the anchor stays an older one.
  void remember(const Catalog& chain) {
    if (!memory_.there()) return;
    const auto remembered = [&]() -> Status {
      LIFEBOAT_TRY(const MediumFacts facts, parts_.medium->facts());
      return memory_.remember(repository_.id, facts.url, chain);
    }();
    if (remembered) return;
    const Error& error = remembered.error();
    parts_.log.tell(Event{error.id(), memory_.path(), error.sentence() + ": what was committed is not remembered there",
                          error.system_error()});
  }

  struct Locks {
    FileDescriptor state;
    std::unique_ptr<MediumLock> medium;
  };
  /// Those of who writes. No state folder is made for whom the medium refuses: it would be the wrong user's.
  Result<Locks> lock_both() {
    Locks locks;
    const bool there = memory_.there();
    if (there) {
      LIFEBOAT_TRY(locks.state, memory_.lock());
    }
    LIFEBOAT_TRY(locks.medium, parts_.medium->lock(parts_.source_id));
    if (!there) {
      LIFEBOAT_TRY(locks.state, memory_.lock());
    }
    return locks;
  }

  /// A full that can not fit is refused before anything of it is written. The source is counted only where more lies on
  /// its file system than is free on the medium.
  Status check_space(const SourceFacts& source, const std::stop_token& stop) {
    LIFEBOAT_TRY(const MediumFacts facts, parts_.medium->facts());
    if (!facts.space_known || facts.free_bytes >= source.used_bytes) return ok();
    struct Counting final : EntrySink {
      std::uint64_t bytes = 0;
      Status entry(Entry&& e, std::unique_ptr<Content>) override {
        bytes += 512 + (e.type == EntryType::file && !e.sparse ? e.size : 0);
        return ok();
      }
      Status unreadable(Entry&&, Error) override { return ok(); }
      void skipped(std::string_view, const Error&) override {}
      Status settle() override { return ok(); }
    } counted;
    LIFEBOAT_CHECK(parts_.source->scan(counted, stop));
    if (counted.bytes <= facts.free_bytes) return ok();
    return Error{ErrorId::space, "a full of " + source.url + " needs " + std::to_string(counted.bytes) +
                                     " bytes at least, " + std::to_string(counted.bytes - facts.free_bytes) +
                                     " more than are free on " + facts.url}
        .next(created_ ? std::string("--medium disk:DIR    # where there is more room")
                       : "lifeboat prune --medium " + shell_quoted(facts.url) + " --id " + parts_.source_id)
        .unchanged();
  }

  Status check_mounted(const Catalog& chain, const SourceFacts& facts, bool accept_emptied) const {
    const ArchiveRecord* latest = chain.view().latest();
    if (latest == nullptr || facts.is_mount || accept_emptied) return ok();
    if ((latest->facts.flags & backup_flag::root_is_mount) == 0) return ok();
    return Error{ErrorId::source_not_mounted,
                 "the source " + facts.url + " was a mount point at the last backup and is none now"}
        .next("lifeboat backup ... --accept-emptied    # if it moved for good; else mount it")
        .unchanged();
  }

  /// The strategy's base; none, and why, where the chain can not be proven.
  Status choose_base(const Catalog& chain, BackupInput& input, std::optional<ArchiveRecord>& base) {
    LIFEBOAT_TRY(const std::optional<Anchor> remembered, anchor());
    std::string doubt = chain.findings.empty() ? std::string() : chain.findings.front().text;
    if (remembered && doubt.empty()) doubt = rolled_back(chain, *remembered);
    if (!doubt.empty()) {
      parts_.log.tell(
          Event{chain.findings.empty() ? ErrorId::chain_rolled_back : chain.findings.front().id, chain.source, doubt});
      if (input.strategy != StrategyId::full) input.want_of_base = doubt;
      input.reason += (input.reason.empty() ? "" : "; ") + doubt;
      return ok();
    }
    Limits limits = parts_.limits;
    limits.now = clock_->now();
    const std::optional<ArchiveId> chosen = parts_.strategy->base(chain.view(), limits);
    if (!chosen) {
      if (input.strategy != StrategyId::full)
        input.want_of_base = chain.archives.empty() ? "there is no archive to build on yet" : "a new full is due";
      input.strategy = StrategyId::full;
      return ok();
    }
    if (const ArchiveRecord* record = chain.view().find(*chosen); record != nullptr) {
      base = *record;
      input.base = &*base;
    }
    return ok();
  }

  Result<Digest> configuration(const SourceFacts& facts) const {
    std::string text = "source " + facts.url + "\nverifier " + std::string(parts_.verifier->traits().name) +
                       "\nstrategy " + std::string(to_string(parts_.strategy->id())) + "\n";
    for (const std::string& rule : facts.rules) text += "rule " + rule + "\n";
    return tagged_digest(*repository_.structural, digest_tag::configuration, {as_bytes(text)});
  }

  template <class Verb>
  auto with_sync(Verb&& verb) -> decltype(verb(std::declval<SyncContext&>())) {
    const std::string folder = memory_.there() ? memory_.path() : std::string();
    SyncContext context{
        *parts_.source, *parts_.verifier, *repository_.structural, *clock_,         *random_, parts_.budgets,
        folder,         parts_.log,       parts_.medium.get(),     parts_.source_id};
    return verb(context);
  }

  Parts parts_;
  SystemClock own_clock_;
  SystemRandom own_random_;
  const ClockPort* clock_ = nullptr;
  RandomPort* random_ = nullptr;
  Repository repository_;
  bool created_ = false;
  SourceMemory memory_;
  std::mutex writing_;   ///< taken first
  std::mutex shipping_;  ///< what goes of a log to its copy and to the medium, and what is let go there
};
using Core = BasicCore<>;

template <class T>
Status BasicCore<T>::open() {
  const bool writes = parts_.source != nullptr;
  LIFEBOAT_CHECK(memory_.open(parts_.state_path));
  LIFEBOAT_TRY(const MediumFacts facts, parts_.medium->facts());
  auto opened = open_repository(*parts_.medium);
  if (!opened && opened.error().id() == ErrorId::object_missing) {
    LIFEBOAT_CHECK(check_may_create(*parts_.medium, facts, memory_, writes && parts_.create));
    const Status made = create_repository(*parts_.medium, parts_.structural, *clock_, *random_);
    if (!made && made.error().id() != ErrorId::object_exists) return made;  // else another one made it meanwhile
    created_ = made.has_value();
    opened = open_repository(*parts_.medium);
  }
  if (!opened) return std::move(opened).error();
  repository_ = std::move(*opened);
  if (const auto log = parts_.sync != nullptr ? parts_.sync->log() : std::nullopt)
    LIFEBOAT_CHECK(check_not_emptied(*log, *parts_.medium, parts_.source_id));
  return writes ? check_same_repository(repository_.id, facts, memory_) : ok();
}

template <class T>
Result<Catalog> BasicCore<T>::catalog() const {
  return load_catalog(repository_, parts_.source_id);
}

template <class T>
Result<BackupReport> BasicCore<T>::backup(const Actor& actor, bool accept_emptied, std::stop_token stop) {
  const std::lock_guard writing(writing_);
  if (parts_.source == nullptr) return no_source("backed up");
  LIFEBOAT_TRY(const SourceFacts facts, parts_.source->facts());
  LIFEBOAT_TRY(const Locks locks, lock_both());
  LIFEBOAT_TRY(Catalog chain, catalog());
  LIFEBOAT_CHECK(check_appendable(chain));
  if (const auto log = parts_.sync != nullptr ? parts_.sync->log() : std::nullopt)
    LIFEBOAT_CHECK(check_not_fenced(*log, *parts_.medium, parts_.source_id));
  LIFEBOAT_CHECK(check_mounted(chain, facts, accept_emptied));
  BackupInput input;
  input.repository = &repository_;
  input.catalog = &chain;
  input.verifier = parts_.verifier.get();
  input.clock = clock_;
  input.random = random_;
  input.budgets = parts_.budgets;
  input.log = parts_.log;
  input.stop = stop;
  input.spool_folder = spool_folder();
  input.strategy = parts_.strategy->id();
  input.times_prove = facts.times_prove;
  input.root_is_mount = facts.is_mount;
  input.accept_emptied = accept_emptied;
  input.volume_length = parts_.volume_length;
  input.rules = facts.rules;
  input.schemas = parts_.schemas;
  input.host = host_name();
  input.actor = actor.name.empty() ? user_name() : actor.name;
  input.reason = actor.reason;
  input.ticket = actor.ticket;
  LIFEBOAT_TRY(input.configuration, configuration(facts));
  std::optional<ArchiveRecord> base;
  LIFEBOAT_CHECK(choose_base(chain, input, base));
  if (input.base == nullptr) LIFEBOAT_CHECK(check_space(facts, stop));
  input.cut_began = clock_->now().wall;
  LIFEBOAT_CHECK(parts_.source->flush());
  LIFEBOAT_TRY(BackupReport report, take_backup(input, [&](EntrySink& sink) { return scan(sink, stop); }));
  remember(chain);
  // The archive stands by itself; what follows it is tried again by the next pass.
  const std::lock_guard shipping(shipping_);
  if (const auto shipped = ship_log(stop); !shipped)
    parts_.log.tell(
        Event{shipped.error().id(), parts_.source_id, shipped.error().sentence(), shipped.error().system_error()});
  return report;
}

template <class T>
Result<SyncReport> BasicCore<T>::sync(std::stop_token stop) {
  if (parts_.source == nullptr || parts_.sync == nullptr) return no_source("synchronised");
  // A backup may take hours, and what is appended meanwhile has to be elsewhere by then.
  std::unique_lock writing(writing_, std::defer_lock);
  FileDescriptor state_lock;
  if (!ships_beside()) {
    writing.lock();
    LIFEBOAT_TRY(state_lock, memory_.lock());
  }
  const std::lock_guard shipping(shipping_);
  auto report = with_sync([&](SyncContext& context) { return parts_.sync->sync(context, stop); });
  note_link(parts_, *clock_);
  // That the copy is away is no reason to keep the journal from the medium.
  const auto shipped = ship_log(stop);
  Recycled recycled;
  if (shipped) {
    LIFEBOAT_TRY(const Catalog chain, catalog());
    LIFEBOAT_TRY(recycled, recycle_log(parts_, chain, shipped->last, report ? report->position : Position{}));
  }
  if (!report) return report;
  if (!shipped) return shipped.error();
  report->medium_groups = shipped->groups;
  report->medium_bytes = shipped->bytes;
  report->medium_position = shipped->last;
  report->segments_recycled = recycled.segments;
  return report;
}

template <class T>
Result<SyncVerdict> BasicCore<T>::verify_sync(std::stop_token stop) {
  if (parts_.source == nullptr || parts_.sync == nullptr) return no_source("compared");
  return with_sync([&](SyncContext& context) { return parts_.sync->verify(context, stop); });
}

template <class T>
Result<PrunePlan> BasicCore<T>::plan(const Retention& retention, std::chrono::seconds interval,
                                     std::span<const ArchiveId> accept_clock) const {
  const auto log = parts_.sync != nullptr ? parts_.sync->log() : std::nullopt;
  if (log && retention.groups && *retention.groups < log->retry_groups)
    return Error{ErrorId::config, "a retention of " + std::to_string(*retention.groups) +
                                      " groups is less than the clients' keys are kept for: retry_groups is " +
                                      std::to_string(log->retry_groups)}
        .unchanged();
  LIFEBOAT_TRY(const Catalog chain, catalog());
  return plan_prune(chain.view(), retention, interval, accept_clock);
}

template <class T>
Result<SweepReport> BasicCore<T>::apply(const PrunePlan& wanted, const Digest& digest, std::chrono::seconds grace,
                                        const Actor& actor) {
  const std::lock_guard writing(writing_);
  LIFEBOAT_TRY(const Locks locks, lock_both());
  LIFEBOAT_TRY(const Digest found, plan_digest(wanted, *repository_.structural));
  if (found != digest)
    return Error{ErrorId::plan_changed, "the plan is another one by now: its digest is " + to_hex(found.view())}
        .next("the same line without --apply")
        .unchanged();
  LIFEBOAT_TRY(Catalog chain, catalog());
  if (!wanted.empty() || !wanted.clocks_accepted.empty()) {
    ChainEntry entry;
    sign(entry, actor);
    LIFEBOAT_TRY(const bool doubted, memory_.contradicts(repository_.id, chain));
    LIFEBOAT_CHECK(mark_pruned(repository_, chain, wanted, grace, std::move(entry)));
    if (!doubted) remember(chain);
  }
  LIFEBOAT_TRY(SweepReport swept,
               sweep(repository_, chain, clock_->now(), locks.medium != nullptr && locks.medium->proven));
  const std::lock_guard shipping(shipping_);
  LIFEBOAT_TRY(const SpentJournal spent, spent_journal(*parts_.medium, chain, wanted.retention, clock_->now()));
  LIFEBOAT_CHECK(remove_spent(*parts_.medium, parts_.source_id, spent));
  swept.pieces = spent.pieces.size();
  swept.pieces_upto = spent.upto;
  swept.bytes += spent.bytes;
  return swept;
}

template <class T>
Status BasicCore<T>::record(Catalog& chain, ChainEntry& entry) {
  const std::lock_guard writing(writing_);
  LIFEBOAT_TRY(const bool doubted, memory_.contradicts(repository_.id, chain));
  LIFEBOAT_CHECK(append_entry(repository_, chain, entry, [](const Catalog&) { return ok(); }));
  if (doubted) return ok();
  // Whoever holds the lock is about to remember an entry behind this one.
  if (const auto state_lock = memory_.try_lock()) remember(chain);
  return ok();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
