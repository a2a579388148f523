// SPDX-License-Identifier: BSL-1.0
// The program on the journal of an engine that it was never compiled with: back to a payment, and live again.
#include <filesystem>
#include <fstream>

#include <lifeboat/adapter/nlohmann_json.hpp>
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

/// An engine that paid 1.00 to 6.00 EUR, was backed up behind the second, and is gone.
struct Gone {
  support::TempFolder folder;
  std::string medium = "disk:" + (folder / "backup");

  Gone() {
    std::filesystem::create_directory(folder / "engine");
    std::ofstream(folder / "engine/ledger") << "paid\n";
    Stands hook;
    auto pipeline = Pipeline::open({.source = {.id = "bank", .root = folder / "engine", .freeze = &hook},
                                    .medium = {.root = folder / "backup", .create = true},
                                    .sync = {.journal = folder / "engine/journal"},
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
  [[nodiscard]] ProgramAnswer restore(const std::vector<std::string>& more) const {
    std::vector<std::string> words{"restore", "--medium", medium, "--id", "bank", "--target", folder / "new"};
    words.insert(words.end(), more.begin(), more.end());
    return call_lifeboat(words);
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
  CHECK(has(status.out, "journal here to 1:6, "));
  const ProgramAnswer log = call_lifeboat({"log", "--medium", gone.medium, "--id", "bank"});
  CHECK(has(log.out, "epoch 2 begins at 2:7, behind 1:4"));
  CHECK(has(log.out, "alice"));
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
