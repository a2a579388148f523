// SPDX-License-Identifier: BSL-1.0
// An engine with a unique index of its own, and of Lifeboat nothing but the doubt window: it asks only when its index
// does not know a key. Its disk is lost; what may have been paid is not paid again, until somebody knows.
#include <lifeboat/restore/doubt.hpp>
#include <lifeboat/restore/statement_match.hpp>

#include <map>

#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

/// The engine: payments by key, as its database has them, and the epoch of its tokens.
struct Engine {
  std::map<std::string, Money> index;
  std::uint64_t epoch = 1;
  int paid = 0;

  /// What it tells the client. A key is a token that it handed out: its epoch, a dash, and a number.
  std::string pay(DoubtWindow& window, const std::string& token, Money amount) {
    if (index.contains(token)) return "paid already";
    const Stamp stamp{.epoch = std::stoull(token), .client = "shop-7", .rail = "bank"};
    return must(window.ask(token, stamp))
        .match([](Known) { return std::string("paid already"); },
               [&](New) {
                 index.emplace(token, amount);
                 ++paid;
                 return std::string("paid");
               },
               [](InDoubt) { return std::string("in doubt: ask again later"); });
  }
};

int main() {
  return tell([] {
    const auto window = must(DoubtWindow::open({.folder = "doubt", .create = true}));  // kept where the disk is not
    Engine engine;
    for (unsigned n = 1; n <= 5; ++n) (void)engine.pay(*window, "1-" + number(n), {100 * n, EUR});
    say("five payments were made; a client that asks again is told so",
        engine.pay(*window, "1-3", {300, EUR}) == "paid already" && engine.paid == 5);

    // The disk is gone. The copy has three payments; nobody knows how many there were behind the third.
    engine.index = {{"1-1", {100, EUR}}, {"1-2", {200, EUR}}, {"1-3", {300, EUR}}};
    const std::uint32_t loss = must(window->open_window({.basis = LossBasis::unknown,
                                                         .after = {1, 3},
                                                         .fresh_epoch = 2,
                                                         .since = {1'795'500'000, 0},
                                                         .by = "night shift",
                                                         .why = "disk of host A"}));
    engine.epoch = 2;
    say("after the loss, what was lost is not paid again", engine.pay(*window, "1-4", {400, EUR}) != "paid");
    say("nor is a token of before that nobody remembers", engine.pay(*window, "1-9", {900, EUR}) != "paid");
    say("a token of now is paid at once", engine.pay(*window, "2-1", {100, EUR}) == "paid");

    // In the morning the bank's file comes: all that reached it.
    write_file("bank.csv",
               "key,amount,currency,state\n"
               "1-3,3.00,EUR,paid\n"
               "1-4,4.00,EUR,paid\n"
               "1-5,5.00,EUR,pending\n");
    StatementMatch match;
    for (const auto& [key, amount] : engine.index)
      if (key.starts_with("1-")) match.add_ours({.key = key, .amount = amount});
    std::string differences = csv_header();
    (void)must(match.run(
        "bank.csv", StatementFormat::csv,
        [](const StatementLine&) -> Result<std::optional<StatementLine>> { return std::optional<StatementLine>(); },
        [&](const Difference& d) { d.each_line([&](const StatementLine& line) { differences += csv_line(line); }); }));
    say("the bank's file and ours differ in:\n" + differences);

    const ClassClosing file{.window = loss,
                            .name = "bank",
                            .path = "bank.csv",
                            .from = {1'795'000'000, 0},
                            .until = {4'000'000'000, 0},
                            .evidence = {.by = "Ann", .note = "file of the morning"}};
    say("one person alone does not close a rail: " + std::string(to_string(window->close_rail(file).error().id())));
    ClassClosing by_two = file;
    by_two.evidence.second = "Bob";
    (void)must(window->close_rail(by_two));
    say("two do; what the bank paid is not paid again", engine.pay(*window, "1-4", {400, EUR}) == "paid already");
    say("what it has not decided stays in doubt", engine.pay(*window, "1-5", {500, EUR}) != "paid");
    say("what never reached it is paid now", engine.pay(*window, "1-9", {900, EUR}) == "paid");
    must(window->close_key("1-5", KeyVerdict::paid, {.by = "Ann", .note = "the bank called"}));
    say("and the last one is settled by a call", engine.pay(*window, "1-5", {500, EUR}) == "paid already");
    say("reconciliations on record: " + number(window->closings().size()));
  });
}
