// SPDX-License-Identifier: BSL-1.0
// A standby in a process of its own, which receives from a primary in this one over the loopback, and its promotion.
#include <signal.h>

#include <filesystem>
#include <thread>

#include <lifeboat/adapter/nlohmann_json.hpp>

#include "catch.hpp"
#include "support/program.hpp"
#include "support/two_sides.hpp"

namespace test_standby {

using namespace lifeboat;
using support::call_lifeboat;
using support::ProgramAnswer;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Waits until something is so, at most a minute.
template <class So>
bool comes(So&& so) {
  const auto late = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!so()) {
    if (std::chrono::steady_clock::now() > late) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

struct Sides : support::BothEnds {
  Sides() { std::filesystem::create_directory(replica); }
  [[nodiscard]] std::vector<std::string> line(const std::string& listen = "127.0.0.1:0") const {
    return {"standby",
            "--replica",
            replica,
            "--listen",
            listen,
            "--cert",
            folder / "standby.pem",
            "--key",
            folder / "standby.key",
            "--ca",
            folder / "ca.pem",
            "--peer",
            "primary.test"};
  }
  [[nodiscard]] Json look() const {
    return Json::parse(call_lifeboat({"standby", "--status", "--replica", replica, "--json"}).out);
  }
};

std::vector<std::string> with(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

TEST_CASE("standby: holders of the epoch are declared once, and kept over starts") {
  const Sides sides;
  std::stop_source stop;
  stop.request_stop();  // it begins, notes what it has, and ends
  const auto started = [&](const std::vector<std::string>& more) {
    return call_lifeboat(with(sides.line(), more), stop.get_token()).status;
  };
  CHECK(started({}) == 130);
  CHECK(sides.look()["holders"] == "");
  CHECK(started({"--holders", "host-b,host-a,repository"}) == 130);
  CHECK(sides.look()["holders"] == "host-b,host-a,repository");
  CHECK(started({}) == 130);
  CHECK(sides.look()["holders"] == "host-b,host-a,repository");
  CHECK(started({"--holders", "repository"}) == 2);
  CHECK(sides.look()["holders"] == "host-b,host-a,repository");
  CHECK(started({"--holders", "host-b"}) == 130);
  CHECK(sides.look()["holders"] == "host-b");
}

TEST_CASE("standby: a process receives, says how far it is, is looked at, is stopped cleanly, and is promoted") {
  REQUIRE(std::getenv("LIFEBOAT_PROGRAM") != nullptr);
  const Sides sides;
  support::SpawnedProgram program(with(sides.line(), {"--every", "1s"}), sides.folder);
  REQUIRE(program.began());
  std::uint16_t port = 0;
  REQUIRE(comes([&] {
    const std::string out = support::read_text(sides.folder / "stdout");
    const std::string listens = "listens at 127.0.0.1:";
    const std::size_t at = out.find(listens);
    if (at == std::string::npos || out.find(" |", at) == std::string::npos) return !program.running();
    port = static_cast<std::uint16_t>(std::stoul(out.substr(at + listens.size())));
    return true;
  }));
  INFO(support::read_text(sides.folder / "stderr"));
  REQUIRE(port != 0);
  const auto journal = support::open_journal(sides.journal);
  support::append_payments(*journal, 1, 5);
  {
    const auto shipper = TcpShipper::open(sides.shipper(port));
    REQUIRE(shipper);
    REQUIRE((*shipper)->wait({1, 5}, std::chrono::steady_clock::now() + std::chrono::minutes(1)));
    CHECK(comes([&] {
      const Json seen = sides.look();
      return seen["state"] == "up" && seen["here"] == "1:5" && seen["groups_behind"] == 0;
    }));
    const Json seen = sides.look();
    CHECK(seen["running"] == true);
    CHECK(seen["primary"] == "1:5");
    CHECK(seen["primary_has_doubt"] == false);
    CHECK(seen["silent_seconds"].get<int>() < 30);
    CHECK(seen["peer_certificate_days"].get<int>() > 0);
    const ProgramAnswer shown = call_lifeboat({"standby", "--status", "--replica", sides.replica, "--max-age", "1h"});
    CHECK(shown.status == 0);
    CHECK(has(shown.out, "standby " + sides.replica + " | up, listens at 127.0.0.1:" + std::to_string(port) + "\n"));
    CHECK(has(shown.out, "here    1:5 | 0 groups behind 1:5, which the primary said at "));

    // Beside it nobody else receives or promotes; a plan is only a look.
    const ProgramAnswer second = call_lifeboat(sides.line());
    CHECK(second.status == 3);
    CHECK(has(second.err, "refused LB-BUSY"));
    const std::vector<std::string> promote = {"promote", "--replica", sides.replica, "--lost",   "host-a",   "--by",
                                              "alice",   "--second",  "bob",         "--reason", "site lost"};
    const ProgramAnswer plan = call_lifeboat(with(promote, {"--dry-run"}));
    INFO(plan.out << plan.err);
    CHECK(plan.status == 0);
    CHECK(has(plan.out, "possibly lost: none up to 1:5"));
    const ProgramAnswer busy = call_lifeboat(promote);
    CHECK(busy.status == 3);
    CHECK(has(busy.err, "refused LB-BUSY: " + sides.replica + " is received into"));
  }
  REQUIRE(::kill(program.pid(), SIGTERM) == 0);
  const ProgramAnswer ended = program.wait();
  INFO(ended.out << ended.err);
  CHECK(ended.status == 130);
  CHECK(has(ended.out, "up      here "));
  CHECK(has(ended.out, "stopped here 1:5 | 0 groups behind 1:5 | received 5 groups, 5.00 EUR\n"));
  CHECK(has(ended.err, "error LB-INTERRUPTED: the standby was stopped; it stands at 1:5."));
  CHECK(sides.look()["running"] == false);
  CHECK(call_lifeboat({"standby", "--status", "--replica", sides.replica, "--max-age", "1h"}).status == 1);

  const ProgramAnswer promoted = call_lifeboat({"promote", "--replica", sides.replica, "--lost", "host-a", "--by",
                                                "alice", "--reason", "site lost", "--second", "bob"});
  INFO(promoted.out << promoted.err);
  REQUIRE(promoted.status == 0);
  CHECK(has(promoted.out, "promoted " + sides.replica + " | epoch 2 begins at 2:6, behind 1:5"));
  CHECK(has(promoted.out, "next: lifeboat doubt --journal " + sides.replica + "\n"));
  const ProgramAnswer doubt = call_lifeboat({"doubt", "--journal", sides.replica});
  CHECK(has(doubt.out, "by alice: lost host-a: site lost\n"));
  CHECK(has(doubt.out, " by alice and bob (unproven names) | why: lost host-a: site lost\n"));

  // The old primary is told so by whoever receives in that folder.
  support::SpawnedProgram again(sides.line("127.0.0.1:" + std::to_string(port)), sides.folder);
  REQUIRE(again.began());
  const auto shipper = TcpShipper::open(sides.shipper(port));
  REQUIRE(shipper);
  CHECK(comes([&] {
    const auto refusal = (*shipper)->status().refusal;
    return refusal && refusal->id() == ErrorId::fenced;
  }));
  REQUIRE(::kill(again.pid(), SIGINT) == 0);
  CHECK(again.wait().status == 130);
}

TEST_CASE("standby: what it lacks is said, and nothing is made") {
  const Sides sides;
  const auto refused = [&](const std::vector<std::string>& words, int status, const std::string& said) {
    const ProgramAnswer answer = call_lifeboat(words);
    INFO(answer.out << answer.err);
    CHECK(answer.status == status);
    CHECK(has(answer.err, said));
    return answer.err;
  };
  (void)refused({"standby"}, 2, "a standby needs a folder");
  const std::string err = refused({"standby", "--replica", sides.replica}, 2, "a standby needs --listen");
  CHECK(has(err, "next: lifeboat standby --replica " + sides.replica + " --listen 0.0.0.0:4710\n"));
  (void)refused(sides.line("here"), 2, "--listen takes HOST:PORT, not \"here\"");
  (void)refused(sides.line("127.0.0.1:70000"), 2, "--listen takes HOST:PORT");
  (void)refused(with(sides.line(), {"--status"}), 2, "do not go together");
  (void)refused(with(sides.line(), {"--max-age", "1h"}), 2, "--max-age belongs to --status");
  CHECK(std::filesystem::is_empty(sides.replica));
  const std::string none = sides.folder / "none";
  std::vector<std::string> words = sides.line();
  words[6] = sides.folder / "none.pem";
  CHECK(has(refused(words, 3, "refused LB-CONFIG: the certificate "), " --cert FILE\n"));
  CHECK(std::filesystem::is_empty(sides.replica));
  words = sides.line();
  words[2] = none;
  CHECK(has(refused(words, 3, "is its disk mounted?"), "next: mkdir -p -m 700 " + none));
  CHECK_FALSE(std::filesystem::exists(none));
  CHECK(has(refused({"standby", "--status", "--replica", none}, 3, "there is no standby"),
            " --replica DIR    # the folder "));
  const ProgramAnswer empty = call_lifeboat({"standby", "--status", "--replica", sides.replica});
  CHECK(empty.status == 0);
  CHECK(has(empty.out, "not running\nhere    no group | the primary was never heard of\n"));
  (void)refused({"promote", "--replica", sides.replica, "--lost", "a", "--by", "b", "--second", "d", "--reason", "c"},
                3, "holds no group that could go on");
}

}  // namespace test_standby
