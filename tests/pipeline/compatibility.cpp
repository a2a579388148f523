// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/compatibility.hpp>

#include <lifeboat/medium/any.hpp>
#include <lifeboat/medium/disk.hpp>
#include <lifeboat/medium/memory.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/strategy/any.hpp>
#include <lifeboat/sync/no_sync.hpp>
#include <lifeboat/verifier/any.hpp>
#include <lifeboat/verifier/known.hpp>

#include "catch.hpp"
#include "support/pipe.hpp"

namespace test_compatibility {

using namespace lifeboat;

namespace {

/// Media of later times, as far as the rules can see them: what Memory does, and other things declared of it.
template <auto declared>
struct Declared {
  struct Config {};
  static constexpr std::string_view name = "declared";
  static constexpr Capabilities capabilities = declared();
  static Result<Declared> open(Config) { return Declared{}; }
  Result<Memory::Writer> create(const ObjectName& object, CreateHint) {
    return Error{ErrorId::medium_io, "nothing can be written to " + object};
  }
  Result<std::size_t> read(const ObjectName&, std::uint64_t, MutableBytes) { return std::size_t{0}; }
  Status list(std::string_view, std::string_view, FunctionRef<bool(const ObjectInfo&)>) { return ok(); }
};
constexpr auto tape() { return Capabilities{.put_if_absent = true, .durable = true}; }
constexpr auto locked() {
  return Capabilities{.put_if_absent = true, .ranged_read = true, .remove = true, .durable = true, .write_once = true};
}
constexpr auto careless() { return Capabilities{.ranged_read = true, .remove = true, .durable = true}; }
using Tape = Declared<tape>;
using LockedBucket = Declared<locked>;
using CarelessStore = Declared<careless>;

struct Log {
  struct Config {};
  static constexpr std::string_view name = "log";
  static constexpr bool has_log = true;
  static Result<Log> open(Config) { return Log{}; }
  Result<SyncReport> sync(SyncContext&, std::stop_token) { return SyncReport{}; }
  Result<SyncVerdict> verify(SyncContext&, std::stop_token) { return SyncVerdict{}; }
};

template <class S, class M, class Y, class V, class Src = Directory>
bool says(std::string_view words) {
  constexpr std::string_view sentence = explain<S, M, Y, V, Src>();
  STATIC_REQUIRE(valid_pipeline<S, M, Y, V, Src> == sentence.empty());
  INFO(sentence);
  return words.empty() ? sentence.empty() : sentence.find(words) != std::string_view::npos;
}

}  // namespace

TEST_CASE("what goes together is valid, and has nothing to explain") {
  CHECK(says<Full, Disk, NoSync, Sha256>(""));
  CHECK(says<Incremental, Disk, NoSync, Sha512_256>(""));
  CHECK(says<Differential, Memory, NoSync, Sm3>(""));
  CHECK(says<Incremental, Disk, Log, Blake2b>(""));
  CHECK(says<Full, Disk, NoSync, Xxh3>(""));
  CHECK(says<Full, Tape, NoSync, Sha256>(""));
  CHECK(says<Incremental, LockedBucket, NoSync, Sha256>(""));
  CHECK(says<AnyStrategy, AnyMedium, NoSync, AnyVerifier>(""));
  CHECK(says<AnyStrategy, Disk, NoSync, Xxh3>(""));  // asked when the strategy is known
  STATIC_REQUIRE(detail::check_combination<Full, Disk, NoSync, Sha256, Directory>());
}

TEST_CASE("what does not go together is explained by the rule that is broken") {
  CHECK(says<Incremental, Disk, NoSync, Xxh3>("must be cryptographic"));
  CHECK(says<Differential, AnyMedium, NoSync, Xxh3>("must be cryptographic"));
  CHECK(says<Incremental, Tape, NoSync, Sha256>("must have ranged_read"));
  CHECK(says<Differential, Tape, NoSync, AnyVerifier>("must have ranged_read"));
  CHECK(says<Full, CarelessStore, NoSync, Sha256>("must have put_if_absent"));
}

TEST_CASE("an argument that is no model of its slot is named by number and slot") {
  CHECK(says<int, Disk, NoSync, Sha256>("argument 1 (Strategy) must satisfy"));
  CHECK(says<Full, int, NoSync, Sha256>("argument 2 (Medium) must satisfy"));
  CHECK(says<Full, Disk, int, Sha256>("argument 3 (Sync) must satisfy"));
  CHECK(says<Full, Disk, NoSync, int>("argument 4 (Verifier) must satisfy"));
  CHECK(says<Full, Disk, NoSync, Sha256, int>("argument 5 (Source) must satisfy"));
}

TEST_CASE("an argument in the wrong slot is told the order") {
  CHECK(says<Disk, Full, NoSync, Sha256>("argument 1 (Strategy) is a policy of another slot"));
  CHECK(says<Full, Sha256, NoSync, Disk>("argument 2 (Medium) is a policy of another slot"));
  CHECK(says<Full, Disk, Sha256, NoSync>("argument 3 (Sync) is a policy of another slot"));
  CHECK(says<Full, Disk, NoSync, Memory>("argument 4 (Verifier) is a policy of another slot"));
  CHECK(says<Full, Disk, NoSync, Sha256, NoSync>("argument 5 (Source) is a policy of another slot"));
  CHECK(says<Full, Disk, NoSync, Memory>("<Strategy, Medium, Sync, Verifier, Source>"));
}

TEST_CASE("what is chosen at run time is asked the same rules when it is opened") {
  const auto opened = [](StrategyId strategy, Capabilities medium, VerifierTraits verifier) {
    return check_at_open({.strategy = strategy, .medium = medium, .verifier = verifier});
  };
  CHECK_FALSE(opened(StrategyId::incremental, Disk::capabilities, Sha256::traits));
  CHECK_FALSE(opened(StrategyId::full, Disk::capabilities, Xxh3::traits));
  CHECK_FALSE(opened(StrategyId::full, tape(), Sha256::traits));
  CHECK(opened(StrategyId::incremental, Disk::capabilities, Xxh3::traits) == UnchangedContentIsProven::sentence);
  CHECK(opened(StrategyId::differential, tape(), Sha256::traits) == BaseIsReadable::sentence);
  CHECK(opened(StrategyId::full, careless(), Sha256::traits) == CommitIsExclusive::sentence);

  const Status refused = check_opened(
      {.strategy = StrategyId::incremental, .medium = Memory::capabilities, .verifier = Xxh3::traits});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::combination);
  CHECK(refused.error().sentence() == UnchangedContentIsProven::sentence);
  CHECK(refused.error().is_unchanged());
  CHECK(check_opened({.strategy = StrategyId::full, .medium = Memory::capabilities, .verifier = Sha256::traits}));
}

TEST_CASE("a rule answers yes or no as soon as either side decides it, else when opened") {
  const auto facts = [](bool strategy_any, StrategyId strategy, VerifierTraits verifier) {
    return PipelineFacts{.strategy = strategy, .strategy_at_run_time = strategy_any, .verifier = verifier};
  };
  const VerifierTraits any = AnyVerifier::traits;
  using Rule = UnchangedContentIsProven;
  CHECK(Rule::holds(facts(true, StrategyId::incremental, any)) == Answer::ask_at_open);
  CHECK(Rule::holds(facts(true, StrategyId::incremental, Xxh3::traits)) == Answer::ask_at_open);
  CHECK(Rule::holds(facts(true, StrategyId::incremental, Sha256::traits)) == Answer::yes);
  CHECK(Rule::holds(facts(false, StrategyId::incremental, any)) == Answer::ask_at_open);
  CHECK(Rule::holds(facts(false, StrategyId::full, any)) == Answer::yes);
  CHECK(Rule::holds(facts(false, StrategyId::incremental, Xxh3::traits)) == Answer::no);
}

TEST_CASE("verbs that a policy forbids are known before they are called") {
  STATIC_REQUIRE(can_prune<Pipe<Full, Disk, NoSync, Sha256>>);
  STATIC_REQUIRE(can_prune<Pipe<Full, AnyMedium, NoSync, Sha256>>);
  STATIC_REQUIRE_FALSE(can_prune<Pipe<Full, LockedBucket, NoSync, Sha256>>);
  STATIC_REQUIRE_FALSE(can_prune<Pipe<Full, Tape, NoSync, Sha256>>);
  STATIC_REQUIRE_FALSE(can_append<Pipe<Full, Disk, NoSync, Sha256>>);
  STATIC_REQUIRE(can_append<Pipe<Full, Disk, Log, Sha256>>);
}

}  // namespace test_compatibility
