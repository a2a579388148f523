// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/once.hpp>

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include <lifeboat/journal/recycle.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/temp_folder.hpp"

/// One record type for each number.
template <int n>
struct Kind {
  BOOST_HANA_DEFINE_STRUCT(Kind, (std::uint64_t, value));
};
template <int n>
struct lifeboat::RecordTraits<Kind<n>> {
  static constexpr RecordNumber number = 1000 + n;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "kind";
};

namespace test_once {

using namespace lifeboat;

namespace {

Payment payment(std::string_view key, std::int64_t cents = 100) { return {*Key::of(key), {1}, {2}, {cents, EUR}}; }

/// The keys in memory, which a crash leaves nothing of: what was covered is told by the test.
class KeysInMemory final : public KeysPort {
 public:
  Result<std::optional<KnownKey>> find(std::string_view key) override {
    if (broken) return Error{ErrorId::medium_io, "the keys can not be read"};
    const std::scoped_lock guard(mutex_);
    const auto at = known_.find(key);
    return at == known_.end() ? std::nullopt : std::optional(at->second);
  }
  Status learn(std::string_view key, const KnownKey& known) override {
    if (broken) return Error{ErrorId::medium_io, "the keys can not be written"};
    if (key == slow_key) slow();
    const std::scoped_lock guard(mutex_);
    known_.emplace(key, known);
    return ok();
  }
  void cover(Position up_to) noexcept override {
    const std::scoped_lock guard(mutex_);
    covered_ = up_to;
  }
  [[nodiscard]] Position covered() const noexcept override {
    const std::scoped_lock guard(mutex_);
    return covered_;
  }
  [[nodiscard]] std::size_t size() const noexcept {
    const std::scoped_lock guard(mutex_);
    return known_.size();
  }
  std::atomic<bool> broken{false};
  std::string slow_key;
  std::function<void()> slow;  ///< called while it is learned

 private:
  mutable std::mutex mutex_;
  std::map<std::string, KnownKey, std::less<>> known_;
  Position covered_{};
};

std::unique_ptr<Journal> open_journal(const std::string& folder) {
  auto journal = Journal::open(
      {.folder = folder, .segment_length = 1U << 20U, .queue_bytes = 64U << 10U, .schemas = {schema_bytes<Payment>()}});
  REQUIRE(journal);
  return std::move(*journal);
}

std::string told(const AppendOnceOutcome<LocalDurable>& outcome) {
  return outcome.match([](Acked<LocalDurable> a) { return "acked " + std::to_string(a.position.sequence); },
                       [](Already a) { return "already " + std::to_string(a.position.sequence); },
                       [](InDoubt) { return std::string("in doubt"); },
                       [](NotWritten n) { return "not written " + std::string(to_string(n.id)); },
                       [](Unknown u) { return "unknown " + std::to_string(u.position.sequence); });
}

}  // namespace

TEST_CASE("a key is paid once, and whoever asks again is told where") {
  const support::TempFolder folder;
  KeysInMemory keys;
  {
    const auto journal = open_journal(folder / "j");
    const auto once = Once::open(*journal, keys);
    REQUIRE(once);
    CHECK(told((*once)->append({}, payment("A-1"))) == "acked 1");
    CHECK(told((*once)->append({}, payment("A-2"), payment("A-2b"))) == "acked 2");
    CHECK(told((*once)->append({}, payment("A-1"))) == "already 1");
    CHECK(told((*once)->append({}, payment("A-2"), payment("A-2b"))) == "already 2");
    // The same key with another payment is a mistake of whoever sent it, and never paid.
    CHECK(told((*once)->append({}, payment("A-1", 200))) == "not written LB-KEY-REUSED");
    CHECK(told((*once)->append({}, payment("A-2"))) == "not written LB-KEY-REUSED");
    // What could not be read again is not written, so that its key may still be paid.
    Payment bad = payment("A-3");
    bad.amount.currency.digits = 19;
    CHECK(told((*once)->append({}, bad)) == "not written LB-RECORD-VALUE");
    CHECK(told((*once)->append({}, payment("A-8"), bad)) == "not written LB-RECORD-VALUE");
    // A plain append decides on no key.
    journal->append(payment("A-9"))
        .match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
    CHECK(told((*once)->append({}, payment("A-9"))) == "acked 4");
  }
  // What was learned can be learned again, from nothing or from where it is covered.
  for (const std::uint64_t covered : {0U, 1U, 2U, 4U}) {
    KeysInMemory again;
    if (covered != 0) again.cover({1, covered});
    const auto journal = open_journal(folder / "j");
    const auto once = Once::open(*journal, again);
    REQUIRE(once);
    CHECK(again.size() == (covered == 0 ? 3 : covered == 1 ? 2 : covered == 2 ? 1 : 0));
    CHECK(again.covered() == Position{1, 4});
    if (covered < 2) CHECK(told((*once)->append({}, payment("A-2"), payment("A-2b"))) == "already 2");
    CHECK(told((*once)->append({}, payment("A-9"))) == (covered < 4 ? "already 4" : "acked 5"));
  }
}

TEST_CASE("of 64 threads that ask with one key at once, one pays") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  KeysInMemory keys;
  const auto once = Once::open(*journal, keys);
  REQUIRE(once);
  for (int round = 0; round < 20; ++round) {
    const Payment same = payment("R-" + std::to_string(round));
    std::atomic<int> acked{0}, already{0};
    std::atomic<std::uint64_t> positions{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 64; ++t)
      threads.emplace_back([&] {
        (*once)->append({}, same).match([&](Acked<LocalDurable> a) { ++acked, positions |= a.position.sequence; },
                                        [&](Already a) { ++already, positions |= a.position.sequence; }, [](InDoubt) {},
                                        [](NotWritten) {}, [](Unknown) {});
      });
    for (std::thread& thread : threads) thread.join();
    CHECK(acked == 1);
    CHECK(already == 63);
    CHECK(positions == static_cast<std::uint64_t>(round) + 1);
  }
  CHECK(journal->durable() == Position{1, 20});
}

TEST_CASE("a key that can not be looked up is unknown, one in doubt is told, and neither is paid") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  KeysInMemory keys;
  struct Doubt final : DoubtPort {
    Result<bool> in_doubt(std::string_view key) override {
      if (broken) return Error{ErrorId::medium_io, "the window can not be read"};
      return key.starts_with("old-");
    }
    Result<std::optional<Position>> paid(std::string_view key) override {
      if (key == "old-3") return Error{ErrorId::medium_io, "the window can not be read"};
      return key == "old-2" ? std::optional(Position{1, 77}) : std::nullopt;
    }
    bool broken = false;
  } doubt;
  const auto once = Once::open(*journal, keys, &doubt);
  REQUIRE(once);
  CHECK(told((*once)->append({}, payment("old-1"))) == "in doubt");
  CHECK(told((*once)->append({}, payment("old-2"))) == "already 77");  // a reconciliation says that it was paid
  CHECK(told((*once)->append({}, payment("old-3"))) == "unknown 0");
  CHECK(told((*once)->append({}, payment("new-1"))) == "acked 1");
  // What is not known may have been paid before: nobody is told that it was not.
  doubt.broken = true;
  CHECK(told((*once)->append({}, payment("new-2"))) == "unknown 0");
  CHECK(told((*once)->append({}, payment("new-1"))) == "already 1");
  doubt.broken = false;
  keys.broken = true;
  CHECK(told((*once)->append({}, payment("new-1"))) == "unknown 0");
  CHECK(told((*once)->append({}, payment("new-2"))) == "unknown 0");
  keys.broken = false;
  CHECK(told((*once)->append({}, payment("new-1"))) == "already 1");
  CHECK(told((*once)->append({}, payment(""))) == "not written LB-USAGE");
  journal->fate({}).match([](Acked<LocalDurable>) { FAIL(); }, [](NotWritten) { FAIL(); }, [](Unknown) {});
  CHECK(journal->durable() == Position{1, 1});
}

TEST_CASE("the first record of a group that was built step by step has its key") {
  const support::TempFolder folder;
  KeysInMemory keys;
  {
    const auto journal = open_journal(folder / "j");
    const auto once = Once::open(*journal, keys);
    REQUIRE(once);
    RecordGroup group(512);
    CHECK(told((*once)->append({}, group)) == "not written LB-USAGE");
    REQUIRE(group.add(payment("B-1")));
    REQUIRE(group.add(payment("B-1b")));
    CHECK(told((*once)->append({}, group)) == "acked 1");
    CHECK(told((*once)->append({}, group)) == "already 1");
    CHECK(told((*once)->append({}, payment("B-1"), payment("B-1b"))) == "already 1");  // the same records
    CHECK(told((*once)->append({}, payment("B-1"), group)) == "not written LB-KEY-REUSED");
    CHECK(told((*once)->append({}, payment("B-2"), group)) == "acked 2");
    CHECK(told((*once)->append({}, payment("B-2"), group)) == "already 2");
    CHECK(told((*once)->append({}, std::span<const Payment>(), group)) == "not written LB-USAGE");
    group.clear();
    CHECK_FALSE(group.key());
    REQUIRE(group.add(Kind<1>{7}));  // its first record has none
    REQUIRE(group.add(payment("B-3")));
    CHECK(told((*once)->append({}, group)) == "not written LB-USAGE");
    CHECK(told((*once)->append({}, payment("B-4"), group)) == "acked 3");
  }
  KeysInMemory again;  // read back from the journal
  const auto journal = open_journal(folder / "j");
  const auto once = Once::open(*journal, again);
  REQUIRE(once);
  CHECK(told((*once)->append({}, payment("B-1"), payment("B-1b"))) == "already 1");
  CHECK(again.find("B-4")->value().position == Position{1, 3});
}

TEST_CASE("append_once takes any number of record types, and a group those that one frame of it names") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  KeysInMemory keys;
  const auto once = Once::open(*journal, keys);
  REQUIRE(once);
  std::string refused;
  const auto each = [&](auto number) {
    const std::string key = "N-" + std::to_string(number());
    const std::string said = told((*once)->append({}, payment(key), Kind<number()>{number()}));
    if (said != "acked " + std::to_string(number())) refused += key + " " + said + "; ";
  };
  [&]<int... n>(std::integer_sequence<int, n...>) { (each(std::integral_constant<int, n + 1>()), ...); }
  (std::make_integer_sequence<int, 40>());
  CHECK(refused.empty());
  CHECK(told((*once)->append({}, payment("N-40"), Kind<40>{40})) == "already 40");

  RecordGroup group;
  std::size_t added = 0;
  [&]<int... n>(std::integer_sequence<int, n...>) { ((added += group.try_add(Kind<n + 1>{1}) ? 1 : 0), ...); }
  (std::make_integer_sequence<int, 40>());
  CHECK(added == 32);
  CHECK(group.add(Kind<40>{1}).error().id() == ErrorId::limit);
  CHECK(told((*once)->append({}, payment("N-41"), group)) == "not written LB-LIMIT");  // 33 with the payment
  group.clear();
  CHECK(group.kinds().empty());
  REQUIRE(group.add(Kind<40>{1}));
  CHECK(told((*once)->append({}, payment("N-41"), group)) == "acked 41");
}

TEST_CASE("while one key is learned slowly others are paid, and that one is asked for and not paid again") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  KeysInMemory keys;
  const auto once = Once::open(*journal, keys);
  REQUIRE(once);
  keys.slow_key = "S-1";
  std::promise<void> learning, go_on;
  keys.slow = [&, first = true]() mutable {
    if (!std::exchange(first, false)) return;
    learning.set_value();
    go_on.get_future().wait();
  };
  std::string slow;
  std::thread payer([&] { slow = told((*once)->append({}, payment("S-1"))); });
  learning.get_future().wait();
  CHECK(told((*once)->append({}, payment("S-2"))) == "acked 2");
  CHECK(told((*once)->append({}, payment("S-1"))) == "already 1");
  CHECK(keys.covered() <= Position{1, 2});
  go_on.set_value();
  payer.join();
  CHECK(slow == "acked 1");
  CHECK(told((*once)->append({}, payment("S-1"))) == "already 1");
  CHECK(keys.size() == 2);
}

TEST_CASE("a key whose append timed out is unknown until its end is known, and never paid twice") {
  const support::TempFolder folder;
  const auto journal = open_journal(folder / "j");
  KeysInMemory keys;
  const auto once = Once::open(*journal, keys);
  REQUIRE(once);
  const Deadline past = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  CHECK(told((*once)->append(past, payment("T-1"))) == "unknown 1");
  CHECK(told((*once)->append(past, payment("T-1"))) == "unknown 1");
  CHECK(told((*once)->append(past, payment("T-1", 7))) == "not written LB-KEY-REUSED");
  CHECK(told((*once)->append({}, payment("T-1"))) == "already 1");
  CHECK(keys.size() == 1);
}

TEST_CASE("keys of groups that are gone, and that nobody learned, are not taken for new") {
  const support::TempFolder folder;
  const auto open = [&] {
    auto journal = Journal::open({.folder = folder / "j",
                                  .segment_length = 256U << 10U,
                                  .queue_bytes = 64U << 10U,
                                  .schemas = {schema_bytes<Payment>()}});
    REQUIRE(journal);
    return std::move(*journal);
  };
  KeysInMemory keys;
  {
    const auto journal = open();
    const auto once = Once::open(*journal, keys);
    REQUIRE(once);
    for (int n = 0; n < 2000; ++n) (void)(*once)->append({}, payment("G-" + std::to_string(n)));
    REQUIRE(recycle_segments(folder / "j", {1, 1500}).value() == 1);
  }
  const auto journal = open();
  CHECK(Once::open(*journal, keys));  // it was told
  KeysInMemory nothing;
  CHECK(Once::open(*journal, nothing).error().id() == ErrorId::object_missing);
  KeysInMemory too_little;
  too_little.cover({1, 3});
  CHECK(Once::open(*journal, too_little).error().id() == ErrorId::object_missing);
}

}  // namespace test_once
