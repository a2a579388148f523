// SPDX-License-Identifier: BSL-1.0
// The program on the journal of an engine that it was never compiled with: back to a payment, and live again.
#include <filesystem>
#include <fstream>

#include <lifeboat/adapter/nlohmann_json.hpp>
#include <lifeboat/core/time_text.hpp>
#include <lifeboat/journal/medium_ceiling.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/disk.hpp>
#include <lifeboat/pipeline.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/strategy/full.hpp>
#include <lifeboat/sync/log_sync.hpp>
#include <lifeboat/verifier/sha256.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/program.hpp"
#include "support/temp_folder.hpp"

namespace test_adopt {

using namespace lifeboat;
using support::call_lifeboat;
using support::ProgramAnswer;

namespace {

using Pipeline = DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256>;

struct Stands final : FreezeHook {
  Position applied{};
  Result<Frozen> freeze(std::chrono::steady_clock::time_point) override {
    return Frozen{.cut = {.kind = CutKind::frozen, .has_position = true, .position = applied}};
  }
  void thaw() noexcept override {}
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// An engine that paid 1.00 to 6.00 EUR, was backed up behind the second, and is gone. `reserve`: so many numbers are
/// reserved on the medium.
struct Gone {
  support::TempFolder folder;
  std::string medium = "disk:" + (folder / "backup");

  explicit Gone(std::uint64_t reserve = 0) {
    std::filesystem::create_directory(folder / "engine");
    std::ofstream(folder / "engine/ledger") << "paid\n";
    Stands hook;
    auto pipeline = Pipeline::open({.source = {.id = "bank", .root = folder / "engine", .freeze = &hook},
                                    .medium = {.root = folder / "backup", .create = true},
                                    .sync = {.journal = folder / "engine/journal", .reserve_groups = reserve},
                                    .keep_state = false});
    REQUIRE(pipeline);
    for (std::int64_t n = 1; n <= 6; ++n) {
      const Payment payment{*Key::of("A-" + std::to_string(n)), {1}, {2}, {n * 100, EUR}};
      pipeline->append_once(payment).match([&](Acked<LocalDurable> a) { hook.applied = a.position; },
                                           [](Already) { FAIL(); }, [](InDoubt) { FAIL(); }, [](NotWritten) { FAIL(); },
                                           [](Unknown) { FAIL(); });
      if (n == 2) REQUIRE(pipeline->backup());
    }
    REQUIRE(pipeline->sync());
  }
  /// It was not gone: it paid 7.00 EUR, and shipped that.
  void goes_on() const {
    auto pipeline = Pipeline::open({.source = {.id = "bank", .root = folder / "engine"},
                                    .medium = {.root = folder / "backup"},
                                    .sync = {.journal = folder / "engine/journal"},
                                    .keep_state = false});
    REQUIRE(pipeline);
    pipeline->append_once(Payment{*Key::of("A-7"), {1}, {2}, {700, EUR}})
        .match([](Acked<LocalDurable>) {}, [](Already) { FAIL(); }, [](InDoubt) { FAIL(); }, [](NotWritten) { FAIL(); },
               [](Unknown) { FAIL(); });
    REQUIRE(pipeline->sync());
  }
  [[nodiscard]] ProgramAnswer restore(const std::vector<std::string>& more) const {
    std::vector<std::string> words{"restore", "--medium", medium, "--id", "bank", "--target", folder / "new"};
    words.insert(words.end(), more.begin(), more.end());
    return call_lifeboat(words);
  }
  /// A copy of the newest point that waits to be adopted.
  [[nodiscard]] std::string copy(const std::string& name) const {
    const ProgramAnswer done =
        call_lifeboat({"restore", "--medium", medium, "--id", "bank", "--target", folder / name});
    INFO(done.out << done.err);
    REQUIRE(done.status == 0);
    return folder / name;
  }
  [[nodiscard]] ProgramAnswer adopt(const std::string& target, const std::vector<std::string>& more) const {
    std::vector<std::string> words{"adopt", target, "--medium", medium, "--id", "bank"};
    words.insert(words.end(), more.begin(), more.end());
    return call_lifeboat(words);
  }
  void refused(const std::string& target, const std::vector<std::string>& more, int status,
               const std::string& said) const {
    const ProgramAnswer answer = adopt(target, more);
    INFO(answer.out << answer.err);
    CHECK(answer.status == status);
    CHECK(has(answer.err, said));
    CHECK(std::filesystem::exists(target + "/journal/restored"));
    CHECK_FALSE(has(call_lifeboat({"log", "--medium", medium, "--id", "bank"}).out, "epoch 2 begins"));
  }
};

}  // namespace

TEST_CASE("the program restores to a payment, with what stays behind accepted by its number, and adopts the copy") {
  const Gone gone;
  const ProgramAnswer plan = gone.restore({"--position", "1:4", "--dry-run"});
  INFO(plan.out << plan.err);
  CHECK(plan.status == 0);
  CHECK(plan.err.empty());
  CHECK(has(plan.out, "journal 1:3 to 1:4, no gap: 2 groups"));
  CHECK(has(plan.out, "undone  2 acknowledged groups, 11.00 EUR; listed in " + (gone.folder / "new.undone.jsonl")));
  CHECK(has(plan.out, "\nneeds   --accept-undone 2\nnext: lifeboat restore --medium " + gone.medium));
  CHECK(plan.out.ends_with(" --position 1:4 --accept-undone 2\n"));
  const ProgramAnswer accepted = gone.restore({"--position", "1:4", "--accept-undone", "2", "--dry-run"});
  CHECK(accepted.status == 0);
  CHECK_FALSE(has(accepted.out, "\nneeds "));
  const ProgramAnswer other = gone.restore({"--position", "1:4", "--accept-undone", "1", "--dry-run"});
  CHECK(other.status == 3);
  CHECK(has(other.err, "2 acknowledged groups lie behind 1:4, and 1 were accepted"));
  const ProgramAnswer refused = gone.restore({"--position", "1:4"});
  CHECK(refused.status == 3);
  CHECK(has(refused.err, "refused LB-UNDONE"));
  CHECK(has(refused.err, "--accept-undone 2"));
  CHECK(gone.restore({"--position", "1:4", "--accept-undone", "1"}).status == 3);
  CHECK_FALSE(std::filesystem::exists(gone.folder / "new"));

  const ProgramAnswer restored = gone.restore({"--position", "1:4", "--accept-undone", "2"});
  INFO(restored.out << restored.err);
  REQUIRE(restored.status == 0);
  CHECK(has(restored.out, "at      1:4"));
  CHECK(has(restored.out, "checked debits-equal-credits: holds for 4 rows"));
  CHECK(has(restored.out + restored.err, "lifeboat adopt"));

  const std::string target = gone.folder / "new";
  const ProgramAnswer adopted =
      call_lifeboat({"adopt", target, "--medium", gone.medium, "--id", "bank", "--by", "alice", "--nothing-lost"});
  INFO(adopted.out << adopted.err);
  REQUIRE(adopted.status == 0);
  CHECK(has(adopted.out, "epoch 2 begins at 2:7, behind 1:4"));
  CHECK(has(adopted.out, "doubt   2 keys that were undone are in doubt"));
  CHECK(has(adopted.out, "loss    none behind 1:6, as alice states"));
  const ProgramAnswer again = call_lifeboat({"adopt", target, "--medium", gone.medium, "--id", "bank"});
  CHECK(again.status == 3);
  CHECK(has(again.err, "holds no restored journal"));
  const ProgramAnswer status = call_lifeboat({"status", "--medium", gone.medium, "--id", "bank"});
  INFO(status.out);
  CHECK(has(status.out, "journal here to 1:4, "));
  const ProgramAnswer log = call_lifeboat({"log", "--medium", gone.medium, "--id", "bank"});
  CHECK(has(log.out, "epoch 2 begins at 2:7, behind 1:4"));
  CHECK(has(log.out, "alice"));
}

TEST_CASE("adopt: a copy is found under its own name, however that is written, and wherever it was moved to") {
  const Gone gone;
  const std::string target = gone.folder / "new";
  const auto back = [&](const std::string& as) {
    const ProgramAnswer done = call_lifeboat({"restore", "--medium", gone.medium, "--id", "bank", "--target", as,
                                              "--position", "1:4", "--accept-undone", "2"});
    INFO(done.out << done.err);
    REQUIRE(done.status == 0);
    CHECK(has(done.out, "listed in " + target + ".undone.jsonl"));
    CHECK(has(done.out, "next: lifeboat adopt " + target + " --medium"));
    CHECK(std::filesystem::exists(target + ".undone.jsonl"));
  };
  std::string adopted = target;
  SECTION("a slash behind it") {
    back(target + "/");
    adopted = target + "/";
  }
  SECTION("an empty folder") {
    std::filesystem::create_directory(target);
    back(target + "/.");
    adopted = target + "/.";
    CHECK_FALSE(std::filesystem::exists(target + "/.undone.jsonl"));
  }
  SECTION("moved, and its list is gone") {
    back(target);
    std::filesystem::remove(target + ".undone.jsonl");
    adopted = gone.folder / "live";
    std::filesystem::rename(target, adopted);
  }
  const ProgramAnswer answer = gone.adopt(adopted, {"--nothing-lost", "--by", "alice"});
  INFO(answer.out << answer.err);
  CHECK(answer.status == 0);
  CHECK(has(answer.out, "doubt   2 keys that were undone are in doubt"));
}

TEST_CASE(
    "adopt: what the medium got since the restore, and a list that is not the restore's, lead to a restore anew") {
  Gone gone;
  const std::string target = gone.folder / "new";
  const std::string anew = "next: lifeboat restore --target " + target + ".again --position 1:4 --dry-run --medium " +
                           gone.medium + " --id bank\n";
  REQUIRE(gone.restore({"--position", "1:4", "--accept-undone", "2"}).status == 0);
  SECTION("a list that was cut") {
    for (const char* path : {"/journal/restored.undone.jsonl", ".undone.jsonl"}) std::ofstream(target + path) << "";
    gone.refused(target, {"--nothing-lost", "--by", "alice"}, 1, "is not the list of 2 lines that the restore wrote");
    gone.refused(target, {"--dry-run"}, 1, anew);
  }
  SECTION("a list that is gone") {
    for (const char* path : {"/journal/restored.undone.jsonl", ".undone.jsonl"}) std::filesystem::remove(target + path);
    gone.refused(target, {}, 3, anew);
  }
  SECTION("groups that came since") {
    gone.goes_on();
    gone.refused(target, {"--nothing-lost", "--by", "alice"}, 3,
                 "refused LB-UNDONE: the medium has 1 group behind 1:6, 7.00 EUR, which it had not when " + target +
                     " was restored");
    gone.refused(target, {}, 3, anew);
  }
}

TEST_CASE("adopt: without a majority of the holders that are declared, each other one is lost by name") {
  const Gone gone;
  const std::string target = gone.copy("new");
  const std::string four = "host-b,host-a,host-c,repository";
  gone.refused(target, {"--holders", four}, 3,
               "refused LB-HOLDERS: the epoch is held by " + four +
                   ", and only host-b,repository would claim the next one: host-a,host-c may go on without it");
  gone.refused(target, {"--holders", four}, 3, " --lost host-a --lost host-c --by NAME --second NAME\n");
  gone.refused(target, {"--holders", four, "--lost", "host-a"}, 2, " --by NAME\n");
  gone.refused(target, {"--holders", four, "--lost", "host-a", "--by", "alice"}, 3,
               "refused LB-SECOND-NAME: that host-a is lost is stated by two people, and there is one name. ");
  gone.refused(target, {"--holders", four, "--lost", "host-a", "--by", "alice"}, 3,
               " --lost host-a --by alice --second NAME\n");
  gone.refused(target, {"--holders", four, "--lost", "host-a", "--by", "alice", "--second", "alice"}, 3,
               "and there is one name twice");
  gone.refused(target, {"--holders", four, "--lost", "host-a", "--by", "alice", "--second", "bob"}, 3,
               " --lost host-a --by alice --second bob --lost host-c\n");
  gone.refused(target, {"--holders", four, "--lost", "host-x", "--by", "alice", "--second", "bob"}, 2,
               "host-x can not be lost");
  gone.refused(target, {"--holders", four, "--lost", "repository", "--by", "alice", "--second", "bob"}, 2,
               "repository can not be lost");
  gone.refused(target, {"--holders", "repository,host-a"}, 2, " --holders B,A,repository\n");

  const ProgramAnswer asked = gone.adopt(target, {"--holders", four, "--dry-run"});
  INFO(asked.out << asked.err);
  CHECK(asked.status == 0);
  CHECK(has(asked.out, "plan    " + target + " | epoch 2 begins at 2:7, behind 1:6\n"));
  CHECK(has(asked.out, "holders " + four + " | host-b,repository claim the next epoch\n"));
  CHECK(has(asked.out, "needs   --lost host-a --lost host-c --by NAME --second NAME\n"));
  CHECK(asked.out.ends_with(" --lost host-a --lost host-c --by NAME --second NAME\n"));
  // What was said of the one stays, when the other is asked for.
  const ProgramAnswer half = gone.adopt(
      target, {"--holders", four, "--lost", "host-a", "--by", "alice", "--second", "bob", "--dry-run", "--json"});
  CHECK(half.status == 0);
  const auto plan = Json::parse(half.out);
  CHECK(plan["needs"] == "--lost host-c");
  CHECK(has(plan["next"].get<std::string>(), " --lost host-a --by alice --second bob --json --lost host-c"));
  CHECK(plan["first"] == "2:7");
  CHECK(plan["dry_run"] == true);
  CHECK_FALSE(plan.contains("reason"));
  CHECK(std::filesystem::exists(target + "/journal/restored"));

  const ProgramAnswer whole = gone.adopt(target, {"--holders", "host-b,host-a,repository", "--dry-run"});
  CHECK(whole.status == 0);
  CHECK(has(whole.out, "host-b,repository claim the next epoch\n"));
  CHECK_FALSE(has(whole.out, "needs "));
  const ProgramAnswer done = gone.adopt(target, {"--holders", four, "--lost", "host-a", "--lost", "host-c", "--by",
                                                 "alice", "--second", "bob", "--reason", "site lost", "--json"});
  INFO(done.out << done.err);
  REQUIRE(done.status == 0);
  const auto json = Json::parse(done.out);
  CHECK(json["holders"] == Json({"host-b", "host-a", "host-c", "repository"}));
  CHECK(json["lost"] == "host-a,host-c");
  CHECK(json["by"] == "alice");
  CHECK(json["second"] == "bob");
  CHECK(json["reason"] == "lost host-a,host-c: site lost");
  CHECK(json["epoch"] == 2);
  const std::string log = call_lifeboat({"log", "--medium", gone.medium, "--id", "bank"}).out;
  CHECK(has(log, "why: lost host-a,host-c: site lost"));
  CHECK(has(log, " and bob (unproven names)"));
}

TEST_CASE("adopt: a ceiling bounds the loss where it is stated when the engine had stopped, and only there") {
  const Gone gone(1000);
  const std::string target = gone.copy("new");
  const std::string other = gone.copy("other");
  const auto disk = open_medium<Disk>({.root = gone.folder / "backup"});
  REQUIRE(disk);
  const auto ceilings = ceilings_on(**disk, "bank");
  REQUIRE(ceilings);
  REQUIRE(ceilings->size() == 1);
  const Position upto = ceilings->front().upto;
  CHECK(upto.sequence >= 1006);  // above all that may have been on its way
  const std::string highest = to_text(upto);
  const Timestamp until = ceilings->front().until;
  const std::string in_time = utc_text(until);
  gone.refused(target, {"--stopped", in_time}, 2, " --by NAME\n");
  gone.refused(target, {"--stopped", in_time, "--by", "alice", "--nothing-lost"}, 2, "do not go together");
  gone.refused(target, {"--stopped", "soon", "--by", "alice"}, 2, "\"soon\" is no time");
  gone.refused(target, {"--stopped", "2026-11-24T14:03", "--by", "alice"}, 3, "2026-11-24T14:03 names no zone");
  gone.refused(target, {"--stopped", "2026-11-24T14:03", "--by", "alice"}, 3, " or --stopped 2026-11-24T14:03:00Z\n");
  // The medium has a group of later than that.
  gone.refused(target, {"--stopped", "2020-01-01T00:00:00Z", "--by", "alice"}, 2,
               "LB-CONFIG: the writer of the journal");
  gone.refused(target, {"--stopped", "2020-01-01T00:00:00Z", "--by", "alice"}, 2,
               " --id bank --by alice    # or with a time by which it had stopped\n");

  const std::string bound = "loss    at most " + std::to_string(upto.sequence - 6) + " groups behind 1:6, up to " +
                            highest + ", the ceiling that the engine had reserved";
  const ProgramAnswer plan = gone.adopt(target, {"--stopped", in_time, "--by", "alice", "--dry-run"});
  INFO(plan.out << plan.err);
  CHECK(plan.status == 0);
  CHECK(has(plan.out, "epoch 2 begins at " + to_text(Position{2, upto.sequence + 1}) + ", behind 1:6\n"));
  CHECK(has(plan.out, bound));
  CHECK(has(plan.out, "stopped " + in_time + " (here "));
  CHECK(has(plan.out, ") at the latest, as alice states\n"));
  const ProgramAnswer late =
      gone.adopt(target, {"--stopped", utc_text({until.seconds + 1, 0}), "--by", "alice", "--dry-run"});
  CHECK(has(late.out, "loss    unknown behind 1:6: "));
  CHECK(has(late.out, "no ceiling that was reserved for so long is there, so that bounds nothing\n"));

  const ProgramAnswer done = gone.adopt(target, {"--stopped", in_time, "--by", "alice", "--json"});
  INFO(done.out << done.err);
  REQUIRE(done.status == 0);
  const auto json = Json::parse(done.out);
  CHECK(json["ceiling"] == highest);
  CHECK(json["stopped"] == utc_text(until, Fraction::nanoseconds));
  CHECK(json["unknown_loss"] == true);
  CHECK(json["reason"] == "stopped by " + in_time);
  const auto bounded = Json::parse(call_lifeboat({"doubt", "--journal", target + "/journal", "--json"}).out);
  CHECK(bounded["windows"][0]["basis"] == "bounded");
  CHECK(bounded["windows"][0]["ceiling"] == highest);

  const ProgramAnswer unsaid = gone.adopt(other, {"--by", "alice", "--json"});
  INFO(unsaid.out << unsaid.err);
  REQUIRE(unsaid.status == 0);
  CHECK(Json::parse(unsaid.out)["ceiling"] == nullptr);
  CHECK(Json::parse(unsaid.out)["stopped"] == nullptr);
  const auto unknown = Json::parse(call_lifeboat({"doubt", "--journal", other + "/journal", "--json"}).out);
  CHECK(unknown["windows"][0]["basis"] == "unknown");
}

TEST_CASE("points that can not be are refused, and nothing is made") {
  const Gone gone;
  const auto refused = [&](const std::vector<std::string>& words, int status, const std::string& said) {
    const ProgramAnswer answer = gone.restore(words);
    INFO(answer.out << answer.err);
    CHECK(answer.status == status);
    CHECK(has(answer.err, said));
    CHECK_FALSE(std::filesystem::exists(gone.folder / "new"));
  };
  refused({"--position", "1:7"}, 3, "up to 1:6");
  refused({"--position", "1:1"}, 3, "LB-NOT-REPLAYABLE");
  refused({"--position", "four"}, 2, "is no position");
  refused({"--position", "four"}, 2, "/new --dry-run    # it says which there are\n");
  refused({"--position", "1:4", "--archive", "latest"}, 2, "both name a point");
  refused({"--before-first", "key=A-99"}, 3, "no group");
  refused({"--before-first", "key"}, 2, "is no condition");
  refused({"--accept-undone", "some"}, 2, "--accept-undone takes the number");
  refused({"--accept-undone", "3"}, 3, "LB-UNDONE");
  refused({"--before", "2020-01-01T00:00:00Z"}, 3, "LB-NOT-REPLAYABLE");
}

TEST_CASE("the newest point is archive and journal, as JSON too") {
  const Gone gone;
  const ProgramAnswer answer = gone.restore({"--json"});
  INFO(answer.out << answer.err);
  REQUIRE(answer.status == 0);
  const auto json = Json::parse(answer.out);
  CHECK(json["position"] == "1:6");
  CHECK(json["journal"]["groups"] == 4);
  CHECK(json["journal"]["undone"]["groups"] == 0);
  CHECK(json["invariants"].size() == 4);
}

}  // namespace test_adopt
