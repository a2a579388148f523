// SPDX-License-Identifier: BSL-1.0
#include <unistd.h>

#include <filesystem>

#include <lifeboat/adapter/nlohmann_json.hpp>
#include <lifeboat/medium/disk.hpp>
#include <lifeboat/pipeline.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/strategy/full.hpp>
#include <lifeboat/sync/log_sync.hpp>
#include <lifeboat/verifier/sha256.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/never.hpp"
#include "support/program.hpp"
#include "support/zone.hpp"

struct Stepped {
  lifeboat::Key key;
  lifeboat::Stage<Progressed> stage;
};
BOOST_HANA_ADAPT_STRUCT(Stepped, key, stage);

namespace test_restore {

using support::ProgramAnswer;
using support::ProgramPlace;
using support::read_text;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a dry run shows the plan, and the line that it names does it") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  const std::string target = place / "fixed";
  const ProgramAnswer dry = place.call({"restore", "--target", target, "--dry-run"});
  CHECK(dry.status == 0);
  CHECK(dry.out.starts_with("plan    full "));
  CHECK(has(dry.out, "\ncosts   reads 97.7 KiB of 1 archive, writes 97.7 KiB in 4 entries, needs "));
  CHECK(has(dry.out, "\nnext: lifeboat restore --target " + target + " --medium " + place.medium() + "\n"));
  CHECK_FALSE(std::filesystem::exists(target));

  const ProgramAnswer done = place.call({"restore", "--target", target});
  CHECK(done.status == 0);
  CHECK(has(done.out, "\nrestored "));
  CHECK(has(done.out, " | digests ok | "));
  CHECK(has(done.out, "target  on the source's host and device, under the account of its backup\n"));
  CHECK(read_text(target + "/a.txt") == "one\n");
  CHECK(read_text(target + "/sub/b.bin") == std::string(100'000, 'b'));

  const ProgramAnswer again = place.call({"restore", "--target", target});
  CHECK(again.status == 3);
  CHECK(has(again.err,
            "refused LB-TARGET-EXISTS: " + target + " exists and is not an empty folder. Nothing was changed."));
  CHECK(has(again.err, "\nnext: lifeboat restore --medium " + place.medium() + " --target " + target + ".restored\n"));
}

TEST_CASE("a time without a zone is refused with both readings to paste") {
  const support::Zone zone("CST-8");
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  const ProgramAnswer answer = place.call({"restore", "--target", place / "fixed", "--before", "2026-11-24T14:03"});
  CHECK(answer.status == 3);
  CHECK(answer.out.empty());
  CHECK(answer.err ==
        "refused LB-TIME-ZONE: 2026-11-24T14:03 names no zone. Nothing was changed.\n"
        "next: --before 2026-11-24T14:03:00+08:00 (this machine) or --before 2026-11-24T14:03:00Z\n");
  const ProgramAnswer no_day = place.call({"restore", "--target", place / "fixed", "--before", "14:03"});
  CHECK(no_day.status == 3);
  CHECK(has(no_day.err, "refused LB-TIME-ZONE: 14:03 names no day and no zone. Nothing was changed.\nnext: --before "));
  CHECK(has(no_day.err, "T14:03:00+08:00 (this machine) or --before "));
}

TEST_CASE("points that there are not are refused") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  const auto call = [&](const std::string& option, const std::string& value) {
    return place.call({"restore", "--target", place / "fixed", option, value});
  };
  CHECK(call("--before", "2001-01-01T00:00:00Z").status == 3);
  CHECK(has(call("--before", "2001-01-01T00:00:00Z").err, "refused LB-TIME-BEFORE-FIRST"));
  CHECK(has(call("--before", "9999-01-01T00:00:00Z").err, "refused LB-TIME-BEYOND-HEAD"));
  CHECK(call("--before", "soon").status == 2);
  CHECK(has(call("--before", "9999-01-01T00:00:00Z").err, " --archive latest\n"));
  CHECK_FALSE(has(call("--before", "9999-01-01T00:00:00Z").err, "--before 9999"));
  const ProgramAnswer unknown = call("--archive", "zz");
  CHECK(unknown.status == 3);
  CHECK(unknown.err ==
        "refused LB-ARCHIVE-UNKNOWN: ledger has no archive zz. Nothing was changed.\n"
        "next: lifeboat list --id ledger --medium " +
            place.medium() + "\n");
  CHECK(place.call({"restore"}).status == 2);
  CHECK(place.call({"restore", "--target", place / "x", "--archive", "latest", "--before", "2026-01-01T00:00:00Z"})
            .status == 2);
  const ProgramAnswer nowhere = place.call({"restore", "--target", place / "no/where"});
  CHECK(nowhere.status == 3);
  CHECK(has(nowhere.err, "refused LB-TARGET-IO"));
  CHECK(has(nowhere.err, "next: mkdir -p " + place / "no"));
  CHECK_FALSE(std::filesystem::exists(place / "fixed"));
}

TEST_CASE("an earlier archive by its first digits, and by the time before the next") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  place.write("a.txt", "two\n");
  REQUIRE(place.backup().status == 0);
  const std::string list = place.call({"list"}).out;
  const std::string first = list.substr(list.find('\n') + 1, 8);
  REQUIRE(place.call({"restore", "--target", place / "first", "--archive", first}).status == 0);
  CHECK(read_text(place / "first/a.txt") == "one\n");
  REQUIRE(place.call({"restore", "--target", place / "latest"}).status == 0);
  CHECK(read_text(place / "latest/a.txt") == "two\n");
}

TEST_CASE("a scope gives an extract; damage is an error and what is there is named") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  const ProgramAnswer one = place.call({"restore", "--target", place / "one", "--only", "sub"});
  CHECK(one.status == 0);
  CHECK(has(one.out, "; an extract, never the state\n"));
  CHECK(has(one.out, "\nextracted "));
  CHECK_FALSE(std::filesystem::exists(place / "one/a.txt"));
  CHECK(std::filesystem::exists(place / "one/sub/b.bin"));

  for (const auto& file : std::filesystem::recursive_directory_iterator(place / "backup/archive")) {
    if (file.path().filename() != "data.000000") continue;
    std::fstream data(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    data.seekp(60'000);
    data << "XXXX";
  }
  const ProgramAnswer broken = place.call({"restore", "--target", place / "fixed"});
  CHECK(broken.status == 1);
  CHECK(has(broken.err, "error LB-DAMAGE: "));
  CHECK(has(broken.err, "was not made; what was restored so far is in " + place / ".fixed.lifeboat-staging"));
  CHECK(has(broken.err, "next: lifeboat restore --target " + place / "fixed"));
  CHECK(has(broken.err, " --resume    # to go on, or with --discard to remove it\n"));
  CHECK_FALSE(std::filesystem::exists(place / "fixed"));

  const ProgramAnswer left = place.call({"restore", "--target", place / "fixed"});
  CHECK(left.status == 3);
  CHECK(has(left.err, "refused LB-STAGING-EXISTS"));
  CHECK(place.call({"restore", "--target", place / "fixed", "--discard"}).status == 0);
  CHECK_FALSE(std::filesystem::exists(place / ".fixed.lifeboat-staging"));
  CHECK(place.call({"restore", "--target", place / "fixed", "--discard"}).status == 3);

  const ProgramAnswer verified = place.call({"verify"});
  CHECK(verified.status == 1);
  CHECK(has(verified.out, "found LB-DAMAGE: archive "));
  CHECK(has(verified.out, "of 'sub/b.bin'"));
  CHECK(has(verified.out, "does not restore whole: 1 file is touched, first sub/b.bin"));
  CHECK(has(verified.out, "DAMAGED | depth digests | "));

  // The living tree has the blocks.
  CHECK(place.call({"restore", "--target", place / "fixed", "--using", place.source()}).status == 0);
  CHECK(read_text(place / "fixed/sub/b.bin") == std::string(100'000, 'b'));
}

TEST_CASE("a chain that is gone does not stand in the way of who asks for that") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  const std::string list = place.call({"list"}).out;
  const std::string id = list.substr(list.find('\n') + 1, 8);
  std::filesystem::remove_all(place / "backup/chain");
  const ProgramAnswer refused = place.call({"restore", "--target", place / "fixed", "--archive", id, "--id", "ledger"});
  CHECK(refused.status == 3);
  CHECK(has(refused.err, "refused LB-SOURCE-UNKNOWN"));
  const ProgramAnswer done =
      place.call({"restore", "--target", place / "fixed", "--archive", id, "--id", "ledger", "--despite", "chain"});
  CHECK(done.status == 0);
  CHECK(has(done.err, "warning LB-CHAIN-BROKEN: no chain vouches for this archive"));
  CHECK(read_text(place / "fixed/a.txt") == "one\n");
  CHECK(place.call({"restore", "--target", place / "x", "--despite", "chain", "--id", "ledger"}).status == 2);
  CHECK(place.call({"restore", "--target", place / "x", "--despite", "all", "--id", "ledger"}).status == 2);
  CHECK(place.call({"cat", id, "a.txt", "--id", "ledger", "--despite", "chain"}).out == "one\n");
}

TEST_CASE("a stopped restore leaves its staging place only") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  std::stop_source stop;
  stop.request_stop();
  CHECK(place.call({"restore", "--target", place / "fixed"}, stop.get_token()).status == 130);
  CHECK_FALSE(std::filesystem::exists(place / "fixed"));
}

TEST_CASE("owners that may not be given away are listed, with exit status 4") {
  if (::geteuid() != 0) return;  // nobody else can make the files of two users
  const ProgramPlace place;
  REQUIRE(::chown((place.source() + "/a.txt").c_str(), 12345, 12345) == 0);
  REQUIRE(place.backup().status == 0);
  REQUIRE(place.call({"restore", "--target", place / "root", "--numeric-owner"}).status == 0);
  struct stat found {};
  REQUIRE(::stat((place / "root/a.txt").c_str(), &found) == 0);
  CHECK(found.st_uid == 12345);
  REQUIRE(place.call({"restore", "--target", place / "mine", "--no-owner"}).status == 0);
  REQUIRE(::stat((place / "mine/a.txt").c_str(), &found) == 0);
  CHECK(found.st_uid == 0);
}

TEST_CASE("a pattern that names nothing is an error, never an empty extract") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  for (const auto& more : {std::vector<std::string>{}, {"--only", "a.txt"}}) {
    std::vector<std::string> words{"restore", "--target", place / "one", "--only", "/sub/c.bin"};
    words.insert(words.end(), more.begin(), more.end());
    const ProgramAnswer answer = place.call(words);
    CHECK(answer.status == 3);
    CHECK(has(answer.err, "refused LB-PATH-UNKNOWN: archive "));
    CHECK(has(answer.err, " has nothing that '/sub/c.bin' names. Nothing was changed.\nnext: lifeboat show "));
    CHECK_FALSE(std::filesystem::exists(place / "one"));
  }
  CHECK(place.call({"restore", "--target", place / "one", "--only", "/sub/b.bin", "--only", "*.txt"}).status == 0);
}

TEST_CASE("an empty folder where the program stands is a target") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  std::filesystem::create_directory(place / "mounted");
  CHECK(place.call({"restore", "--target", place / "mounted/."}).status == 0);
  CHECK(read_text(place / "mounted/a.txt") == "one\n");
  const ProgramAnswer root = place.call({"restore", "--target", "/"});
  CHECK(root.status == 2);
  CHECK(has(root.err, "refused LB-USAGE: "));
}

TEST_CASE("a restore leaves its time, and the next plan and status are foretold by it") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  CHECK(has(place.call_with_source({"status"}).out, "(unmeasured: no restore was timed; "));
  REQUIRE(place.call_with_source({"restore", "--target", place / "part", "--only", "sub"}).status == 0);
  CHECK(has(place.call_with_source({"status"}).out, "(unmeasured: "));  // an extract says nothing of the whole
  REQUIRE(place.call_with_source({"verify", "--depth", "restore"}).status == 0);
  const std::string verified = place.call_with_source({"status"}).out;
  CHECK(has(verified, "\nrestore about "));
  CHECK(has(verified, " (verification of "));
  CHECK(has(verified, ", which wrote nothing: "));
  REQUIRE(place.call_with_source({"restore", "--target", place / "whole"}).status == 0);
  const std::string restored = place.call_with_source({"status"}).out;
  CHECK(has(restored, " (restore of "));
  CHECK(has(restored, "iB/s)\n"));
  const ProgramAnswer plan = place.call_with_source({"restore", "--target", place / "again", "--dry-run"});
  CHECK(has(plan.out, "about 1 s (restore of "));
  const std::string json = place.call_with_source({"status", "--json"}).out;
  CHECK(has(json, "\"restore\":{\"measured\":true,\"seconds\":"));
  CHECK(has(json, "\"run\":{\"verb\":\"restore\",\"time\":\""));
  // Elsewhere nobody measured it.
  CHECK(has(place.call({"status"}).out, "(unmeasured: "));
  CHECK(has(place.call({"restore", "--target", place / "again", "--dry-run"}).out, "time unmeasured\n"));
}

TEST_CASE(
    "books that do not add up are restored, said, and end with 1; the line that leads on overrides them by name") {
  using namespace lifeboat;
  struct Stands final : FreezeHook {
    Result<Frozen> freeze(std::chrono::steady_clock::time_point) override {
      return Frozen{.cut = {.kind = CutKind::frozen, .has_position = true, .position = {1, 1}}};
    }
    void thaw() noexcept override {}
  };
  const support::TempFolder folder;
  std::filesystem::create_directory(folder / "engine");
  const std::string medium = "disk:" + (folder / "backup");
  {
    Stands hook;
    auto pipeline = DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256>::open(
        {.source = {.id = "bank", .root = folder / "engine", .freeze = &hook},
         .medium = {.root = folder / "backup", .create = true},
         .sync = {.journal = folder / "engine/journal"},
         .keep_state = false});
    REQUIRE(pipeline);
    for (const Progressed state : {Progressed::captured, Progressed::asked}) {
      pipeline->append(Stepped{*Key::of("K"), {state}})
          .match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
      if (state == Progressed::captured) REQUIRE(pipeline->backup());
    }
    REQUIRE(pipeline->sync());
  }
  const std::vector<std::string> words{"restore", "--medium", medium, "--id", "bank", "--target"};
  const auto restored = [&](const std::string& name, const std::vector<std::string>& more = {}) {
    std::vector<std::string> line = words;
    line.push_back(folder / name);
    line.insert(line.end(), more.begin(), more.end());
    return support::call_lifeboat(line);
  };
  const ProgramAnswer done = restored("new");
  INFO(done.out << done.err);
  CHECK(done.status == 1);
  CHECK(has(done.out, "\nrestored "));
  CHECK(has(done.out, "checked nothing-goes-backwards: broken at 1:2"));
  CHECK(has(done.err, "warning LB-INVARIANT: what was restored breaks nothing-goes-backwards: broken at 1:2"));
  CHECK(has(done.out, "next: lifeboat adopt " + (folder / "new") + " --medium " + medium +
                          " --id bank --override nothing-goes-backwards --by NAME    # only when "));
  CHECK(std::filesystem::exists(folder / "new/journal/restored"));
  const auto json = Json::parse(restored("json", {"--json"}).out);
  CHECK(json["status"] == 1);
  CHECK(json["warning_counts"]["LB-INVARIANT"] == 1);
  std::vector<std::string> line = words;
  line.insert(line.end(), {folder / "own", "--json"});
  const auto own = Json::parse(
      support::call_lifeboat(line, {}, [](const std::string&) { return invariants_of(support::Never()); }).out);
  REQUIRE(own["invariants"].size() == 5);
  CHECK(own["invariants"][4]["name"] == "never");
  CHECK(own["invariants"][4]["holds"] == false);
  CHECK(has(own["next"].get<std::string>(), " --override nothing-goes-backwards --override never --by NAME"));
  const ProgramAnswer before = restored("before", {"--position", "1:1", "--accept-undone", "1"});
  INFO(before.out << before.err);
  CHECK(before.status == 0);
  CHECK_FALSE(has(before.out, "--override"));
}

}  // namespace test_restore
