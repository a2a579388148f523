// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/medium/memory.hpp>
#include <lifeboat/pipeline.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/strategy/any.hpp>
#include <lifeboat/sync/no_sync.hpp>
#include <lifeboat/verifier/any.hpp>

#include <cstdlib>
#include <random>

#include "catch.hpp"
#include "support/compare_trees.hpp"
#include "support/random_tree.hpp"
#include "support/temp_folder.hpp"

using namespace lifeboat;
using Pipeline = DisasterRecoveryPipeline<AnyStrategy, Memory, NoSync, AnyVerifier>;

namespace {

/// One life of a tree: changed, backed up by a strategy of chance, and any of its archives restored and compared.
class Life {
 public:
  Life(std::uint64_t seed, unsigned rounds)
      : random_(seed), tree_(folder_.path() + "/source", seed), store_(std::make_shared<MemoryStore>()) {
    INFO("seed " << seed);
    REQUIRE(::mkdir((folder_.path() + "/source").c_str(), 0755) == 0);
    tree_.create();
    std::string story;
    for (unsigned round = 0; round < rounds; ++round) {
      const std::string strategy = pick({"full", "incremental", "incremental", "differential"});
      story += strategy + "\n";
      INFO("round " << round << "\n" << story);
      back_up(strategy, round);
      compare(round);
      if (round != 0) compare(below(round));
      story += tree_.change(1 + below(12));
    }
    verify();
  }

 private:
  std::uint64_t below(std::uint64_t limit) {
    return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random_);
  }
  std::string pick(std::vector<std::string> from) { return from[static_cast<std::size_t>(below(from.size()))]; }

  Pipeline open(const std::string& strategy) {
    auto pipeline = Pipeline::open({.source = {.root = folder_.path() + "/source"},
                                    .medium = {.store = store_},
                                    .verifier = {.name = verifier_},
                                    .strategy = {.name = strategy},
                                    .state = folder_.path() + "/state"});
    INFO((pipeline ? std::string() : pipeline.error().sentence()));
    REQUIRE(pipeline);
    return std::move(*pipeline);
  }

  void back_up(const std::string& strategy, unsigned round) {
    Pipeline pipeline = open(strategy);
    const auto report = pipeline.backup();
    INFO((report ? std::string() : report.error().sentence()));
    REQUIRE(report);
    CHECK(report->gap_count == 0);
    if (round == 0) CHECK(report->record.facts.strategy == StrategyId::full);
    archives_.push_back(to_hex(report->record.facts.archive.view()));
    trees_.push_back(support::read_tree(folder_.path() + "/source"));
    drop_sockets(trees_.back());
  }

  /// Sockets are not taken, and said.
  static void drop_sockets(support::TreeRecords& tree) {
    for (auto at = tree.begin(); at != tree.end();)
      at = S_ISSOCK(at->second.state.st_mode) ? tree.erase(at) : std::next(at);
  }

  void compare(std::uint64_t which) {
    Pipeline pipeline = open("incremental");
    const std::string target = folder_.path() + "/restored-" + std::to_string(restores_++);
    const auto report = pipeline.restore(
        {.target = target, .point = RestorePoint::at_archive(archives_[static_cast<std::size_t>(which)])});
    INFO("archive " << which << (report ? std::string() : ": " + report.error().sentence()));
    REQUIRE(report);
    CHECK(report->not_restored == 0);
    const support::TreeRecords& wanted = trees_[static_cast<std::size_t>(which)];
    const support::TreeRecords restored = support::read_tree(target);
    CHECK(support::first_difference(wanted, restored, {.holes = false}) == "");
    // What a file system counts as a file's blocks can hide a hole of a file that is stored as one leaf.
    for (const auto& [path, record] : wanted)
      if (record.data_bytes >= 65536) CHECK(restored.at(path).data_bytes <= record.data_bytes);
    REQUIRE(std::system(("rm -rf '" + target + "'").c_str()) == 0);
  }

  void verify() {
    Pipeline pipeline = open("incremental");
    const auto verified = pipeline.verify(VerifyRequest{.depth = Depth::restore, .archives = {}});
    REQUIRE(verified);
    INFO((verified->report.findings.empty() ? std::string() : verified->report.findings.front().text));
    CHECK(verified->report.good());
    CHECK(verified->recorded);
  }

  support::TempFolder folder_;
  std::mt19937_64 random_;
  support::RandomTree tree_;
  std::shared_ptr<MemoryStore> store_;
  std::string verifier_ = pick({"sha256", "sha512-256", "sm3", "blake2b"});
  std::vector<std::string> archives_;
  std::vector<support::TreeRecords> trees_;
  unsigned restores_ = 0;
};

/// LIFEBOAT_SEED repeats one life.
std::uint64_t chosen_seed() {
  const char* text = std::getenv("LIFEBOAT_SEED");
  return text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
}

}  // namespace

TEST_CASE("random trees under random changes restore as they were, by any strategy, from any archive") {
  if (const std::uint64_t seed = chosen_seed(); seed != 0) {
    Life(seed, 8);
    return;
  }
  const auto first = std::random_device{}();
  for (std::uint64_t i = 0; i < 30; ++i) Life(std::uint64_t{first} + i + 1, 8);
}
