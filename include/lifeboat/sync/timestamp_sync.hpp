// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <lifeboat/sync/sync_pass.hpp>
#include <lifeboat/sync/verify_replica.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Keeps a second directory in step with the source: a plain tree that can be used as it is, and in it one folder of
/// its own, `.lifeboat-sync`. A pass compares the source entry by entry with the state that the last pass stored,
/// stages what is new, makes the list of what it is going to do durable, does it, reads what it wrote again, and
/// stores the state. After a crash the next pass throws the staging away, or goes through the durable list again
/// (docs/sync.md).
///
/// What somebody else changed in the replica is said and set right; what somebody else put there is moved to
/// `.lifeboat-sync/aside`, never deleted. What the source can not show is kept.
/// Errors: replica_strange, replica_emptied, source_emptied, source_not_mounted, sync_difference, target_io, busy,
/// interrupted, pattern, config, and those of the source.
template <class = void>
class BasicTimestampSync {
 public:
  struct Config {
    std::string replica{};              ///< the folder; made where it is missing (not those above it)
    std::vector<std::string> exclude{}; ///< its scope, within what the source takes: gitignore's syntax
    std::vector<std::string> only{};
    std::chrono::seconds every{0};      ///< how often a schedule makes a pass; 0: when it is asked to
    bool accept_emptied_source = false;
    bool accept_emptied_replica = false;
  };

  static constexpr std::string_view name = "timestamp";
  static constexpr bool has_log = false;

  /// Checks what can be checked with nothing changed.
  static Result<BasicTimestampSync> open(Config config) {
    if (config.replica.empty())
      return Error{ErrorId::config, "a timestamp sync needs the folder of its replica"}.unchanged();
    if (config.every.count() < 0)
      return Error{ErrorId::config, "a sync can not be made at negative intervals"}.unchanged();
    BasicTimestampSync sync;
    LIFEBOAT_TRY(sync.wish_.scope, Rules::parse(config.exclude, config.only));
    while (config.replica.size() > 1 && config.replica.ends_with('/')) config.replica.pop_back();
    LIFEBOAT_TRY(const ReplicaFolder folder, ReplicaFolder::open(config.replica));
    sync.wish_.replica = std::move(config.replica);
    sync.wish_.accept_emptied_source = config.accept_emptied_source;
    sync.wish_.accept_emptied_replica = config.accept_emptied_replica;
    sync.every_ = config.every;
    return sync;
  }

  /// How often a schedule makes a pass.
  [[nodiscard]] std::chrono::seconds every() const noexcept { return every_; }

  Result<SyncReport> sync(SyncContext& context, std::stop_token stop) {
    LIFEBOAT_TRY(ReplicaFolder replica, ReplicaFolder::open(wish_.replica));
    LIFEBOAT_TRY(const SourceFacts source, context.source.facts());
    LIFEBOAT_TRY(const std::string memory, memory_name(context));
    LIFEBOAT_CHECK(check_not_vanished(context, replica, memory));
    if (!replica.there()) LIFEBOAT_CHECK(replica.make_root());
    LIFEBOAT_TRY(const bool empty, replica.is_empty());
    if (!replica.made() && !empty) return replica.strange("is not empty and is nobody's replica");
    LIFEBOAT_CHECK(replica.lock(true));
    LIFEBOAT_TRY(const std::optional<Id> known, replica.identity(source.id, context.structural));
    PassFacts facts;
    bool has_facts = false;
    if (known) {
      facts.replica = *known;
      auto last = read_pass_facts(replica.own(), "pass", context.structural);
      if (last && last->replica == *known) {
        facts = *last;
        has_facts = true;
      }
    } else {
      if (!empty) return replica.strange("has a folder of its own that does not say whose it is");
      facts.replica = random_id(context.random);
      LIFEBOAT_CHECK(replica.write_identity(facts.replica, source.id, context.structural));
    }
    SyncPass pass(wish_, context, replica, std::move(stop));
    LIFEBOAT_TRY(SyncReport report, pass.run(facts, has_facts));
    LIFEBOAT_CHECK(write_pass_facts(replica.own(), "pass", facts, context.structural));
    remember(context, memory, facts);
    return report;
  }

  Result<SyncVerdict> verify(SyncContext& context, std::stop_token stop) {
    LIFEBOAT_TRY(ReplicaFolder replica, ReplicaFolder::open(wish_.replica));
    LIFEBOAT_TRY(const SourceFacts source, context.source.facts());
    LIFEBOAT_TRY(const std::string memory, memory_name(context));
    LIFEBOAT_CHECK(check_not_vanished(context, replica, memory));
    if (!replica.there() || !replica.made())
      return replica.strange("was never synchronised: there is nothing to compare");
    LIFEBOAT_CHECK(replica.lock(false));
    LIFEBOAT_TRY(const std::optional<Id> known, replica.identity(source.id, context.structural));
    if (!known) return replica.strange("has a folder of its own that does not say whose it is");
    VerifyReplica verification(wish_.scope, context, replica, std::move(stop));
    return verification.run(replica.own_path());
  }

 private:
  BasicTimestampSync() = default;

  /// The name of what the source's state folder remembers of this replica.
  Result<std::string> memory_name(const SyncContext& context) const {
    LIFEBOAT_TRY(const Digest digest,
                 tagged_digest(context.structural, sealed_tag, {as_bytes(std::string_view(wish_.replica))}));
    return "replica-" + to_hex(digest.view().first(8));
  }

  /// A replica that had entries and is not there, or has lost even the folder of its own, is most likely not mounted.
  Status check_not_vanished(const SyncContext& context, const ReplicaFolder& replica, const std::string& memory) const {
    if (replica.made() || wish_.accept_emptied_replica || context.state_folder.empty()) return ok();
    if (replica.there()) {
      LIFEBOAT_TRY(const bool empty, replica.is_empty());
      if (!empty) return ok();  // strange, and that is said
    }
    auto folder = open_at(AT_FDCWD, std::string(context.state_folder).c_str(), O_RDONLY | O_DIRECTORY);
    if (!folder) return ok();
    const auto last = read_pass_facts(folder.value.get(), memory.c_str(), context.structural);
    if (!last || last->entries <= 1) return ok();
    return Error{ErrorId::replica_emptied, "the replica " + wish_.replica + " is empty, but had " +
                                               std::to_string(last->entries - 1) +
                                               " entries at the last pass: is it mounted?"}
        .next("lifeboat sync ... --accept-emptied-replica    # if it is meant to be filled anew")
        .unchanged();
  }

  /// A cache: where it can not be written, the pass has succeeded all the same.
  static void remember(const SyncContext& context, const std::string& memory, const PassFacts& facts) {
    if (context.state_folder.empty()) return;
    auto folder = open_at(AT_FDCWD, std::string(context.state_folder).c_str(), O_RDONLY | O_DIRECTORY);
    Status written = folder ? write_pass_facts(folder.value.get(), memory, facts, context.structural)
                            : Status(Error{ErrorId::state_folder, "the state folder can not be opened"});
    if (!written)
      context.log.tell(Event{ErrorId::state_folder, context.state_folder, written.error().sentence(),
                             written.error().system_error()});
  }

  SyncWish wish_;
  std::chrono::seconds every_{0};
};
using TimestampSync = BasicTimestampSync<>;

static_assert(Sync<TimestampSync>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
