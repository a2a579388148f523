// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <type_traits>
#include <vector>

#include <boost/hana/cartesian_product.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include <lifeboat/lifeboat.hpp>
#include <lifeboat/restore/doubt.hpp>

#include "../stories/support/payments.hpp"
#include "../stories/support/story.hpp"
#include "combination.hpp"

/// What the engines of the stories with a log append.
struct LoggedPayment {
  lifeboat::Key key;
  lifeboat::DebitAccount from;
  lifeboat::CreditAccount to;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(LoggedPayment, key, from, to, amount);

// One real story, told by every combination of policies that is valid.
namespace combinations {

using namespace lifeboat;

/// What outlives the pipelines of one story: the store that its medium is opened on, again and again.
template <class M>
struct Place;
template <>
struct Place<Disk> {
  [[nodiscard]] Disk::Config config() const { return {.root = "backup", .create = true}; }
};
template <>
struct Place<Memory> {
  std::shared_ptr<MemoryStore> store = std::make_shared<MemoryStore>();
  [[nodiscard]] Memory::Config config() const { return {.store = store}; }
};

template <class Y>
typename Y::Config sync_config() {
  if constexpr (replicates<Y>())
    return {.replica = "replica"};
  else
    return {};
}

/// Opened, backed up, changed, synchronised, backed up, changed again; the disk lost; restored, verified, and the loss
/// printed.
template <class P>
int run() {
  using namespace story;
  return tell([] {
    using Y = typename P::sync_type;
    const Place<typename P::medium_type> place;
    const auto open = [&] {
      return must(P::open(
          {.source = {.root = "ledger"}, .medium = place.config(), .sync = sync_config<Y>(), .state = "state"}));
    };
    const auto write_payments = [](std::uint64_t count) { write_file("ledger/payments", payments(0, count)); };

    write_payments(1'000);
    const BackupReport first = must(open().backup());
    say("1000 payments, backed up as a full", first.record.facts.strategy == StrategyId::full);

    write_payments(1'100);
    if constexpr (replicates<Y>()) {
      say("synchronised with a replica, which equals the ledger",
          must(open().sync()).items_sent != 0 && must(open().verify_sync()).equal);
    }
    const BackupReport second = must(open().backup());
    say("1100 payments, backed up as " + std::string(to_string(second.record.facts.strategy)),
        second.record.facts.strategy == P::strategy_type::id);
    write_payments(1'130);

    std::filesystem::remove_all("ledger");
    std::filesystem::remove_all("state");
    std::filesystem::create_directory("ledger");
    say("the disk is lost, and a new one takes its place", std::filesystem::is_empty("ledger"));

    const Verification verified = must(open().verify());
    say("the archives are verified: every stored byte", verified.report.good() && verified.report.unread == 0);
    (void)must(open().restore({.target = "ledger"}));
    const Books books = add_up(read_file("ledger/payments"));
    say("restored: 1100 payments, each checksum right", books.payments == 1'100 && books.tail == 0);
    if constexpr (replicates<Y>()) {
      say("the replica holds the same", read_file("replica/payments") == read_file("ledger/payments"));
    }
    const Books lost = add_up(payments(0, 1'130));
    say("lost: the 30 payments after the last backup, " + money(lost.cents - books.cents));
  });
}

/// An engine that writes down how far its files hold what its journal has, and says so when it is frozen.
class LoggedEngine final : public FreezeHook {
 public:
  explicit LoggedEngine(std::string root) : path_(std::move(root) + "/applied") { note({}); }

  void note(Position position) {
    applied_ = position;
    story::write_file(path_, to_text(position));
  }
  Result<Frozen> freeze(std::chrono::steady_clock::time_point) override {
    return Frozen{.cut = {.kind = CutKind::frozen, .has_position = true, .position = applied_}};
  }
  void thaw() noexcept override {}

 private:
  std::string path_;
  Position applied_;
};

/// Appended, backed up, shipped, appended again; the machine lost; restored to the last payment that was shipped,
/// adopted, asked for payments again.
template <class P>
int run_with_log() {
  using namespace story;
  return tell([] {
    using Looking =
        DisasterRecoveryPipeline<typename P::strategy_type, typename P::medium_type, NoSync, typename P::verifier_type>;
    const Place<typename P::medium_type> place;
    const auto open = [&](const std::string& root, FreezeHook* hook) {
      return must(P::open({.source = {.id = "ledger", .root = root, .freeze = hook},
                           .medium = place.config(),
                           .sync = {.journal = root + "/journal", .segment_length = 256U << 10U, .queue_bytes = 16'384},
                           .state = "state"}));
    };
    const auto payment = [](std::uint64_t n) {
      return LoggedPayment{*Key::of("P-" + std::to_string(n)), {1}, {2}, {100, EUR}};
    };
    const auto is = [](const AppendOnceOutcome<LocalDurable>& outcome) {
      return outcome.match([](Acked<LocalDurable>) { return 'p'; }, [](Already) { return 'a'; },
                           [](InDoubt) { return 'd'; }, [](NotWritten) { return 'n'; }, [](Unknown) { return 'u'; });
    };
    std::filesystem::create_directory("ledger");
    {
      LoggedEngine engine("ledger");
      P pipeline = open("ledger", &engine);
      const auto pay = [&](std::uint64_t from, std::uint64_t to) {
        for (std::uint64_t n = from; n <= to; ++n)
          if (is(pipeline.append_once(payment(n))) != 'p') throw std::runtime_error("a payment was not taken");
        engine.note(pipeline.durable());
      };
      pay(1, 10);
      const BackupReport first = must(pipeline.backup());
      say("10 payments, backed up as a full", first.record.facts.strategy == StrategyId::full);
      pay(11, 15);
      const BackupReport second = must(pipeline.backup());
      say("5 more, backed up as " + std::string(to_string(second.record.facts.strategy)),
          second.record.facts.strategy == P::strategy_type::id);
      pay(16, 30);
      say("15 more, shipped as they stand in the journal", must(pipeline.sync()).medium_position == Position{1, 30});
      pay(31, 33);
    }
    std::filesystem::remove_all("ledger");
    std::filesystem::remove_all("state");
    std::filesystem::create_directory("empty");
    say("the machine is lost, with 3 payments that nobody else has", std::filesystem::is_empty("empty"));

    Looking looking =
        must(Looking::open({.source = {.id = "ledger", .root = "empty"}, .medium = place.config(), .state = "state"}));
    const Verification verified = must(looking.verify());
    say("the archives are verified: every stored byte", verified.report.good() && verified.report.unread == 0);
    const RestoreReport restored = must(looking.restore({.target = "ledger"}));
    say("restored: the files of payment 15, and the journal to payment 30",
        read_file("ledger/applied") == "1:15" && restored.position == Position{1, 30} && restored.groups == 15);
    for (const InvariantReport& report : restored.invariants)
      if (!report.holds) throw std::runtime_error(to_text(report));
    say("adopted: the second epoch begins", must(looking.adopt({.target = "ledger"})).epoch == 2);

    P pipeline = open("ledger", nullptr);
    say("payment 30 is asked for again: it was paid", is(pipeline.append_once(payment(30))) == 'a');
    say("payment 32 is asked for again: hold, it may have been paid before the disaster",
        is(pipeline.append_once(payment(32))) == 'd');
    must(pipeline.doubt()->close_key("P-32", KeyVerdict::not_paid, {.by = "alice"}));
    say("alice has settled that it was not: paid now", is(pipeline.append_once(payment(32))) == 'p');
  });
}

template <class S, class M, class Y, class V>
Combination combination() {
  Combination made;
  made.strategy = to_string(S::id);
  made.medium = M::name;
  made.sync = Y::has_log ? "logsync" : replicates<Y>() ? "timestampsync" : "nosync";
  made.verifier = V::traits.name;
  for (const std::string_view part : {made.strategy, made.medium, made.sync, made.verifier})
    made.name.append(made.name.empty() ? "" : "-").append(part);
  made.why_not = explain<S, M, Y, V>();
  if constexpr (valid_pipeline<S, M, Y, V>) {
    if constexpr (Y::has_log)
      made.run = run_with_log<DisasterRecoveryPipeline<S, M, Y, V>>;
    else
      made.run = run<DisasterRecoveryPipeline<S, M, Y, V>>;
  }
  return made;
}

/// All combinations on one medium: one unit calls this for one medium, so that units compile beside each other.
template <class M>
std::vector<Combination> combinations_on() {
  namespace hana = boost::hana;
  constexpr auto all = hana::cartesian_product(hana::make_tuple(hana::tuple_t<Full, Incremental, Differential>,
                                                                hana::tuple_t<NoSync, TimestampSync, LogSync>,
                                                                hana::tuple_t<Sha256, Sha512_256, Sm3, Blake2b, Xxh3>));
  std::vector<Combination> made;
  hana::for_each(all, [&](auto types) {
    using Types = decltype(types);
    using S = typename std::decay_t<decltype(hana::at_c<0>(std::declval<Types>()))>::type;
    using Y = typename std::decay_t<decltype(hana::at_c<1>(std::declval<Types>()))>::type;
    using V = typename std::decay_t<decltype(hana::at_c<2>(std::declval<Types>()))>::type;
    made.push_back(combination<S, M, Y, V>());
  });
  return made;
}

}  // namespace combinations
