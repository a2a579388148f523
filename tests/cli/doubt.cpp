// SPDX-License-Identifier: BSL-1.0
// The program on the doubt window of a journal whose record types it was never compiled with.
#include <filesystem>
#include <fstream>

#include <lifeboat/adapter/nlohmann_json.hpp>
#include <lifeboat/failover/standby_note.hpp>
#include <lifeboat/restore/doubt.hpp>
#include <lifeboat/restore/doubt_place.hpp>
#include <lifeboat/testing/fake_clock.hpp>

#include "catch.hpp"
#include "support/journals.hpp"
#include "support/program.hpp"

namespace test_doubt {

using namespace lifeboat;
using support::call_lifeboat;
using support::ProgramAnswer;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A journal of the payments K-1 to K-6, 1.00 EUR each, one minute apart from 06:00 on; behind 1:4 two were undone by a
/// restore, U-5 and U-6, and what came behind 1:6 is unknown.
class Bank {
 public:
  Bank() : clock_({1'764'136'800, 0}) {
    auto config = support::journal_of(path());
    config.clock = &clock_;
    auto journal = Journal::open(std::move(config));
    REQUIRE(journal);
    for (std::uint64_t n = 1; n <= 6; ++n) {
      support::append_payments(**journal, n, n);
      clock_.pass_seconds(60);
    }
  }
  void lose() {
    const auto window = DoubtWindow::open({.folder = doubt_folder(path()), .create = true, .clock = &clock_});
    REQUIRE(window);
    const StatementLine undone[] = {
        {"U-5", Position{1, 5}, Timestamp{1'764'137'040, 0}, Money{500, EUR}, "shop-7", ""},
        {"U-6", Position{1, 6}, Timestamp{1'764'137'100, 0}, Money{600, EUR}, "shop-7", ""}};
    REQUIRE((*window)->open_window({.basis = LossBasis::undone,
                                    .after = {1, 4},
                                    .fresh_epoch = 2,
                                    .since = {1'764'137'040, 0},
                                    .by = "alice",
                                    .why = "OPS-17"},
                                   undone));
    REQUIRE((*window)->open_window(
        {.basis = LossBasis::unknown, .after = {1, 6}, .fresh_epoch = 2, .since = {1'764'137'100, 0}, .by = "alice"}));
  }
  [[nodiscard]] std::string path() const { return folder_ / "journal"; }
  [[nodiscard]] std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }
  [[nodiscard]] const support::TempFolder& folder() const { return folder_; }
  [[nodiscard]] ProgramAnswer call(std::vector<std::string> words = {}) const {
    words.insert(words.begin(), {"doubt", "--journal", path()});
    return call_lifeboat(words);
  }
  [[nodiscard]] std::string refused(const std::vector<std::string>& words, int status, const std::string& said) const {
    const ProgramAnswer answer = call(words);
    INFO(answer.out << answer.err);
    CHECK(answer.status == status);
    CHECK(answer.out.empty());
    CHECK(has(answer.err, said));
    CHECK(has(answer.err, "Nothing was changed."));
    return answer.err;
  }
  [[nodiscard]] std::string open_keys() const {
    const auto state = read_doubt(doubt_folder(path()));
    REQUIRE(state);
    std::string keys;
    state->each_open([&](const DoubtListed& listed) { keys.append(listed.key.view()).append(" "); });
    return keys;
  }

 private:
  support::TempFolder folder_;
  testing::FakeClock clock_;
};

const std::vector<std::string> covers = {"--since", "2025-11-26T00:00:00Z", "--until", "2099-01-01T00:00:00Z"};

std::vector<std::string> with(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

TEST_CASE("doubt: a journal without a window says so, and a folder that holds none is refused") {
  const Bank bank;
  const ProgramAnswer none = bank.call();
  CHECK(none.status == 0);
  CHECK(none.err.empty());
  CHECK(none.out == "0 keys in doubt by name | no other key is in doubt\n");
  CHECK_FALSE(std::filesystem::exists(doubt_folder(bank.path())));
  (void)bank.refused({"--close-key", "A", "--paid", "--by", "ann", "--reason", "x"}, 3, "has no doubt window");
  CHECK_FALSE(std::filesystem::exists(doubt_folder(bank.path())));
  const ProgramAnswer missing = call_lifeboat({"doubt", "--journal", bank.folder() / "none"});
  CHECK(missing.status == 3);
  CHECK(has(missing.err, "refused LB-OBJECT-MISSING: there is no journal"));
  CHECK(has(missing.err, "next: lifeboat doubt --journal DIR    # where the engine has it"));
  CHECK(call_lifeboat({"doubt"}).status == 2);
}

TEST_CASE("doubt: windows, their basis and interval, keys, sums; beside the engine that holds them") {
  Bank bank;
  bank.lose();
  const auto engine = DoubtWindow::open({.folder = doubt_folder(bank.path())});
  REQUIRE(engine);
  const ProgramAnswer answer = bank.call();
  INFO(answer.out << answer.err);
  CHECK(answer.status == 0);
  CHECK(answer.err.empty());
  CHECK(answer.out ==
        "window  1, undone behind 1:4 of 2025-11-26T06:04:00Z: exactly 2 keys undone | opened 2025-11-26T06:06:00Z by "
        "alice: OPS-17\n"
        "        2 of 2 listed keys in doubt, 11.00 EUR | tokens of epoch 2 and later are clear\n"
        "window  2, unknown behind 1:6 of 2025-11-26T06:05:00Z: any key may be lost, with no bound | opened "
        "2025-11-26T06:06:00Z by alice\n"
        "        0 of 0 listed keys in doubt | tokens of epoch 2 and later are clear\n"
        "key     U-5 1:5 2025-11-26T06:04:00Z 5.00 EUR shop-7 in-doubt\n"
        "key     U-6 1:6 2025-11-26T06:05:00Z 6.00 EUR shop-7 in-doubt\n"
        "2 keys in doubt by name, 11.00 EUR | in 1 window also every other key that nobody knows or vouches for\n");
  const auto json = Json::parse(bank.call({"--json"}).out);
  REQUIRE(json["windows"].size() == 2);
  CHECK(json["windows"][0]["basis"] == "undone");
  CHECK(json["windows"][0]["sums"] == Json::parse(R"([{"sum":"11.00","currency":"EUR"}])"));
  CHECK(json["windows"][1]["after"] == "1:6");
  CHECK(json["windows"][1]["ceiling"] == nullptr);
  CHECK(json["windows"][1]["settled"] == false);
  REQUIRE(json["keys"].size() == 2);
  CHECK(json["keys"][1] == Json::parse(R"({"key":"U-6","position":"1:6","time":"2025-11-26T06:05:00Z","amount":"6.00",
                                           "currency":"EUR","client":"shop-7","window":1})"));
  CHECK(json["open_count"] == 2);
  CHECK(json["range_count"] == 1);
  CHECK(bank.call({"--as", "csv"}).out ==
        "key,position,time,amount,currency,client,state\n"
        "U-5,1:5,2025-11-26T06:04:00Z,5.00,EUR,shop-7,in-doubt\n"
        "U-6,1:6,2025-11-26T06:05:00Z,6.00,EUR,shop-7,in-doubt\n");
  CHECK(has(bank.call({"--as", "jsonl"}).out, "{\"key\":\"U-5\",\"position\":\"1:5\","));
  CHECK(bank.call({"--as", "csv", "--json"}).status == 2);
  (void)bank.refused({"--as", "xml"}, 2, "--as takes csv or jsonl");
}

TEST_CASE("doubt: a statement is matched with what is listed and what the journal has; nothing is closed by that") {
  Bank bank;
  bank.lose();
  const std::string csv = bank.file("bank.csv",
                                    "key,amount,currency,state\n"
                                    "K-1,1.00,EUR,paid\n"
                                    "K-2,2.00,EUR,paid\n"
                                    "U-5,5.00,EUR,paid\n"
                                    "X-9,9.00,EUR,paid\n");
  const ProgramAnswer answer = bank.call({"--statement", csv});
  INFO(answer.out << answer.err);
  CHECK(answer.status == 1);
  CHECK(has(answer.out, "differs amount | there K-2 2.00 EUR paid | here K-2 1:2 2025-11-26T06:01:00Z 1.00 EUR\n"));
  CHECK(has(answer.out, "differs unknown-here | there X-9 9.00 EUR paid\n"));
  CHECK(has(answer.out, "differs missing-there | here U-6 1:6 2025-11-26T06:05:00Z 6.00 EUR shop-7 in-doubt\n"));
  CHECK(
      has(answer.out, "compared 4 lines of " + csv + ": 3 differences, 1 unknown-here, 1 missing-there, 1 amount | "));
  CHECK(bank.open_keys() == "U-5 U-6 ");

  // What the file covers: the journal's payments of that time are looked for too.
  const ProgramAnswer due = bank.call(
      {"--statement", csv, "--since", "2025-11-26T06:02:00Z", "--until", "2025-11-26T14:03:00+08:00", "--json"});
  CHECK(due.status == 1);
  const auto json = Json::parse(due.out);
  CHECK(json["difference_count"] == 5);
  CHECK(json["counts"]["missing-there"] == 3);  // K-3, K-4, U-6
  CHECK(json["differences"][0]["kind"] == "amount");
  CHECK(json["differences"][0]["there"]["amount"] == "2.00");
  CHECK(json["digest"].get<std::string>().size() == 64);

  const std::string jsonl =
      bank.file("bank.jsonl",
                "{\"key\":\"U-5\",\"amount\":\"5.00\",\"currency\":\"EUR\",\"state\":\"paid\"}\n"
                "{\"key\":\"U-6\",\"amount\":\"6.00\",\"currency\":\"EUR\",\"state\":\"paid\"}\n");
  const ProgramAnswer equal = bank.call({"--statement", jsonl});
  INFO(equal.out << equal.err);
  CHECK(equal.status == 0);
  CHECK(has(equal.out, "equal   2 lines of "));
  CHECK(has(bank.call({"--statement", csv, "--as", "csv"}).out, "X-9,,,9.00,EUR,,unknown-here\n"));
  const std::string bad = bank.file("bad.csv", "key,ammount\nA,1\n");
  CHECK(has(bank.refused({"--statement", bad}, 3, "the column ammount is not known"),
            "next: sed -n 1p " + bad + "    #"));
  const std::string odd = bank.file("odd.csv", "key,time\nA,noon\n");
  CHECK(has(bank.refused({"--statement", odd}, 3, "LB-STATEMENT"), "next: sed -n 2p " + odd + "    #"));
  CHECK(has(bank.refused({"--statement", bank.folder() / "none.csv"}, 3, "can not be opened"), "--statement FILE\n"));
  (void)bank.refused({"--statement", csv, "--since", "2025-11-26T06:02:00Z"}, 2, "has a beginning and an end");
  (void)bank.refused({"--statement", csv, "--since", "14:03", "--until", "15:03"}, 3, "LB-TIME-ZONE");
}

TEST_CASE("doubt: one key is closed with a name and what shows it; what was paid stays so") {
  Bank bank;
  bank.lose();
  (void)bank.refused({"--close-key", "U-5", "--paid"}, 2, "who closes keys is named");
  (void)bank.refused({"--close-key", "U-5", "--by", "ann", "--reason", "r"}, 2, "as paid or as not paid");
  (void)bank.refused({"--close-key", "U-5", "--paid", "--not-paid", "--by", "ann", "--reason", "r"}, 2, "as paid or");
  (void)bank.refused({"--close-key", "U-5", "--paid", "--by", "ann"}, 2, "what shows that the key U-5 was settled so");
  (void)bank.refused({"--paid"}, 2, "--paid belongs to what is closed");
  (void)bank.refused({"--close-key", "U-5", "--close-rail", "bank", "--by", "ann"}, 2, "do not go together");
  const ProgramAnswer closed =
      bank.call({"--close-key", "U-5", "--paid", "--by", "ann", "--reason", "the bank called", "--ticket", "OPS-18"});
  INFO(closed.out << closed.err);
  CHECK(closed.status == 0);
  CHECK(has(closed.out, "closed  key U-5 as paid, in 2 windows, by ann\n"));
  CHECK(has(closed.out, "1 key in doubt by name, 6.00 EUR"));
  CHECK(bank.open_keys() == "U-6 ");
  CHECK(has(bank.call().out, "closed  1, key U-5 in windows 1 to 2 | "));
  CHECK(has(bank.call().out, " by ann | OPS-18: the bank called\n"));
  const std::string no = bank.refused({"--close-key", "U-5", "--not-paid", "--by", "ann", "--reason", "r"}, 3,
                                      "refused LB-EVIDENCE: the key U-5 was settled as paid before");
  const auto json =
      Json::parse(bank.call({"--close-key", "U-6", "--not-paid", "--by", "ann", "--reason", "r", "--json"}).out);
  CHECK(json["kind"] == "key");
  CHECK(json["name"] == "U-6");
  CHECK(json["verdict"] == "not_paid");
  CHECK(json["closing"] == 2);
  CHECK(json["open_count"] == 0);
  CHECK(has(bank.call().out, "        settled | "));
}

TEST_CASE("doubt: a rail and a client are closed by a file that covers the loss, and by two people") {
  Bank bank;
  bank.lose();
  const std::string csv = bank.file("rail.csv", "key,state\nU-5,paid\nU-6,not_paid\n");
  const std::vector<std::string> rail = {"--close-rail", "sepa", "--statement", csv};
  (void)bank.refused({"--close-rail", "sepa", "--by", "ann"}, 2, "needs the file");
  (void)bank.refused(with(rail, {"--by", "ann"}), 2, "needs the time that all of the file covers");
  const std::string which = bank.refused(with(with(rail, covers), {"--by", "ann"}), 2, "several windows (1, 2)");
  CHECK(has(which, "next: lifeboat doubt --journal " + bank.path() + " --close-rail sepa"));
  CHECK(has(which, " --window 2\n"));
  const std::vector<std::string> one = with(with(rail, covers), {"--window", "1"});
  (void)bank.refused(one, 2, "who closes keys is named");
  (void)bank.refused(with(one, {"--by", "ann"}), 3, "LB-SECOND-NAME");
  (void)bank.refused(with(one, {"--by", "ann", "--second", "ann"}), 3, "LB-SECOND-NAME");
  (void)bank.refused(with(rail, {"--since", "2025-11-26T06:05:30Z", "--until", "2025-11-26T06:05:59Z", "--window", "2",
                                 "--by", "ann", "--second", "bob"}),
                     3, "does not cover all of the loss");
  CHECK(has(
      bank.refused(with(rail, {"--since", "2025-11-26T06:05:30Z", "--until", "2025-11-26T06:05:59Z", "--window", "2",
                               "--by", "ann", "--second", "bob"}),
                   3, "LB-EVIDENCE"),
      "--window 2 --by ann --second bob --since 2025-11-26T06:05:00Z --until 2025-11-26T06:06:00Z    # with a file"));
  CHECK(bank.open_keys() == "U-5 U-6 ");
  const ProgramAnswer closed = bank.call(with(one, {"--by", "ann", "--second", "bob"}));
  INFO(closed.out << closed.err);
  CHECK(closed.status == 0);
  CHECK(has(closed.out,
            "closed  rail sepa in window 1 by 2 lines of " + csv + ", by ann and bob (unproven names) | sha256 "));
  CHECK(bank.open_keys().empty());
  CHECK(has(bank.call().out, " by ann and bob (unproven names) | 2 keys of "));
  const std::string nine = bank.refused(with(with(rail, covers), {"--window", "9", "--by", "ann", "--second", "bob"}),
                                        3, "there is no window of doubt number 9");
  CHECK(has(nine, " --window 2\n"));

  const std::string sent = bank.file("shop.jsonl", "{\"key\":\"S-1\"}\n");
  const ProgramAnswer client = bank.call(with(
      {"--close-client", "shop-7", "--statement", sent, "--window", "2", "--by", "ann", "--second", "bob", "--json"},
      covers));
  INFO(client.out << client.err);
  CHECK(client.status == 0);
  CHECK(Json::parse(client.out)["lines"] == 1);
  CHECK(bank.call({"--close-counter", "shop-8", "--highest", "41", "--window", "2", "--by", "ann", "--second", "bob"})
            .status == 0);
  (void)bank.refused({"--close-counter", "shop-8", "--highest", "-4", "--window", "2", "--by", "ann"}, 2, "--highest");

  // The engine that opens the window is told all of that.
  const auto window = DoubtWindow::open({.folder = doubt_folder(bank.path())});
  REQUIRE(window);
  const auto told = [&](std::string_view key, const Stamp& stamp) {
    return (*window)
        ->ask(key, stamp)
        ->match([](Known) { return std::string("known"); }, [](New) { return std::string("new"); },
                [](InDoubt) { return std::string("in doubt"); });
  };
  CHECK(told("U-5", {}) == "known");
  CHECK(told("U-6", {}) == "in doubt");  // of window 2, which knows nothing of it
  CHECK(told("U-6", {.client = "shop-7"}) == "new");
  CHECK(told("S-1", {.client = "shop-7"}) == "in doubt");
  CHECK(told("Z", {.client = "shop-8", .counter = 42}) == "new");
  CHECK(told("Z", {.client = "shop-8", .counter = 41}) == "in doubt");
}

TEST_CASE("doubt: keys are closed while the engine runs, which answers by it when the command ends") {
  Bank bank;
  bank.lose();
  const auto journal = Journal::open(support::journal_of(bank.path()));
  REQUIRE(journal);
  const auto engine = DoubtWindow::open({.folder = doubt_folder(bank.path())});
  REQUIRE(engine);
  const auto told = [&](std::string_view key, const Stamp& stamp) {
    return (*engine)
        ->ask(key, stamp)
        ->match([](Known) { return std::string("known"); }, [](New) { return std::string("new"); },
                [](InDoubt) { return std::string("in doubt"); });
  };
  CHECK(told("U-5", {}) == "in doubt");
  const std::string live = "live    the engine of " + bank.path() + " runs, and answers by this from now on\n";
  const ProgramAnswer key = bank.call({"--close-key", "U-5", "--paid", "--by", "ann", "--reason", "r"});
  CHECK(told("U-5", {}) == "known");
  INFO(key.out << key.err);
  CHECK(key.status == 0);
  CHECK(has(key.out, "closed  key U-5 as paid, in 2 windows, by ann\n" + live));

  const std::string rail = bank.file("sepa.csv", "key,state\nR-1,paid\nR-2,not_paid\nR-3,sent\n");
  const ProgramAnswer closed = bank.call(
      with({"--close-rail", "sepa", "--statement", rail, "--window", "2", "--by", "ann", "--second", "bob", "--json"},
           covers));
  CHECK(told("R-1", {.rail = "sepa"}) == "known");
  CHECK(told("R-2", {.rail = "sepa"}) == "new");
  CHECK(told("R-3", {.rail = "sepa"}) == "in doubt");
  CHECK(told("R-4", {.rail = "sepa"}) == "new");
  CHECK(told("R-4", {}) == "in doubt");
  INFO(closed.out << closed.err);
  CHECK(closed.status == 0);
  CHECK(Json::parse(closed.out)["engine_runs"] == true);

  const std::string sent = bank.file("shop.jsonl", "{\"key\":\"S-1\"}\n");
  CHECK(bank.call(with({"--close-client", "shop-7", "--statement", sent, "--window", "2", "--by", "ann", "--second",
                        "bob"},
                       covers))
            .status == 0);
  CHECK(told("U-6", {.client = "shop-7"}) == "in doubt");  // of window 1, which lists it
  CHECK(told("S-1", {.client = "shop-7"}) == "in doubt");
  CHECK(told("S-2", {.client = "shop-7"}) == "new");
  CHECK(bank.call({"--close-counter", "shop-8", "--highest", "41", "--window", "2", "--by", "ann", "--second", "bob"})
            .status == 0);
  CHECK(told("Z", {.client = "shop-8", .counter = 42}) == "new");

  // The engine closes too, and the program sees it at once.
  REQUIRE((*engine)->close_key("U-6", KeyVerdict::paid, {.by = "the engine"}));
  CHECK(bank.open_keys().empty());
  CHECK(has(bank.refused({"--close-key", "U-6", "--not-paid", "--by", "ann", "--reason", "r"}, 3, "settled as paid"),
            "lifeboat doubt --journal " + bank.path()));
}

TEST_CASE("doubt: a standby's copy is looked at, and closed at its primary") {
  Bank bank;
  bank.lose();
  REQUIRE(write_standby_note(bank.path(), StandbyNote{}));
  CHECK(bank.call().status == 0);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--close-key", "U-5", "--paid", "--by", "ann", "--reason", "r"},
        std::vector<std::string>{"--open", "--by", "ann", "--reason", "r"}})
    CHECK(has(bank.refused(words, 3, bank.path() + " is a standby's copy"),
              "next: lifeboat standby --status --replica " + bank.path()));
  CHECK(bank.open_keys() == "U-5 U-6 ");
}

TEST_CASE("doubt: whoever holds the window for long is named") {
  Bank bank;
  bank.lose();
  const auto held = DoubtLog::open(doubt_folder(bank.path()), false, 0, nullptr, nullptr);
  REQUIRE(held);
  const std::string err = bank.refused({"--close-key", "U-5", "--paid", "--by", "ann", "--reason", "r"}, 3,
                                       "refused LB-BUSY: the doubt window " + doubt_folder(bank.path()) + " is held");
  CHECK(has(err, "next: fuser -v " + doubt_folder(bank.path()) + "/lock    # who it is"));
  CHECK(bank.open_keys() == "U-5 U-6 ");
}

TEST_CASE(
    "doubt: an epoch that may have begun with a loss, and no window, is refused; one of all keys is opened then") {
  Bank bank;
  bank.lose();
  {
    const auto journal = Journal::open(support::journal_of(bank.path(), 2));
    REQUIRE(journal);
  }
  CHECK(bank.call().status == 0);
  const std::string window = doubt_folder(bank.path());
  SECTION("its folder is gone") { std::filesystem::remove_all(window); }
  SECTION("it is empty") {
    std::filesystem::remove_all(window);
    std::filesystem::create_directory(window);
  }
  SECTION("it is another one, which knows of no loss") {
    std::filesystem::remove_all(window);
    REQUIRE(DoubtWindow::open({.folder = window, .create = true}));
  }
  const std::string line = "next: lifeboat doubt --journal " + bank.path() + " --open --by NAME --reason TEXT";
  CHECK(has(bank.refused({}, 3, "refused LB-OBJECT-MISSING: epoch 2 may have begun with a loss"), line));
  CHECK(has(bank.refused({"--statement", bank.file("s.csv", "key\nA\n")}, 3, "epoch 2 may have begun"), line));
  CHECK(has(bank.refused({"--close-key", "U-5", "--paid", "--by", "ann", "--reason", "r"}, 3, "epoch 2 may"), line));

  (void)bank.refused({"--open"}, 2, "who closes keys is named");
  (void)bank.refused({"--open", "--by", "ann"}, 2, "what happened to the window is said");
  (void)bank.refused({"--open", "--by", "ann", "--reason", "r", "--close-key", "U-5"}, 2, "do not go together");
  {
    const auto engine = Journal::open(support::journal_of(bank.path()));
    REQUIRE(engine);
    (void)bank.refused({"--open", "--by", "ann", "--reason", "r"}, 3, "LB-BUSY");
  }
  const ProgramAnswer opened = bank.call({"--open", "--by", "ann", "--reason", "its folder was removed"});
  INFO(opened.out << opened.err);
  CHECK(opened.status == 0);
  CHECK(has(opened.out, "opened  window 1: each key that nobody knows or vouches for is in doubt, by ann\n"));
  CHECK(has(opened.out, "in 1 window also every other key"));
  const ProgramAnswer listed = bank.call();
  CHECK(listed.status == 0);
  CHECK(has(listed.out, "window  1, unknown behind 1:0 of 2025-11-26T06:00:00Z: any key may be lost, with no bound"));
  CHECK(has(listed.out, " by ann: its folder was removed\n"));
  CHECK(has(listed.out, "tokens of epoch 3 and later are clear"));
}

TEST_CASE("doubt: what was stated to be no loss stands there, and is no window") {
  const Bank bank;
  {
    const auto window = DoubtWindow::open({.folder = doubt_folder(bank.path()), .create = true});
    REQUIRE(window);
    REQUIRE((*window)->open_window(
        {.basis = LossBasis::zero, .after = {1, 6}, .fresh_epoch = 2, .by = "alice", .why = "drained"}));
  }
  const ProgramAnswer answer = bank.call();
  CHECK(answer.status == 0);
  CHECK(answer.out.starts_with("none    behind 1:6 before epoch 2: nothing was lost | stated "));
  CHECK(has(answer.out, " by alice: drained\n0 keys in doubt by name | no other key is in doubt\n"));
  const auto json = Json::parse(bank.call({"--json"}).out);
  CHECK(json["windows"].empty());
  REQUIRE(json["nothing_lost"].size() == 1);
  CHECK(json["nothing_lost"][0]["after"] == "1:6");
  CHECK(json["nothing_lost"][0]["by"] == "alice");
  (void)bank.refused({"--close-key", "A", "--paid", "--by", "ann", "--reason", "x"}, 3, "has no doubt window");
}

TEST_CASE("doubt: a window that stands alone is named itself") {
  Bank bank;
  bank.lose();
  const ProgramAnswer alone = call_lifeboat({"doubt", "--journal", doubt_folder(bank.path())});
  INFO(alone.out << alone.err);
  CHECK(alone.status == 0);
  CHECK(has(alone.out, "2 keys in doubt by name, 11.00 EUR"));
  const std::string csv = bank.file("s.csv", "key\nU-5\nK-1\n");
  const ProgramAnswer match = call_lifeboat({"doubt", "--journal", doubt_folder(bank.path()), "--statement", csv});
  CHECK(match.status == 1);
  CHECK(has(match.out, "differs unknown-here | there K-1\n"));  // it knows of no journal
}

}  // namespace test_doubt
