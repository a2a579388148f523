// SPDX-License-Identifier: BSL-1.0
// A standby's folder whose process is gone goes live, by hand.
#include <filesystem>

#include <lifeboat/adapter/nlohmann_json.hpp>
#include <lifeboat/failover/standby_note.hpp>
#include <lifeboat/journal/reservation.hpp>
#include <lifeboat/journal/ship_pieces.hpp>
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/disk.hpp>

#include "catch.hpp"
#include "support/journals.hpp"
#include "support/never.hpp"
#include "support/program.hpp"

using namespace lifeboat;
using support::call_lifeboat;
using support::ProgramAnswer;

struct Moved {
  lifeboat::Key key;
  lifeboat::Stage<Progressed> stage;
};
BOOST_HANA_ADAPT_STRUCT(Moved, key, stage);

namespace test_promote {

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A primary that backed up, and shipped twelve of its groups to the medium, and ten to a standby, which heard of
/// thirteen; then both were gone.
struct Lost : support::ProgramPlace {
  std::string journal = *this / "journal";
  std::string replica = *this / "replica";

  Lost() {
    REQUIRE(backup().status == 0);
    const auto log = support::open_journal(journal);
    support::append_payments(*log, 1, 10);
    auto reader = JournalReader::open(journal);
    REQUIRE(reader);
    REQUIRE(ship(*reader, *support::open_replica(replica)));
    support::append_payments(*log, 11, 12);
    auto disk = open_medium<Disk>({.root = *this / "backup"});
    REQUIRE(disk);
    SystemRandom random;
    REQUIRE(ship_pieces(journal, {1, 12}, **disk, "ledger", random, {}));
  }
  void heard(Position durable, const char* holders = "") const {
    StandbyNote note;
    note.holders = holders;
    note.listen = "0.0.0.0:4710";
    note.durable = durable;
    note.durable_time = {1'764'136'800, 0};
    note.heard = Timestamp{1'764'136'801, 0};
    note.no_doubt = true;
    REQUIRE(write_standby_note(replica, note));
  }
  [[nodiscard]] ProgramAnswer promote(const std::vector<std::string>& more) const {
    std::vector<std::string> words{"promote", "--replica", replica, "--lost",   "host-a",   "--by",
                                   "alice",   "--second",  "bob",   "--reason", "site lost"};
    words.insert(words.end(), more.begin(), more.end());
    return call_lifeboat(words);
  }
  void refused(const std::vector<std::string>& words, int status, const std::string& said) const {
    const ProgramAnswer answer = promote(words);
    INFO(answer.out << answer.err);
    CHECK(answer.status == status);
    CHECK(has(answer.err, said));
    CHECK(journal_end(replica)->last == Position{1, 10});
    CHECK_FALSE(std::filesystem::exists(replica + "/doubt"));
  }
};

}  // namespace

TEST_CASE("promote: the plan says the loss as an interval, and refuses above what was accepted") {
  const Lost lost;
  lost.heard({1, 13});
  lost.refused({}, 3, "refused LB-UNDONE: 3 groups may be lost, and 0 were accepted");
  lost.refused({"--max-loss", "2"}, 3, "--max-loss 3\n");
  lost.refused({"--max-loss", "some"}, 2, "--max-loss takes a number");
  lost.refused({"--max-loss", "2", "--dry-run"}, 3, "--max-loss 3\n");
  const ProgramAnswer asked = lost.promote({"--dry-run"});
  CHECK(asked.status == 0);
  CHECK(asked.err.empty());
  CHECK(has(asked.out, "\nneeds   --max-loss 3\nnext: lifeboat promote --replica "));
  CHECK(asked.out.ends_with(" --max-loss 3\n"));
  const ProgramAnswer plan = lost.promote({"--max-loss", "3", "--dry-run"});
  INFO(plan.out << plan.err);
  CHECK(plan.status == 0);
  CHECK(has(plan.out, "stands at 1:10 | epoch 2 begins at 2:14\n"));
  CHECK(has(plan.out, "loss    known lost: 0 groups; possibly lost: 3 groups, up to 1:13, which the primary said"));
  CHECK(has(plan.out, "unknown: what became durable there since 2025-11-26T06:00:01Z, and nowhere else"));
  CHECK(has(plan.out, "a window opens"));
  CHECK(has(plan.out, "checked gapless-sequence: holds for 10 rows"));
  CHECK(has(plan.out, "next: lifeboat promote --replica "));
  CHECK(journal_end(lost.replica)->last == Position{1, 10});

  const ProgramAnswer done = lost.promote({"--max-loss", "3", "--json"});
  INFO(done.out << done.err);
  REQUIRE(done.status == 0);
  const auto json = Json::parse(done.out);
  CHECK(json["epoch"] == 2);
  CHECK(json["first"] == "2:14");
  CHECK(json["window"] == 1);
  CHECK(json["claimed"] == false);
  CHECK(json["loss"]["possibly"] == 3);
  CHECK(json["loss"]["possibly_upto"] == "1:13");
  CHECK(json["lost"] == "host-a");
  CHECK(json["invariants"].size() == 4);
  const auto doubt = Json::parse(call_lifeboat({"doubt", "--journal", lost.replica, "--json"}).out);
  CHECK(doubt["windows"][0]["basis"] == "unknown");
  CHECK(doubt["windows"][0]["after"] == "1:10");
  CHECK(doubt["windows"][0]["fresh_epoch"] == 2);
  CHECK_FALSE(std::filesystem::exists(lost.replica + "/" + standby_note_name));
}

TEST_CASE("promote: without a majority of the holders that were declared, each other one is lost by name") {
  const Lost lost;
  lost.heard({1, 10}, "host-b,host-a,repository");
  lost.refused({}, 3, "refused LB-HOLDERS: the epoch is held by host-b,host-a,repository, and only host-b would claim");
  lost.refused({}, 3, "the next one: repository may go on without it");
  lost.refused({}, 3, " --lost repository\n");
  lost.refused({"--lost", "host-x"}, 2, "host-x can not be lost");
  const ProgramAnswer asked = lost.promote({"--dry-run"});
  CHECK(asked.status == 0);
  CHECK(has(asked.out, "holders host-b,host-a,repository | host-b claim the next epoch; lost: host-a\n"));
  CHECK(has(asked.out, "\nneeds   --lost repository\nnext: lifeboat promote --replica "));
  const ProgramAnswer whole = lost.promote({"--medium", lost.medium(), "--dry-run"});
  CHECK(whole.status == 0);
  CHECK(has(whole.out, "host-b,repository claim the next epoch; lost: host-a\nby      alice and bob"));
  CHECK(has(
      asked.out,
      " --lost host-a --by alice --second bob --reason 'site lost' --lost repository\n"));  // nothing said is left out
  const ProgramAnswer done = lost.promote({"--lost", "repository", "--json"});
  INFO(done.out << done.err);
  REQUIRE(done.status == 0);
  const auto json = Json::parse(done.out);
  CHECK(json["plan"]["holders"] == Json({"host-b", "host-a", "repository"}));
  CHECK(json["lost"] == "host-a,repository");
}

TEST_CASE("promote: a ceiling bounds the loss where it is stated when the primary had stopped, and only there") {
  const Lost lost;
  lost.heard({1, 10});
  REQUIRE(write_reservation(lost.replica, ceiling_name, {{1, 1000}, {1'764'136'860, 0}}));
  lost.refused({"--stopped", "2025-11-26T06:00:30"}, 3, "2025-11-26T06:00:30 names no zone");
  lost.refused({"--stopped", "2025-11-26T06:00:30"}, 3, " or --stopped 2025-11-26T06:00:30Z\n");
  lost.refused({"--stopped", "2025-11-26T06:00:30Z", "--nothing-lost"}, 2, "do not go together");
  lost.refused({"--stopped", "2025-11-26T05:59:59Z"}, 2,
               "by its own clock it was there at 2025-11-26T06:00:00.000000000Z");

  const ProgramAnswer plan = lost.promote({"--stopped", "2025-11-26T06:01:00Z", "--dry-run"});
  INFO(plan.out << plan.err);
  CHECK(plan.status == 0);
  CHECK(has(plan.out, "epoch 2 begins at 2:1001\n"));
  CHECK(has(plan.out, "; unknown: at most 990 groups in all, up to 1:1000, the ceiling that the primary had reserved"));
  CHECK(has(plan.out, "stopped 2025-11-26T06:01:00Z (here "));
  CHECK(has(plan.out, ") at the latest, as alice states\n"));
  const ProgramAnswer late = lost.promote({"--stopped", "2025-11-26T06:01:01Z", "--dry-run"});
  CHECK(has(late.out, "; unknown: what became durable there since "));
  CHECK(has(late.out, "as alice states; no ceiling that was reserved for so long is there, so that bounds nothing\n"));
  const auto unsaid = Json::parse(lost.promote({"--dry-run", "--json"}).out);
  CHECK(unsaid["loss"]["bounded"] == false);
  CHECK(unsaid["loss"]["ceiling"] == "1:1000");
  CHECK(unsaid["stopped"] == nullptr);

  const ProgramAnswer done = lost.promote({"--stopped", "2025-11-26T06:00:30Z", "--json"});
  INFO(done.out << done.err);
  REQUIRE(done.status == 0);
  const auto json = Json::parse(done.out);
  CHECK(json["stopped"] == "2025-11-26T06:00:30.000000000Z");
  CHECK(json["loss"]["bounded"] == true);
  CHECK(json["loss"]["ceiling_until"] == "2025-11-26T06:01:00.000000000Z");
  const auto doubt = Json::parse(call_lifeboat({"doubt", "--journal", lost.replica, "--json"}).out);
  CHECK(doubt["windows"][0]["basis"] == "bounded");
  CHECK(doubt["windows"][0]["ceiling"] == "1:1000");
}

TEST_CASE("promote: of a primary that was never heard of, a ceiling says how many groups may be lost") {
  const Lost lost;
  REQUIRE(write_reservation(lost.replica, ceiling_name, {{1, 1000}, {1'764'136'860, 0}}));
  lost.refused({"--max-loss", "990"}, 3, "--max-loss unknown\n");
  lost.refused({"--max-loss", "989", "--stopped", "2025-11-26T06:00:30Z"}, 3, "990 groups may be lost, and 989 were");
  const ProgramAnswer done = lost.promote({"--max-loss", "990", "--stopped", "2025-11-26T06:00:30Z"});
  INFO(done.out << done.err);
  CHECK(done.status == 0);
  const auto doubt = Json::parse(call_lifeboat({"doubt", "--journal", lost.replica, "--json"}).out);
  CHECK(doubt["windows"][0]["basis"] == "bounded");
}

TEST_CASE("promote: with the repository, what the standby lacks is taken, and the old primary is fenced there") {
  const Lost lost;
  lost.heard({1, 13});
  const ProgramAnswer plan = lost.promote({"--medium", lost.medium(), "--max-loss", "1", "--dry-run"});
  INFO(plan.out << plan.err);
  CHECK(plan.status == 0);
  CHECK(has(plan.out, "; the repository goes on to 1:12, which is taken | epoch 2 begins at 2:14\n"));
  CHECK(has(plan.out, "possibly lost: 1 groups, up to 1:13"));
  lost.refused({"--medium", lost.medium()}, 3, "1 group may be lost");
  const ProgramAnswer done = lost.promote({"--medium", lost.medium(), "--max-loss", "1"});
  INFO(done.out << done.err);
  REQUIRE(done.status == 0);
  CHECK(has(done.out, "epoch 2 begins at 2:14, behind 1:12 | 2 groups taken from the repository\n"));
  CHECK(has(done.out, "fence   " + lost.medium() + " has epoch 2 of ledger"));
  const ProgramAnswer log = lost.call({"log"});
  CHECK(has(log.out, "epoch 2 begins at 2:14, behind 1:12"));
  CHECK(has(log.out, "why: lost host-a: site lost"));
}

TEST_CASE("promote: a primary that was never heard of is an unknown loss; a stated zero opens no window") {
  const Lost lost;
  lost.refused({}, 3, "the primary was never heard of: how many groups are lost is unknown");
  lost.refused({"--max-loss", "1000"}, 3, "--max-loss unknown\n");
  const ProgramAnswer done = lost.promote({"--nothing-lost"});
  INFO(done.out << done.err);
  REQUIRE(done.status == 0);
  CHECK(has(done.out, "no window opens, as alice states"));
  const ProgramAnswer doubt = call_lifeboat({"doubt", "--journal", lost.replica});
  INFO(doubt.out << doubt.err);
  CHECK(doubt.status == 0);
  CHECK_FALSE(has(doubt.out, "window "));
  CHECK(has(doubt.out, "live    epoch 2 begins at 2:11, behind 1:10 | "));
  CHECK(has(doubt.out, " by alice and bob (unproven names) | why: lost host-a: site lost\n"));
  CHECK(has(call_lifeboat({"records", "--journal", lost.replica}).out, "10 groups, 10 records"));
}

TEST_CASE("promote: nobody states that nothing was lost where the primary had said that it has more") {
  const Lost lost;
  lost.heard({1, 13});
  const std::string said =
      "refused LB-UNDONE: nobody can state that nothing was lost: the primary said that it was durable up to 1:13, and "
      "the last group that is here is 1:10, so 3 groups are lacking. Nothing was changed.\nnext: lifeboat promote ";
  lost.refused({"--nothing-lost"}, 3, said);
  lost.refused({"--nothing-lost", "--max-loss", "3"}, 3, said);
  lost.refused({"--nothing-lost", "--dry-run"}, 3, said);
  lost.refused({"--nothing-lost", "--medium", lost.medium()}, 3, "1:12, so 1 group is lacking");
  lost.heard({1, 12});  // what the medium has counts as here
  const ProgramAnswer done = lost.promote({"--nothing-lost", "--medium", lost.medium(), "--ticket", "OPS-9"});
  INFO(done.out << done.err);
  CHECK(done.status == 0);
  CHECK(has(done.out, "by      alice and bob (unproven names) | ticket OPS-9\n"));
  const auto log = Json::parse(lost.call({"log", "--json"}).out);
  const Json& entry = log["entries"].back();
  CHECK(entry["kind"] == "epoch");
  CHECK(entry["actor"] == "alice");
  CHECK(entry["second"] == "bob");
  CHECK(entry["ticket"] == "OPS-9");
  CHECK(entry["reason"] == "lost host-a: site lost");
  CHECK(has(lost.call({"log"}).out, " and bob (unproven names) with lifeboat "));
  const auto doubt = Json::parse(call_lifeboat({"doubt", "--journal", lost.replica, "--json"}).out);
  CHECK(doubt["went_live"][0]["second"] == "bob");
  CHECK(doubt["went_live"][0]["ticket"] == "OPS-9");
  CHECK(doubt["went_live"][0]["first"] == "2:13");
}

TEST_CASE("promote: an invariant that does not hold refuses it, unless it is overridden by name") {
  const support::TempFolder folder;
  const std::string replica = folder / "replica";
  {
    auto config = support::journal_of(folder / "journal");
    config.schemas = {schema_bytes<Moved>()};
    const auto log = Journal::open(std::move(config));
    REQUIRE(log);
    for (const Progressed stage : {Progressed::captured, Progressed::asked})
      (*log)
          ->append(Moved{*Key::of("K"), {stage}})
          .match([](Acked<LocalDurable>) {}, [](NotWritten) { FAIL(); }, [](Unknown) { FAIL(); });
    auto reader = JournalReader::open(folder / "journal");
    REQUIRE(reader);
    REQUIRE(ship(*reader, *support::open_replica(replica)));
  }
  const std::vector<std::string> words = {"promote", "--replica", replica, "--lost",   "a",         "--by",
                                          "b",       "--second",  "c",     "--reason", "site lost", "--nothing-lost"};
  const ProgramAnswer refused = call_lifeboat(words);
  INFO(refused.out << refused.err);
  CHECK(refused.status == 3);
  CHECK(has(refused.err, "refused LB-INVARIANT: nothing-goes-backwards"));
  CHECK(has(refused.err, "--override nothing-goes-backwards    # when that is known, and right"));
  CHECK(journal_end(replica)->last == Position{1, 2});
  std::vector<std::string> despite = words;
  despite.insert(despite.end(), {"--override", "nothing-goes-backwards"});
  const ProgramAnswer done = call_lifeboat(despite);
  INFO(done.out << done.err);
  CHECK(done.status == 0);
  CHECK(has(done.out, "epoch 2 begins at 2:3"));
  // Without a medium, and with no window: that it was overridden is journaled all the same.
  const auto doubt = Json::parse(call_lifeboat({"doubt", "--journal", replica, "--json"}).out);
  CHECK(doubt["windows"].empty());
  CHECK(has(doubt["went_live"][0]["reason"].get<std::string>(),
            "lost a: site lost; despite nothing-goes-backwards: broken at 1:2"));
}

TEST_CASE("promote: a program of an engine's own asks for the engine's own invariants, before anything is changed") {
  const Lost lost;
  lost.heard({1, 10});
  std::vector<std::string> words{"promote", "--replica", lost.replica, "--lost",   "a", "--by",
                                 "b",       "--second",  "c",          "--reason", "d"};
  const auto call = [&] {
    return call_lifeboat(words, {}, [](const std::string&) { return invariants_of(support::Never()); });
  };
  const ProgramAnswer refused = call();
  INFO(refused.out << refused.err);
  CHECK(refused.status == 3);
  CHECK(has(refused.out, "checked never: broken at 1:1: no group is right; 10 rows\n"));
  CHECK(has(refused.err, "refused LB-INVARIANT: never: broken at 1:1"));
  CHECK(has(refused.err, " --override never    # when that is known, and right\n"));
  CHECK(journal_end(lost.replica)->last == Position{1, 10});
  words.insert(words.end(), {"--override", "never"});
  CHECK(call().status == 0);
}

TEST_CASE("promote: who, why and what is lost are said, and a folder in use is left alone") {
  const Lost lost;
  lost.heard({1, 10});
  for (const std::string option : {"--lost", "--by", "--reason"}) {
    std::vector<std::string> words{"promote", "--replica", lost.replica};
    for (const auto& [name, value] : {std::pair("--lost", "host-a"), std::pair("--by", "alice"),
                                      std::pair("--second", "bob"), std::pair("--reason", "site lost")})
      if (name != option) words.insert(words.end(), {name, value});
    const ProgramAnswer answer = call_lifeboat(words);
    INFO(answer.out << answer.err);
    CHECK(answer.status == 2);
    CHECK(has(answer.err, " " + option + " "));
  }
  lost.refused({"--ticket", std::string(129, 't')}, 2, "--ticket has more than 128 bytes");
  const ProgramAnswer twice = call_lifeboat(
      {"promote", "--replica", lost.replica, "--lost", "a", "--by", "b", "--second", "b", "--reason", "c"});
  CHECK(twice.status == 3);
  CHECK(has(twice.err, "refused LB-SECOND-NAME: that a is lost is stated by two people, and there is one name twice"));
  CHECK(has(twice.err, " --second NAME\n"));
  const ProgramAnswer alone =
      call_lifeboat({"promote", "--replica", lost.replica, "--lost", "a", "--by", "b", "--reason", "c"});
  CHECK(alone.status == 3);
  CHECK(has(alone.err, "stated by two people, and there is one name. Nothing was changed.\nnext: lifeboat promote "));
  CHECK(call_lifeboat({"promote", "--lost", "a"}).status == 2);
  const ProgramAnswer none = call_lifeboat(
      {"promote", "--replica", lost / "none", "--lost", "a", "--by", "b", "--second", "d", "--reason", "c"});
  CHECK(none.status == 3);
  CHECK(has(none.err, " --replica DIR    # the folder "));
  const auto living = support::open_replica(lost.replica);
  const ProgramAnswer busy = lost.promote({});
  CHECK(busy.status == 3);
  CHECK(has(busy.err, "next: fuser -v " + lost.replica + "/lock    # the standby is stopped first"));
}

TEST_CASE("status: in groups and money, what the medium and a standby lack of the journal") {
  const Lost lost;
  lost.heard({1, 13});
  const ProgramAnswer answer = lost.call({"status", "--journal", lost.journal, "--replica", lost.replica});
  INFO(answer.out << answer.err);
  CHECK(answer.status == 0);
  CHECK(has(answer.out, "lag     the medium lacks 0 groups of " + lost.journal + "\n"));
  CHECK(has(answer.out, "standby " + lost.replica + ", not running, here 1:10 | 3 groups behind 1:13, which"));
  CHECK(has(answer.out, "lag     the standby lacks 2 groups, 2.00 EUR of " + lost.journal + ", the oldest of "));
  const auto json =
      Json::parse(lost.call({"status", "--journal", lost.journal, "--replica", lost.replica, "--json"}).out);
  CHECK(json["medium_lag"]["groups"] == 0);
  CHECK(json["standby"]["groups_behind"] == 3);
  CHECK(json["standby"]["lag"]["groups"] == 2);
  CHECK(json["standby"]["lag"]["sums"][0]["sum"] == "2.00");
  CHECK(has(lost.call({"status", "--replica", lost / "none"}).err, "there is no standby"));
  CHECK(json.count("link") == 0);
  StandbyNote note;
  note.up = false;
  note.acknowledged = {1, 10};
  note.durable = {1, 12};
  note.own_certificate_days = 80;
  note.peer_certificate_days = 12;
  note.refusal = "no";
  note.written = {1'764'136'800, 0};
  REQUIRE(write_standby_note(lost.journal, note, link_note_name));
  const ProgramAnswer link = lost.call({"status", "--journal", lost.journal});
  CHECK(
      has(link.out, "link    away, the standby has 1:10 of 1:12 | certificates end in 80 days here, 12 days there | "));
  CHECK(has(link.out, "        ended: no\n"));
  const auto noted = Json::parse(lost.call({"status", "--journal", lost.journal, "--json"}).out)["link"];
  CHECK(noted["state"] == "away");
  CHECK(noted["acknowledged"] == "1:10");
  CHECK(noted["peer_certificate_days"] == 12);
  support::write_text(lost.journal + "/link", "x");
  CHECK(has(lost.call({"status", "--journal", lost.journal}).err, "the engine's next sync writes it anew"));
}

}  // namespace test_promote
