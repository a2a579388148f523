// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/medium/memory.hpp>
#include <lifeboat/pipeline.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/strategy/any.hpp>
#include <lifeboat/sync/no_sync.hpp>
#include <lifeboat/testing/fake_clock.hpp>
#include <lifeboat/verifier/any.hpp>

#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

#include "catch.hpp"
#include "support/compare_trees.hpp"
#include "support/random_tree.hpp"
#include "support/temp_folder.hpp"

namespace test_property {

using namespace lifeboat;

namespace {

/// A folder whose files all changed long ago, on a file system whose times prove that: what did not change since the
/// last look is not read again. True here because the clock's ticks pass between looks and changes.
class Calm {
 public:
  using Config = Directory::Config;
  static constexpr std::string_view name = "calm";
  static Result<Calm> open(Config config) {
    LIFEBOAT_TRY(Directory folder, Directory::open(std::move(config)));
    return Calm(std::move(folder));
  }
  Result<SourceFacts> facts() {
    LIFEBOAT_TRY(SourceFacts facts, folder_.facts());
    facts.times_prove = true;
    return facts;
  }
  Result<Cut> freeze() { return folder_.freeze(); }
  void thaw() noexcept { folder_.thaw(); }
  Status scan(EntrySink& sink, std::stop_token stop) {
    Calmed calmed(sink);
    return folder_.scan(calmed, std::move(stop));
  }

 private:
  struct Calmed final : EntrySink {
    explicit Calmed(EntrySink& to) : below(to) {}
    Status entry(Entry&& entry, std::unique_ptr<Content> content) override {
      entry.flags &= ~entry_flag::racy;
      return below.entry(std::move(entry), std::move(content));
    }
    Status unreadable(Entry&& entry, Error error) override {
      return below.unreadable(std::move(entry), std::move(error));
    }
    void skipped(std::string_view path, const Error& error) override { below.skipped(path, error); }
    Status settle() override { return below.settle(); }
    EntrySink& below;
  };
  explicit Calm(Directory folder) : folder_(std::move(folder)) {}
  Directory folder_;
};

template <class Source>
using Pipeline = DisasterRecoveryPipeline<AnyStrategy, Memory, NoSync, AnyVerifier, Source>;

/// What a restore is asked for, and what it is to bring, said a second time with nothing of the library.
struct Wanted {
  std::vector<std::string> only;
  std::vector<std::string> exclude;
  std::string below;   ///< only: this path
  std::string letter;  ///< only or exclude: whatever has it in its name

  [[nodiscard]] bool named(const std::string& path) const {
    if (path.empty()) return false;
    if (!below.empty()) return path == below || path.starts_with(below + "/");
    return path.find(letter) != std::string::npos;  // a letter is no '/': in the name of it or of a folder above
  }
  /// The part of a tree that is wanted, with the folders above.
  [[nodiscard]] support::TreeRecords of(const support::TreeRecords& tree) const {
    if (only.empty() && exclude.empty()) return tree;
    support::TreeRecords part;
    std::map<std::string, std::vector<std::string>> names;  // of files that have several, by the first of all
    for (const auto& [path, record] : tree) {
      if (!path.empty() && named(path) == only.empty()) continue;
      for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1))
        part.insert(*tree.find(path.substr(0, slash)));
      part[path] = record;
      if (!record.first_name.empty()) names[record.first_name].push_back(path);
    }
    for (auto& [first, taken] : names) {
      std::sort(taken.begin(), taken.end(), [](std::string a, std::string b) {  // a folder before what it holds
        std::replace(a.begin(), a.end(), '/', '\0');
        std::replace(b.begin(), b.end(), '/', '\0');
        return a < b;
      });
      for (const std::string& path : taken) part.at(path).first_name = taken.size() == 1 ? std::string() : taken[0];
    }
    return part;
  }
};

/// A source, and what every archive of it must bring back.
struct Lived {
  std::string id;
  std::string root;
  std::unique_ptr<support::RandomTree> tree;
  std::vector<std::pair<std::string, support::TreeRecords>> archives;
};

/// One life of a medium and of the trees that are backed up to it: they change, are backed up by a strategy of chance,
/// pruned now and then, and any archive is restored, whole or in part, and compared.
template <class Source>
class Life {
 public:
  Life(const std::string& where, std::uint64_t seed, unsigned rounds)
      : folder_(where), random_(seed), store_(std::make_shared<MemoryStore>()) {
    INFO("seed " << seed);
    const std::uint64_t sources = 1 + below(2);
    for (std::uint64_t i = 0; i < sources; ++i) {
      const std::string id = "source-" + std::to_string(i);
      lived_.push_back({id, folder_ / id, nullptr, {}});
      REQUIRE(::mkdir(lived_.back().root.c_str(), 0755) == 0);
      lived_.back().tree = std::make_unique<support::RandomTree>(lived_.back().root, seed + i);
      lived_.back().tree->create();
    }
    std::string story;
    for (unsigned round = 0; round < rounds; ++round) {
      Lived& lived = lived_[static_cast<std::size_t>(below(sources))];
      const std::string strategy = pick({"full", "incremental", "incremental", "incremental", "differential"});
      story += lived.id + ": " + strategy + "\n";
      INFO("round " << round << "\n" << story);
      back_up(lived, strategy);
      compare(lived, lived.archives.size() - 1, {});
      if (one_in(2)) compare(lived, below(lived.archives.size()), part_of(lived));
      if (one_in(4)) {
        Lived& pruned = lived_[static_cast<std::size_t>(below(sources))];
        story += pruned.id + ": " + prune(pruned) + "\n";
      }
      story += lived.tree->change(1 + below(12));
    }
    INFO(story);
    for (Lived& lived : lived_) {
      verify(lived);
      for (std::size_t i = 0; i < lived.archives.size(); ++i) compare(lived, i, {});
    }
  }

 private:
  std::uint64_t below(std::uint64_t limit) {
    return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random_);
  }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  std::string pick(const std::vector<std::string>& from) { return from[static_cast<std::size_t>(below(from.size()))]; }

  Pipeline<Source> open(const Lived& lived, const std::string& strategy) {
    auto pipeline = Pipeline<Source>::open({.source = {.id = lived.id, .root = lived.root},
                                            .medium = {.store = store_},
                                            .verifier = {.name = verifier_},
                                            .strategy = {.name = strategy},
                                            .plan = {.keep = {.windows = 1}},
                                            .state = folder_ / ("state-" + lived.id),
                                            .environment = {.clock = &clock_}});
    INFO((pipeline ? std::string() : pipeline.error().sentence()));
    REQUIRE(pipeline);
    return std::move(*pipeline);
  }

  void back_up(Lived& lived, const std::string& strategy) {
    std::this_thread::sleep_for(std::chrono::milliseconds(11));
    clock_.pass_seconds(3600);
    auto pipeline = open(lived, strategy);
    const auto report = pipeline.backup();
    INFO((report ? std::string() : report.error().sentence()));
    REQUIRE(report);
    CHECK(report->gap_count == 0);
    CHECK((lived.archives.empty() || report->want_of_base.empty()));
    lived.archives.emplace_back(to_hex(report->record.facts.archive.view()), support::read_tree(lived.root));
    support::TreeRecords& tree = lived.archives.back().second;
    for (auto at = tree.begin(); at != tree.end();)  // sockets are not taken, and said
      at = S_ISSOCK(at->second.state.st_mode) ? tree.erase(at) : std::next(at);
    std::this_thread::sleep_for(std::chrono::milliseconds(11));  // what changes from here on has another time
  }

  /// What an extract is to be of.
  Wanted part_of(const Lived& lived) {
    Wanted wanted;
    if (one_in(3)) return wanted;
    if (one_in(2)) {
      const support::TreeRecords& tree = lived.archives.back().second;
      auto at = std::next(tree.begin(), static_cast<std::ptrdiff_t>(below(tree.size())));
      wanted.below = at->first;
      if (wanted.below.empty()) return wanted;
      std::string pattern = "/";
      for (const char c : wanted.below) pattern += c == '/' ? std::string("/") : std::string("\\") + c;
      if (pattern.size() > Pattern::longest) return {};
      (one_in(2) ? wanted.only : wanted.exclude).push_back(pattern);
    } else {
      wanted.letter = pick({"1", "2", "a", "n", "-"});
      (one_in(2) ? wanted.only : wanted.exclude).push_back("*" + wanted.letter + "*");
    }
    return wanted;
  }

  void compare(Lived& lived, std::size_t which, const Wanted& part) {
    auto pipeline = open(lived, "incremental");
    const auto& [archive, tree] = lived.archives[which];
    const std::string target = folder_ / ("restored-" + std::to_string(restores_++));
    const bool uses_old = !old_.empty() && one_in(3);
    const auto report = pipeline.restore({.target = target,
                                          .point = RestorePoint::at_archive(archive),
                                          .only = part.only,
                                          .exclude = part.exclude,
                                          .using_old = uses_old ? old_ : std::string()});
    INFO(lived.id << ", archive " << which << (report ? std::string() : ": " + report.error().sentence()));
    INFO("only " << (part.only.empty() ? "" : part.only[0]) << " exclude "
                 << (part.exclude.empty() ? "" : part.exclude[0]) << (uses_old ? ", using an old tree" : ""));
    const bool names_nothing = !part.only.empty() && std::none_of(tree.begin(), tree.end(), [&](const auto& entry) {
      return part.named(entry.first);
    });
    if (names_nothing) {  // an empty extract is how a wrong name would be found too late
      REQUIRE_FALSE(report);
      CHECK(report.error().id() == ErrorId::path_unknown);
      return;
    }
    REQUIRE(report);
    CHECK(report->not_restored == 0);
    CHECK(report->extract == !(part.only.empty() && part.exclude.empty()));
    const support::TreeRecords wanted = part.of(tree);
    support::TreeRecords restored = support::read_tree(target);
    restored.at("").attributes.erase("user.lifeboat.extract");
    CHECK(support::first_difference(wanted, restored, {.holes = false}) == "");
    // What a file system counts as a file's blocks can hide a hole of a file that is stored as one leaf.
    for (const auto& [path, record] : wanted)
      if (record.data_bytes >= 65536) CHECK(restored.at(path).data_bytes <= record.data_bytes);
    if (!old_.empty()) REQUIRE(std::system(("rm -rf '" + old_ + "'").c_str()) == 0);
    old_ = target;
  }

  std::string prune(Lived& lived) {
    auto pipeline = open(lived, "incremental");
    const auto plan = pipeline.plan_prune();
    INFO((plan ? std::string() : plan.error().sentence()));
    if (!plan && plan.error().id() == ErrorId::archive_unknown) return "nothing to prune";
    REQUIRE(plan);
    const auto digest = plan_digest(*plan, *pipeline.core().repository().structural);
    REQUIRE(digest);
    if (plan->empty()) return "nothing to prune";
    const auto pruned = pipeline.prune(*plan, *digest, std::chrono::seconds(0));
    INFO((pruned ? std::string() : pruned.error().sentence()));
    REQUIRE(pruned);
    std::erase_if(lived.archives, [&](const auto& archive) {
      return std::any_of(plan->goes.begin(), plan->goes.end(),
                         [&](const ArchiveId& id) { return to_hex(id.view()) == archive.first; });
    });
    CHECK(lived.archives.size() == plan->stays.size());
    return std::to_string(plan->goes.size()) + " archives go";
  }

  void verify(Lived& lived) {
    auto pipeline = open(lived, "incremental");
    const auto verified = pipeline.verify({.depth = Depth::restore, .archives = {}});
    REQUIRE(verified);
    INFO((verified->report.findings.empty() ? std::string() : verified->report.findings.front().text));
    CHECK(verified->report.good());
    CHECK(verified->recorded);
  }

  support::TempFolder folder_;
  std::mt19937_64 random_;
  std::vector<Lived> lived_;
  std::shared_ptr<MemoryStore> store_;
  testing::FakeClock clock_{Timestamp{4'200'000'000, 0}};  ///< later than any time of a file
  std::string verifier_ = pick({"sha256", "sha512-256", "sm3", "blake2b"});
  std::string old_;  ///< what was restored last
  unsigned restores_ = 0;
};

/// LIFEBOAT_SEED repeats one life; LIFEBOAT_LIVES is how many there are.
std::uint64_t number(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// Most lives are in memory, where there is such a place, for a restore makes its whole file system durable.
void live(std::uint64_t seed) {
  const bool in_memory = seed % 5 != 0 && ::access("/dev/shm", W_OK) == 0;
  const std::string where = in_memory ? "/dev/shm" : "/tmp";
  if (seed % 2 == 0)
    Life<Directory>(where, seed, 10);
  else
    Life<Calm>(where, seed, 10);
}

}  // namespace

TEST_CASE("random trees under random changes restore as they were, by any strategy, from any archive") {
  if (const std::uint64_t seed = number("LIFEBOAT_SEED", 0); seed != 0) return live(seed);
  const std::uint64_t first = std::random_device{}();
  const std::uint64_t lives = number("LIFEBOAT_LIVES", 24);
  for (std::uint64_t i = 1; i <= lives; ++i) live(first + i);
}

}  // namespace test_property
