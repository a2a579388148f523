// SPDX-License-Identifier: BSL-1.0
// A directory is kept in step with a replica: what moved is sent, what was written is read again, what differs is said.
#include <lifeboat/lifeboat.hpp>

#include "support/payments.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;
using Replicated = DisasterRecoveryPipeline<Incremental, Disk, TimestampSync, Sha256>;

int main() {
  return tell([] {
    write_file("ledger/payments", payments(0, 5'000));
    write_file("ledger/reports/may.txt", "May\n");
    write_file("ledger/scratch/cache.tmp", "not worth a copy\n");
    Replicated pipeline = must(Replicated::open({.source = {.root = "ledger"},
                                                 .medium = {.root = "backup", .create = true},
                                                 .sync = {.replica = "replica", .exclude = {"*.tmp"}},
                                                 .state = "state"}));
    (void)must(pipeline.sync());
    say("the first pass makes the replica: a plain folder that can be used as it is",
        read_file("replica/payments") == read_file("ledger/payments") &&
            !std::filesystem::exists("replica/scratch/cache.tmp"));
    say("verified by digest: equal", must(pipeline.verify_sync()).equal);

    say("a pass over an unchanged source sends nothing", must(pipeline.sync()).items_sent == 0);

    write_file("ledger/reports/june.txt", "June\n");
    std::filesystem::remove("ledger/reports/may.txt");
    const SyncReport changed = must(pipeline.sync());
    say("one file came and one went: the pass removes one, and the replica follows",
        changed.items_removed == 1 && read_file("replica/reports/june.txt") == "June\n" &&
            !std::filesystem::exists("replica/reports/may.txt"));

    write_file("replica/reports/june.txt", "Juno\n");
    const SyncVerdict verdict = must(pipeline.verify_sync());
    say("somebody changes the replica: verify_sync names it: " + verdict.first_difference,
        !verdict.equal && verdict.first_difference.find("june.txt") != std::string::npos);
    const SyncReport repaired = must(pipeline.sync());
    say("and the next pass says so and sets it right",
        repaired.difference_count == 1 && read_file("replica/reports/june.txt") == "June\n");
    say("a replica follows mistakes too: it is no backup, and stands beside one",
        must(pipeline.backup()).record.facts.entries != 0);
  });
}
