// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/replica_folder.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/synced.hpp"

namespace test_replica_folder {

using namespace lifeboat;
using support::is_there;
using support::read_text;
using support::said;
using support::Synced;
using support::write_text;

TEST_CASE("A folder that is not the replica of this source is refused, and stays as it was") {
  Synced synced;
  write_text(synced.source + "/file", "x");
  SECTION("not empty") {
    ::mkdir(synced.replica.c_str(), 0755);
    write_text(synced.replica + "/theirs", "theirs");
    const auto refused = synced.pass();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().id() == ErrorId::replica_strange);
    CHECK(refused.error().is_unchanged());
    CHECK_FALSE(is_there(synced.own()));
    CHECK_FALSE(is_there(synced.replica + "/file"));
  }
  SECTION("a file") {
    write_text(synced.replica, "no folder");
    CHECK(said(synced.pass()).find("LB-REPLICA-STRANGE") == 0);
  }
  SECTION("another source's") {
    REQUIRE(synced.pass());
    const auto refused = synced.with([&](auto& sync, auto& context, const auto& token) {
      struct Other final : SourcePort {
        SourcePort& inner;
        explicit Other(SourcePort& port) : inner(port) {}
        Result<SourceFacts> facts() override {
          LIFEBOAT_TRY(SourceFacts found, inner.facts());
          found.id = "payments";
          return found;
        }
        Status flush() override { return inner.flush(); }
        Result<Cut> freeze() override { return inner.freeze(); }
        void thaw() noexcept override { inner.thaw(); }
        Status scan(EntrySink& sink, std::stop_token stop) override { return inner.scan(sink, stop); }
      } other(context.source);
      SyncContext theirs{other,          context.verifier, context.structural,   context.clock,
                         context.random, context.budgets,  context.state_folder, context.log};
      return sync.sync(theirs, token);
    });
    REQUIRE_FALSE(refused);
    CHECK(refused.error().id() == ErrorId::replica_strange);
    CHECK(refused.error().sentence().find("is the replica of source ledger, not of payments") != std::string::npos);
  }
  SECTION("its own folder is a link") {
    support::TempFolder outside;
    ::mkdir(synced.replica.c_str(), 0755);
    REQUIRE(::symlink(outside.path().c_str(), synced.own().c_str()) == 0);
    CHECK(said(synced.pass()).find("LB-REPLICA-STRANGE") == 0);
    CHECK(support::read_tree(outside.path()).size() == 1);
  }
  SECTION("inside the source") {
    synced.replica = synced.source + "/replica";
    const auto refused = synced.pass();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().id() == ErrorId::replica_strange);
    CHECK_FALSE(is_there(synced.replica + "/file"));
  }
  SECTION("the source itself") {
    synced.replica = synced.source;
    CHECK(said(synced.pass()).find("LB-REPLICA-STRANGE") == 0);
  }
  SECTION("around the source") {
    REQUIRE(synced.pass());
    REQUIRE(::rename(synced.source.c_str(), (synced.replica + "/moved in").c_str()) == 0);
    synced.source = synced.replica + "/moved in";
    const auto refused = synced.pass();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().id() == ErrorId::replica_strange);
    CHECK(read_text(synced.source + "/file") == "x");
  }
}

TEST_CASE("Two passes at once: one is refused by name") {
  Synced synced;
  write_text(synced.source + "/file", "x");
  REQUIRE(synced.pass());
  const auto lock = open_at(AT_FDCWD, (synced.own() + "/lock").c_str(), O_RDWR);
  REQUIRE(try_lock(lock.value.get()) == 0);
  CHECK(said(synced.pass()).find("LB-BUSY") == 0);
  CHECK(said(synced.verify()).find("LB-BUSY") == 0);
}

TEST_CASE("Files of its own that are lost or damaged are made anew, or named") {
  Synced synced;
  ::mkdir((synced.source + "/folder").c_str(), 0755);
  write_text(synced.source + "/folder/file", std::string(100'000, 'f'));
  write_text(synced.source + "/gone", "x");
  REQUIRE(synced.pass());
  REQUIRE(synced.pass());
  REQUIRE(::unlink((synced.source + "/gone").c_str()) == 0);
  SECTION("the state is gone") {
    REQUIRE(::unlink((synced.own() + "/state").c_str()) == 0);
    CHECK(said(synced.verify()).find("LB-REPLICA-STRANGE") == 0);
    const auto report = synced.pass();
    REQUIRE(said(report) == "");
    CHECK(report->bytes_sent == 0);  // what lies there is the copy, by digest
    CHECK(report->set_aside == 1);   // nobody can tell any more whose `gone` was
  }
  SECTION("the state is damaged") {
    std::string state = read_text(synced.own() + "/state");
    state[state.size() / 2] = static_cast<char>(state[state.size() / 2] ^ 1);
    write_text(synced.own() + "/state", state);
    CHECK(said(synced.verify()).find("LB-CORRUPT") == 0);
    const auto report = synced.pass();
    REQUIRE(said(report) == "");
    CHECK(report->differences.front().path == "state");
  }
  SECTION("what is known of the last pass is gone") {
    REQUIRE(::unlink((synced.own() + "/pass").c_str()) == 0);
    REQUIRE(said(synced.pass()) == "");
  }
  SECTION("a list of intents is damaged") {
    write_text(synced.own() + "/intents", "no list");
    CHECK(said(synced.verify()).find("LB-SYNC-DIFFERENCE") == 0);
    const auto report = synced.pass();
    REQUIRE(said(report) == "");
    CHECK(report->differences.front().path == "intents");
    CHECK_FALSE(report->rolled_forward);
  }
  SECTION("whose it is, is gone") {
    REQUIRE(::unlink((synced.own() + "/replica").c_str()) == 0);
    CHECK(said(synced.pass()).find("LB-REPLICA-STRANGE") == 0);
    return;
  }
  SECTION("all of it is gone") {
    const int own = ::open(synced.own().c_str(), O_RDONLY | O_DIRECTORY);
    support::remove_below(own);
    REQUIRE(::rmdir(synced.own().c_str()) == 0);
    CHECK(said(synced.pass()).find("LB-REPLICA-STRANGE") == 0);
    return;
  }
  CHECK(synced.difference() == "");
  const auto verdict = synced.verify();
  REQUIRE(said(verdict) == "");
  CHECK(verdict->equal);
}

TEST_CASE("A replica is kept by who made it, root included, and looked at by whoever may") {
  if (::geteuid() != 0) {
    WARN("NOT RUN: only root may give a folder away");
    return;
  }
  Synced synced;
  write_text(synced.source + "/file", "x");
  REQUIRE(synced.pass());
  REQUIRE(::chown(synced.own().c_str(), 1, 1) == 0);
  const auto refused = synced.pass();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::foreign_owner);
  CHECK(refused.error().is_unchanged());
  CHECK(refused.error().next() == "sudo -u daemon !!");
  auto folder = ReplicaFolder::open(synced.replica);
  REQUIRE(folder);
  CHECK(folder->lock(false));
}

}  // namespace test_replica_folder
