// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/restore/doubt.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include <lifeboat/restore/doubt_port.hpp>
#include <lifeboat/testing/fake_clock.hpp>

#include "catch.hpp"
#include "support/in_child.hpp"
#include "support/temp_folder.hpp"

namespace test_doubt {

using namespace lifeboat;

namespace {

std::unique_ptr<DoubtWindow> open_window(const std::string& folder, KeysPort* keys = nullptr) {
  auto window = DoubtWindow::open({.folder = folder, .create = true, .keys = keys});
  INFO((window ? std::string() : window.error().sentence()));
  REQUIRE(window);
  return std::move(*window);
}

std::string told(const Result<DoubtAnswer>& answer) {
  if (!answer) return std::string(to_string(answer.error().id()));
  return answer->match(
      [](Known known) { return known.position ? "known " + std::to_string(known.position->sequence) : "known"; },
      [](New) { return std::string("new"); }, [](InDoubt) { return std::string("in doubt"); });
}

Loss loss(LossBasis basis) {
  Loss made;
  made.basis = basis;
  made.after = {1, 100};
  made.ceiling = {1, 1'000};
  made.fresh_epoch = 2;
  made.since = {1'000'000, 0};
  made.by = "night shift";
  made.why = "disk of A failed";
  return made;
}

constexpr Timestamp early{900'000, 0};
constexpr Timestamp late{4'000'000'000, 0};

std::string write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

}  // namespace

TEST_CASE("without a loss every key that is not known is new, and a loss of zero opens no window") {
  const support::TempFolder folder;
  const auto window = open_window(folder / "d");
  CHECK(told(window->ask("A")) == "new");
  CHECK(*window->open_window(loss(LossBasis::zero)) == 0);
  CHECK(window->windows() == 0);
  CHECK(window->fresh_epoch() == loss(LossBasis::zero).fresh_epoch);  // that there was none is recorded
  CHECK(told(window->ask("A")) == "new");
  CHECK(told(window->ask("")) == "LB-USAGE");
}

TEST_CASE("after a loss a key is new only by what the engine vouches for") {
  const support::TempFolder folder;
  for (const LossBasis basis : {LossBasis::bounded, LossBasis::unknown}) {
    const auto window = open_window(folder / std::to_string(static_cast<int>(basis)));
    REQUIRE(*window->open_window(loss(basis)) == 1);
    CHECK(told(window->ask("A")) == "in doubt");
    CHECK(told(window->ask("A", {.epoch = 1})) == "in doubt");
    CHECK(told(window->ask("A", {.epoch = 2})) == "new");
    CHECK(told(window->ask("A", {.client = "shop", .counter = 1'000'000})) == "in doubt");  // above what? nobody said
    CHECK(told(window->ask("A", {.client = "shop", .rail = "sepa"})) == "in doubt");
  }
}

TEST_CASE("a loss that is exactly its list leaves no other key in doubt, once the list is whole") {
  const support::TempFolder folder;
  for (const LossBasis basis : {LossBasis::listed, LossBasis::undone}) {
    const auto window = open_window(folder / std::to_string(static_cast<int>(basis)));
    const StatementLine lines[] = {{.key = "A", .position = Position{1, 101}}, {.key = "B"}, {.key = "A"}};
    REQUIRE(*window->open_window(loss(basis), lines) == 1);
    CHECK(told(window->ask("A")) == "in doubt");
    CHECK(told(window->ask("B", {.epoch = 9})) == "in doubt");  // listed is listed
    CHECK(told(window->ask("C")) == "new");
    const StatementLine more[] = {{.key = "C"}, {.key = "A"}};
    REQUIRE(*window->open_window(loss(basis), more) == 1);
    CHECK(told(window->ask("C")) == "in doubt");
    CHECK(window->windows() == 1);
  }
}

TEST_CASE("a list that came to no end is brought to one by the next attempt, which is of another epoch") {
  const support::TempFolder folder;
  {
    auto log = DoubtLog::open(folder / "d", true, 0, nullptr, nullptr);
    REQUIRE(log);
    Loss other = loss(LossBasis::undone);
    other.after = {1, 90};
    std::uint32_t number = 0;
    for (const Loss& one : {loss(LossBasis::undone), other}) {
      DoubtOpened opened = detail::loss_record(one, {}).value();
      opened.window = ++number;
      DoubtListed listed;
      listed.window = number;
      listed.key = *Key::of(number == 1 ? "A" : "X");
      REQUIRE(log->put(opened));
      REQUIRE(log->put(listed));
    }
  }
  for (const bool again : {false, true}) {
    const auto window = open_window(folder / "d");
    Loss next = loss(LossBasis::undone);
    next.fresh_epoch = 3;
    const StatementLine lines[] = {{.key = "A"}, {.key = "B"}};
    if (!again) {
      CHECK(told(window->ask("C")) == "in doubt");  // nobody knows what else is in the two lists
      REQUIRE(*window->open_window(next, lines) == 3);
      CHECK(told(window->ask("C")) == "in doubt");
      next.after = {1, 90};
      const StatementLine rest[] = {{.key = "X"}, {.key = "Y"}};
      REQUIRE(*window->open_window(next, rest) == 4);
    }
    for (const char* key : {"A", "B", "X", "Y"}) CHECK(told(window->ask(key, {.epoch = 9})) == "in doubt");
    CHECK(told(window->ask("C")) == "new");
    CHECK(window->windows() == 4);
  }
}

TEST_CASE("what was opened and closed is so after it was opened again") {
  const support::TempFolder folder;
  const StatementLine lines[] = {
      {.key = "A", .position = Position{1, 101}, .time = early, .amount = Money{125, EUR}, .client = "shop"},
      {.key = "B"},
      {.key = "C"}};
  {
    const auto window = open_window(folder / "d");
    REQUIRE(window->open_window(loss(LossBasis::listed), lines));
    REQUIRE(window->close_key("A", KeyVerdict::paid, {.by = "Ann", .note = "seen in the bank's file"}));
    REQUIRE(window->close_key("B", KeyVerdict::not_paid, {.by = "Ann"}));
  }
  auto again = DoubtWindow::open({.folder = folder / "d"});
  REQUIRE(again);
  CHECK(told((*again)->ask("A")) == "known 101");
  CHECK(told((*again)->ask("B")) == "new");
  CHECK(told((*again)->ask("C")) == "in doubt");
  CHECK(told((*again)->ask("D")) == "new");
  std::vector<std::string> open;
  (*again)->each_open([&](const StatementLine& line) { open.push_back(line.key); });
  CHECK(open == std::vector<std::string>{"C"});
  REQUIRE((*again)->closings().size() == 2);
  CHECK((*again)->closings()[0].evidence.by.view() == "Ann");
  CHECK((*again)->closings()[0].evidence.note.view() == "seen in the bank's file");
  CHECK((*again)->close_key("A", KeyVerdict::not_paid, {.by = "Bob"}).error().id() == ErrorId::evidence);
  CHECK(told((*again)->ask("A")) == "known 101");
}

TEST_CASE(
    "a verdict is about the windows there were; a later loss puts the key in doubt again, but for what was paid") {
  const support::TempFolder folder;
  const auto window = open_window(folder / "d");
  REQUIRE(window->open_window(loss(LossBasis::unknown)));
  REQUIRE(window->close_key("A", KeyVerdict::not_paid, {.by = "Ann"}));
  REQUIRE(window->close_key("B", KeyVerdict::paid, {.by = "Ann"}));
  CHECK(told(window->ask("A")) == "new");
  Loss second = loss(LossBasis::unknown);
  second.after = {2, 10};
  second.fresh_epoch = 3;
  REQUIRE(*window->open_window(second) == 2);
  CHECK(told(window->ask("A")) == "in doubt");
  CHECK(told(window->ask("B")) == "known");
  CHECK(told(window->ask("C", {.epoch = 2})) == "in doubt");
  CHECK(told(window->ask("C", {.epoch = 3})) == "new");
}

TEST_CASE("a client's file closes what it does not list, and keeps in doubt what it lists") {
  const support::TempFolder folder;
  const auto window = open_window(folder / "d");
  REQUIRE(window->open_window(loss(LossBasis::bounded)));
  const std::string file = write(folder / "shop.csv", "key,amount,currency\nA,1.00,EUR\nB,2.00,EUR\n");
  ClassClosing closing{.window = 1,
                       .name = "shop",
                       .path = file,
                       .from = early,
                       .until = late,
                       .evidence = {.by = "Ann", .second = "Bob"}};
  const auto facts = window->close_client(closing);
  REQUIRE(facts);
  CHECK(facts->lines == 2);
  CHECK(told(window->ask("A", {.client = "shop"})) == "in doubt");
  CHECK(told(window->ask("C", {.client = "shop"})) == "new");
  CHECK(told(window->ask("C", {.client = "another"})) == "in doubt");
  CHECK(told(window->ask("C")) == "in doubt");
  CHECK(told(window->ask("A", {.epoch = 2, .client = "shop"})) == "new");
  const auto closings = window->closings();
  REQUIRE(closings.size() == 1);
  CHECK(closings[0].evidence.digest == facts->digest);
  CHECK(closings[0].verdicts == 2);
}

TEST_CASE("a rail's file closes all that goes there: paid, not paid, not decided, not there") {
  const support::TempFolder folder;
  const auto window = open_window(folder / "d");
  const StatementLine lines[] = {{.key = "lost-paid"}, {.key = "lost-not-there"}};
  REQUIRE(window->open_window(loss(LossBasis::bounded), lines));
  const std::string client = write(folder / "shop.csv", "key\nsent\n");
  REQUIRE(window->close_client({.window = 1,
                                .name = "shop",
                                .path = client,
                                .from = early,
                                .until = late,
                                .evidence = {.by = "Ann", .second = "Bob"}}));
  const std::string file =
      write(folder / "sepa.jsonl",
            "{\"key\":\"lost-paid\",\"state\":\"paid\"}\n{\"key\":\"no\",\"state\":\"not_paid\"}\n"
            "{\"key\":\"waits\",\"state\":\"pending\"}\n{\"key\":\"other-paid\",\"state\":\"paid\"}\n");
  REQUIRE(window->close_rail({.window = 1,
                              .name = "sepa",
                              .path = file,
                              .format = StatementFormat::jsonl,
                              .from = early,
                              .until = late,
                              .evidence = {.by = "Ann", .second = "Bob"}}));
  const Stamp sepa{.client = "shop", .rail = "sepa"};
  CHECK(told(window->ask("lost-paid", sepa)) == "known");
  CHECK(told(window->ask("other-paid")) == "known");
  CHECK(told(window->ask("no")) == "new");
  CHECK(told(window->ask("waits", sepa)) == "in doubt");
  CHECK(told(window->ask("lost-not-there", sepa)) == "new");
  CHECK(told(window->ask("lost-not-there")) == "in doubt");
  CHECK(told(window->ask("sent", sepa)) == "new");  // the client sent it, and it never reached the rail
  CHECK(told(window->ask("sent", {.client = "shop"})) == "in doubt");
}

TEST_CASE("a counter closes what is above it, for one client and one window") {
  const support::TempFolder folder;
  const auto window = open_window(folder / "d");
  REQUIRE(window->open_window(loss(LossBasis::unknown)));
  REQUIRE(window->close_counter(1, "shop", 500, {.by = "Ann", .second = "Bob"}));
  CHECK(told(window->ask("A", {.client = "shop", .counter = 500})) == "in doubt");
  CHECK(told(window->ask("A", {.client = "shop", .counter = 501})) == "new");
  CHECK(told(window->ask("A", {.client = "other", .counter = 501})) == "in doubt");
  CHECK(told(window->ask("A", {.counter = 501})) == "in doubt");
  REQUIRE(window->close_counter(1, "shop", 400, {.by = "Ann", .second = "Bob"}));
  CHECK(told(window->ask("A", {.client = "shop", .counter = 450})) == "in doubt");  // a bound never falls
}

TEST_CASE("a class is not closed by one name, by evidence that covers too little, or that can not be read") {
  const support::TempFolder folder;
  const auto window = open_window(folder / "d");
  REQUIRE(window->open_window(loss(LossBasis::unknown)));
  const std::string good = write(folder / "good.csv", "key\nA\n");
  const std::string bad = write(folder / "bad.csv", "key\nA\nB,C\n");
  const ClassClosing right{.window = 1,
                           .name = "shop",
                           .path = good,
                           .from = early,
                           .until = late,
                           .evidence = {.by = "Ann", .second = "Bob"}};
  const auto refused = [&](auto change) {
    ClassClosing closing = right;
    change(closing);
    const auto client = window->close_client(closing);
    const auto rail = window->close_rail(closing);
    REQUIRE_FALSE(client);
    REQUIRE_FALSE(rail);
    CHECK(client.error().id() == rail.error().id());
    CHECK(told(window->ask("X", {.client = "shop", .rail = "shop"})) == "in doubt");
    return std::string(to_string(client.error().id()));
  };
  CHECK(refused([](ClassClosing& c) { c.evidence.second.clear(); }) == "LB-SECOND-NAME");
  CHECK(refused([](ClassClosing& c) { c.evidence.second = "Ann"; }) == "LB-SECOND-NAME");
  CHECK(refused([](ClassClosing& c) { c.evidence.by.clear(); }) == "LB-USAGE");
  CHECK(refused([](ClassClosing& c) { c.name.clear(); }) == "LB-USAGE");
  CHECK(refused([](ClassClosing& c) { c.name = std::string(63, 'n'); }) == "LB-USAGE");
  CHECK(refused([](ClassClosing& c) { c.window = 2; }) == "LB-USAGE");
  CHECK(refused([](ClassClosing& c) { c.from = {1'000'001, 0}; }) == "LB-EVIDENCE");
  CHECK(refused([](ClassClosing& c) { c.until = {1'000'001, 0}; }) == "LB-EVIDENCE");
  CHECK(refused([&](ClassClosing& c) { c.path = bad; }) == "LB-STATEMENT");
  CHECK(refused([&](ClassClosing& c) { c.path = folder / "none"; }) == "LB-OBJECT-MISSING");
  CHECK(window->close_counter(1, "shop", 5, {.by = "Ann"}).error().id() == ErrorId::second_name);
  CHECK(window->close_key("A", KeyVerdict::claimed, {.by = "Ann"}).error().id() == ErrorId::usage);
  CHECK(window->close_key("A", KeyVerdict::paid, {}).error().id() == ErrorId::usage);
  CHECK(window->closings().empty());
  REQUIRE(window->close_client(right));
  CHECK(told(window->ask("X", {.client = "shop"})) == "new");
}

TEST_CASE("a loss that can not be is refused") {
  const support::TempFolder folder;
  const auto window = open_window(folder / "d");
  const auto refused = [&](LossBasis basis, auto change, std::vector<StatementLine> listed = {}) {
    Loss made = loss(basis);
    change(made);
    CHECK(window->open_window(made, listed).error().id() == ErrorId::usage);
    CHECK(window->windows() == 0);
  };
  const auto same = [](Loss&) {};
  refused(LossBasis::zero, same, {{.key = "A"}});
  refused(LossBasis::listed, same);
  refused(LossBasis::undone, same);
  refused(LossBasis::bounded, [](Loss& l) { l.ceiling = l.after; });
  refused(LossBasis::unknown, [](Loss& l) { l.fresh_epoch = 1; });
  refused(LossBasis::unknown, [](Loss& l) { l.by.clear(); });
  refused(LossBasis::unknown, [](Loss& l) { l.why = std::string(200, 'w'); });
  refused(LossBasis::listed, same, {{.key = std::string(63, 'k')}});
}

TEST_CASE("a folder that is gone is refused, never taken for one without a loss") {
  const support::TempFolder folder;
  const auto refused = [&] {
    const auto window = DoubtWindow::open({.folder = folder / "d"});
    REQUIRE_FALSE(window);
    CHECK(window.error().id() == ErrorId::object_missing);
    CHECK(window.error().is_unchanged());
  };
  refused();
  std::filesystem::create_directory(folder / "d");
  refused();
  { const auto window = open_window(folder / "d"); }
  CHECK(DoubtWindow::open({.folder = folder / "d"}));
  CHECK(DoubtWindow::open({}).error().id() == ErrorId::config);
  const auto held = DoubtLog::open(folder / "d", false, 0, nullptr, nullptr);
  REQUIRE(held);
  CHECK(DoubtWindow::open({.folder = folder / "d"}).error().id() == ErrorId::busy);
}

TEST_CASE("damage in the folder is an error, never an answer") {
  const support::TempFolder folder;
  {
    const auto window = open_window(folder / "d");
    std::vector<StatementLine> lines;
    for (int i = 0; i < 3'000; ++i) lines.push_back({.key = "K-" + std::to_string(i)});
    REQUIRE(window->open_window(loss(LossBasis::listed), lines));
    REQUIRE(window->close_key("K-1", KeyVerdict::not_paid, {.by = "Ann"}));
  }
  const std::string segment = folder / "d/segment-0000000001";
  std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(100'000).put('!').flush();
  CHECK(DoubtWindow::open({.folder = folder / "d"}).error().id() == ErrorId::corrupt);
}

TEST_CASE("known keys are asked first, and an error of theirs is no answer") {
  struct Keys final : KeysPort {
    Result<std::optional<KnownKey>> find(std::string_view key) override {
      if (key == "broken") return Error{ErrorId::medium_io, "the index can not be read"};
      return key == "paid" ? std::optional(KnownKey{{1, 7}, {}}) : std::nullopt;
    }
    Status learn(std::string_view, const KnownKey&) override { return ok(); }
    void cover(Position) noexcept override {}
    [[nodiscard]] Position covered() const noexcept override { return {}; }
  } keys;
  const support::TempFolder folder;
  const auto window = open_window(folder / "d", &keys);
  REQUIRE(window->open_window(loss(LossBasis::unknown)));
  CHECK(told(window->ask("paid")) == "known 7");
  CHECK(told(window->ask("broken")) == "LB-MEDIUM-IO");
  CHECK(told(window->ask("other")) == "in doubt");
  // As append_once asks it: a key begins with the epoch of its token.
  WindowDoubt doubt(*window, [](std::string_view key) { return Stamp{.epoch = std::uint64_t(key[0] - '0')}; });
  CHECK(*doubt.in_doubt("1-A"));
  CHECK_FALSE(*doubt.in_doubt("2-A"));
  REQUIRE(window->close_key("2-B", KeyVerdict::paid, {.by = "Ann"}));
  CHECK(*doubt.in_doubt("2-B"));  // nothing may be written for it
  WindowDoubt throwing(*window, [](std::string_view) -> Stamp { throw std::runtime_error("no token"); });
  CHECK(throwing.in_doubt("A").error().id() == ErrorId::callback_threw);
}

TEST_CASE("a file that changes while it is read closes nothing, and what it said is forgotten") {
  struct Keys final : KeysPort {
    std::string path;
    bool once = true;
    Result<std::optional<KnownKey>> find(std::string_view) override {
      // It is asked while the file is read for the second time.
      if (!path.empty() && std::exchange(once, false)) std::ofstream(path, std::ios::app) << "B,paid\n";
      return std::optional<KnownKey>();
    }
    Status learn(std::string_view, const KnownKey&) override { return ok(); }
    void cover(Position) noexcept override {}
    [[nodiscard]] Position covered() const noexcept override { return {}; }
  } keys;
  const support::TempFolder folder;
  ClassClosing closing{.window = 1,
                       .name = "sepa",
                       .path = write(folder / "r.csv", "key,state\nA,paid\n" + std::string(100'000, '\n')),
                       .from = early,
                       .until = late,
                       .evidence = {.by = "Ann", .second = "Bob"}};
  for (const bool again : {false, true}) {
    const auto window = open_window(folder / "d", &keys);
    if (!again) {
      REQUIRE(window->open_window(loss(LossBasis::unknown)));
      keys.path = closing.path;
      const auto refused = window->close_rail(closing);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().id() == ErrorId::evidence);
      keys.path.clear();
    }
    CHECK(told(window->ask("A")) == "in doubt");
    CHECK(told(window->ask("B")) == "in doubt");
    CHECK(window->closings().empty());
    if (again) {
      REQUIRE(window->close_rail(closing));
      CHECK(told(window->ask("A")) == "known");
      CHECK(told(window->ask("B")) == "known");
    }
  }
}

TEST_CASE("a child that was forked off is not answered") {
  const support::TempFolder folder;
  const auto window = open_window(folder / "d");
  CHECK(support::in_child([&] { return told(window->ask("A")); }).text == "LB-FORKED");
}

TEST_CASE("time closes nothing") {
  const support::TempFolder folder;
  testing::FakeClock clock;
  auto window = DoubtWindow::open({.folder = folder / "d", .create = true, .clock = &clock});
  REQUIRE(window);
  REQUIRE((*window)->open_window(loss(LossBasis::unknown)));
  for (int year = 0; year < 20; ++year) {
    clock.pass_seconds(365ULL * 86'400);
    CHECK(told((*window)->ask("A")) == "in doubt");
  }
  window->reset();
  auto again = DoubtWindow::open({.folder = folder / "d", .clock = &clock});
  REQUIRE(again);
  CHECK(told((*again)->ask("A")) == "in doubt");
}

namespace {

/// A world of payments: what each key truly is, so that an answer can be judged.
struct World {
  struct Truth {
    std::string client;
    std::string rail;
    std::uint64_t counter = 0;
    std::uint64_t epoch = 0;        ///< of its token
    int lost_in = 0;                ///< window whose interval it was made in; 0: never made before any loss
    bool reached_rail = false;      ///< of those that were lost
    bool settled_not_paid = false;  ///< somebody reconciled that it was not paid
  };
  std::map<std::string, Truth> keys;
};

}  // namespace

TEST_CASE("never new for a key in a lost interval, whatever is asked in whatever order") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 dice(seed);
  const auto below = [&](std::uint64_t end) { return dice() % end; };
  for (int round = 0; round < 12; ++round) {
    const support::TempFolder folder;
    auto window = open_window(folder / "d");
    World world;
    std::uint64_t epoch = 1;
    std::map<std::string, std::uint64_t> counters;
    int losses = 0;
    std::set<std::pair<int, std::string>> rails_closed;
    std::set<std::string> paid;
    const std::string clients[] = {"shop", "bank", "app"};
    const std::string rails[] = {"sepa", "swift"};
    const auto make = [&](int lost_in) {
      const std::string client = clients[below(3)];
      World::Truth truth{client, rails[below(2)], ++counters[client], epoch, lost_in, below(2) == 0, false};
      const std::string key = client + "-" + std::to_string(dice());
      world.keys.emplace(key, truth);
      return key;
    };
    for (int step = 0; step < 120; ++step) {
      switch (below(9)) {
        case 0: {  // a loss, which takes some payments with it
          if (losses == 3) break;
          ++losses;
          Loss made = loss(below(2) == 0 ? LossBasis::bounded : LossBasis::unknown);
          const auto exact = below(3);
          if (exact == 0) made.basis = LossBasis::listed;
          if (exact == 1) made.basis = LossBasis::undone;
          made.after = {epoch, 100};
          made.ceiling = {epoch, 200};
          std::vector<StatementLine> listed;
          for (std::uint64_t n = 1 + below(6); n > 0; --n) {
            const std::string key = make(losses);
            if (exact < 2 || below(2) == 0) listed.push_back({.key = key});
          }
          made.fresh_epoch = ++epoch;
          REQUIRE(*window->open_window(made, listed) == static_cast<std::uint32_t>(losses));
          break;
        }
        case 1: {  // the truth about a key comes out
          if (world.keys.empty()) break;
          auto at = world.keys.begin();
          std::advance(at, static_cast<std::ptrdiff_t>(below(world.keys.size())));
          if (at->second.lost_in == 0 || paid.contains(at->first)) break;
          const bool was = at->second.reached_rail;
          REQUIRE(window->close_key(at->first, was ? KeyVerdict::paid : KeyVerdict::not_paid, {.by = "Ann"}));
          if (was)
            paid.insert(at->first);
          else
            at->second.settled_not_paid = true;
          break;
        }
        case 2: {  // a client says all that it sent
          if (losses == 0) break;
          const int number = 1 + static_cast<int>(below(static_cast<std::uint64_t>(losses)));
          const std::string client = clients[below(3)];
          std::string text = "key\n";
          for (const auto& [key, truth] : world.keys)
            if (truth.client == client) text += key + "\n";
          REQUIRE(window->close_client({.window = static_cast<std::uint32_t>(number),
                                        .name = client,
                                        .path = write(folder / "c.csv", text),
                                        .from = early,
                                        .until = late,
                                        .evidence = {.by = "Ann", .second = "Bob"}}));
          break;
        }
        case 3: {  // a rail says all that reached it
          if (losses == 0) break;
          const int number = 1 + static_cast<int>(below(static_cast<std::uint64_t>(losses)));
          const std::string rail = rails[below(2)];
          std::string text = "key,state\n";
          for (const auto& [key, truth] : world.keys)
            if (truth.rail == rail && truth.lost_in != 0 && truth.reached_rail) {
              text += key + ",paid\n";
              paid.insert(key);
            }
          REQUIRE(window->close_rail({.window = static_cast<std::uint32_t>(number),
                                      .name = rail,
                                      .path = write(folder / "r.csv", text),
                                      .from = early,
                                      .until = late,
                                      .evidence = {.by = "Ann", .second = "Bob"}}));
          rails_closed.emplace(number, rail);
          break;
        }
        case 4: {  // a client's counters are known up to the loss
          if (losses == 0) break;
          const std::string client = clients[below(3)];
          REQUIRE(window->close_counter(static_cast<std::uint32_t>(losses), client, counters[client],
                                        {.by = "Ann", .second = "Bob"}));
          break;
        }
        case 5:
          window.reset();
          window = open_window(folder / "d");
          break;
        default: break;
      }
      // Whoever asks may know more or less of the key.
      for (const auto& [key, truth] : world.keys) {
        Stamp stamp;
        if (below(2) == 0) stamp.epoch = truth.epoch;
        if (below(2) == 0) stamp.client = truth.client;
        if (below(2) == 0) stamp.counter = truth.counter;
        if (below(2) == 0) stamp.rail = truth.rail;
        const std::string answer = told(window->ask(key, stamp));
        const bool rail_says_no =
            !truth.reached_rail && stamp.rail == truth.rail && rails_closed.contains({truth.lost_in, truth.rail});
        if (answer == "new" && truth.lost_in != 0 && !truth.settled_not_paid && !rail_says_no)
          FAIL("seed " << seed << " step " << step << ": " << key << " was lost in window " << truth.lost_in
                       << " and is new");
        if (answer == "known" && !paid.contains(key))
          FAIL("seed " << seed << ": " << key << " is known by nobody's word");
        if (answer == "new" && paid.contains(key)) FAIL("seed " << seed << ": " << key << " was paid and is new");
      }
      // A payment that begins now carries the epoch of now.
      CHECK(told(window->ask("fresh-" + std::to_string(dice()), {.epoch = epoch})) == "new");
    }
  }
}

TEST_CASE("a process that is killed leaves no key of its loss new, and no closing that was not told") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 dice(seed);
  for (int round = 0; round < 12; ++round) {
    const support::TempFolder folder;
    { const auto window = open_window(folder / "d"); }
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      auto window = DoubtWindow::open({.folder = folder / "d"});
      std::vector<StatementLine> lines;
      for (int i = 0; i < 2'000; ++i) lines.push_back({.key = "K-" + std::to_string(i)});
      int done = -1;
      if (window && (*window)->open_window(loss(LossBasis::listed), lines)) do {
          ++done;
          if (::write(ends[1], &done, sizeof done) != sizeof done) break;
        } while ((*window)->close_key("K-" + std::to_string(done), KeyVerdict::not_paid, {.by = "Ann"}));
      ::_exit(1);
    }
    ::close(ends[1]);
    int told_closed = -1;  // -1: not even open; n: keys below n are closed, n may be
    int heard = 0;
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(dice() % 40);
    while (std::chrono::steady_clock::now() < until && ::read(ends[0], &heard, sizeof heard) == sizeof heard)
      told_closed = heard;
    REQUIRE(::kill(child, SIGKILL) == 0);
    while (::read(ends[0], &heard, sizeof heard) == sizeof heard) told_closed = heard;
    ::close(ends[0]);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    auto window = DoubtWindow::open({.folder = folder / "d"});
    INFO((window ? std::string() : window.error().sentence()));
    REQUIRE(window);
    if (told_closed < 0 && (*window)->windows() == 0) continue;  // killed before anything
    for (int i = 0; i < 2'000; ++i) {
      const std::string answer = told((*window)->ask("K-" + std::to_string(i)));
      if (i < told_closed && answer != "new") FAIL("K-" << i << " was closed, and is " << answer);
      if (i > std::max(told_closed, 0) && answer != "in doubt") FAIL("K-" << i << " is " << answer);
    }
    if (told_closed < 0) {  // the list may not be whole: then every key is in doubt, until the loss is stated again
      std::vector<StatementLine> lines;
      for (int i = 0; i < 2'000; ++i) lines.push_back({.key = "K-" + std::to_string(i)});
      REQUIRE(*(*window)->open_window(loss(LossBasis::listed), lines) == 1);
    }
    CHECK(told((*window)->ask("other")) == "new");
  }
}

}  // namespace test_doubt
