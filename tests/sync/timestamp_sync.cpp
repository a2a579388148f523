// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/timestamp_sync.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/in_child.hpp"
#include "support/random_tree.hpp"
#include "support/synced.hpp"

using namespace lifeboat;
using support::is_there;
using support::read_text;
using support::Synced;
using support::write_text;

namespace {

/// The error's sentence and id, or nothing.
template <class T>
std::string said(const Result<T>& result) {
  if (result) return {};
  return std::string(to_string(result.error().id())) + ": " + result.error().sentence();
}

/// Random rounds in `where`; each time the replica is the source, and is found to be.
void rounds(const std::string& where, std::uint64_t first_seed, std::size_t trees, std::size_t changes) {
  for (std::uint64_t seed = first_seed; seed < first_seed + trees; ++seed) {
    Synced synced(where);
    support::RandomTree tree(synced.source, seed);
    tree.create();
    std::string story;
    for (std::size_t round = 0; round <= changes; ++round) {
      if (round != 0) story += tree.change(1 + seed % 7) + "-- pass\n";
      INFO("seed " << seed << ", round " << round << "\n" << story);
      const auto report = synced.pass();
      REQUIRE(said(report) == "");
      REQUIRE(synced.difference() == "");
      for (const Gap& gap : report->differences) UNSCOPED_INFO(gap.text);
      for (const Gap& gap : report->gaps) UNSCOPED_INFO(gap.text);
      CHECK(report->difference_count == 0);
      CHECK(report->gap_count == 0);
      const auto verdict = synced.verify();
      REQUIRE(said(verdict) == "");
      CHECK(verdict->first_difference == "");
      CHECK(verdict->equal);
      if (verdict->moved_on_count != 0) CHECK(verdict->moved_on.front() == "");
      const auto again = synced.pass();
      REQUIRE(said(again) == "");
      CHECK(again->items_sent == 0);
      CHECK(again->items_removed == 0);
      CHECK(again->items_metadata == 0);
      CHECK(again->difference_count == 0);
      REQUIRE(synced.difference() == "");
    }
  }
}

}  // namespace

TEST_CASE("A replica is a plain tree that is the source") {
  Synced synced;
  ::mkdir((synced.source + "/folder").c_str(), 0750);
  write_text(synced.source + "/folder/file", "hello");
  REQUIRE(::symlink("folder/file", (synced.source + "/link").c_str()) == 0);
  const auto report = synced.pass();
  REQUIRE(said(report) == "");
  CHECK(report->items_sent == 3);
  CHECK(report->bytes_sent == 5);
  CHECK(report->items_verified == 1);
  CHECK(synced.difference() == "");
  CHECK(read_text(synced.replica + "/link") == "hello");
  const auto verdict = synced.verify();
  REQUIRE(said(verdict) == "");
  CHECK(verdict->equal);
  CHECK(verdict->items == 4);
  CHECK(verdict->bytes == 5);
  CHECK(verdict->moved_on_count == 0);
}

TEST_CASE("Random trees and changes in memory") { rounds("/dev/shm", 1, 12, 6); }

TEST_CASE("Random trees and changes on a disk") { rounds("/tmp", 1001, 3, 4); }

TEST_CASE("What was moved in the source is moved in the replica, not copied again") {
  Synced synced;
  const std::string text(300'000, 'm');
  write_text(synced.source + "/old name", text);
  REQUIRE(synced.pass());
  REQUIRE(synced.pass());
  struct stat before {};
  REQUIRE(::stat((synced.replica + "/old name").c_str(), &before) == 0);
  ::mkdir((synced.source + "/folder").c_str(), 0755);
  REQUIRE(::rename((synced.source + "/old name").c_str(), (synced.source + "/folder/new name").c_str()) == 0);
  const auto report = synced.pass();
  REQUIRE(said(report) == "");
  CHECK(report->items_moved == 1);
  CHECK(report->items_removed == 1);
  CHECK(report->bytes_sent == 0);
  struct stat after {};
  REQUIRE(::stat((synced.replica + "/folder/new name").c_str(), &after) == 0);
  CHECK(after.st_ino == before.st_ino);
  CHECK(after.st_nlink == 1);
  CHECK(synced.difference() == "");
}

TEST_CASE("Holes stay holes and cost nothing") {
  Synced synced;
  write_text(synced.source + "/sparse", "head");
  REQUIRE(::truncate((synced.source + "/sparse").c_str(), off_t{1} << 36) == 0);
  const auto report = synced.pass();
  REQUIRE(said(report) == "");
  CHECK(report->bytes_read < 100'000);
  CHECK(synced.difference() == "");
  const auto verdict = synced.verify();
  REQUIRE(said(verdict) == "");
  CHECK(verdict->equal);
}

TEST_CASE("Whoever changes the replica is told of, and it is set right") {
  Synced synced;
  ::mkdir((synced.source + "/folder").c_str(), 0755);
  for (const char* name : {"content", "metadata", "gone", "folder/in", "type", "again"})
    write_text(synced.source + "/" + name, "what the source has");
  REQUIRE(::link((synced.source + "/again").c_str(), (synced.source + "/twin").c_str()) == 0);
  REQUIRE(::symlink("content", (synced.source + "/link").c_str()) == 0);
  REQUIRE(synced.pass());

  std::string wanted;
  SECTION("content") {
    write_text(synced.replica + "/content", "what somebody wrote");
    wanted = "content";
  }
  SECTION("content of the same length and time") {
    struct stat found {};
    REQUIRE(::stat((synced.replica + "/content").c_str(), &found) == 0);
    write_text(synced.replica + "/content", "what THE source has");
    const timespec times[2] = {found.st_atim, found.st_mtim};
    REQUIRE(::utimensat(AT_FDCWD, (synced.replica + "/content").c_str(), times, 0) == 0);
    wanted = "content";
  }
  SECTION("metadata") {
    REQUIRE(::chmod((synced.replica + "/metadata").c_str(), 0600) == 0);
    wanted = "metadata";
  }
  SECTION("metadata of a folder") {
    REQUIRE(::chmod((synced.replica + "/folder").c_str(), 0700) == 0);
    wanted = "folder";
  }
  SECTION("a file that is gone") {
    REQUIRE(::unlink((synced.replica + "/gone").c_str()) == 0);
    wanted = "gone";
  }
  SECTION("a file that became a folder") {
    REQUIRE(::unlink((synced.replica + "/type").c_str()) == 0);
    REQUIRE(::mkdir((synced.replica + "/type").c_str(), 0755) == 0);
    write_text(synced.replica + "/type/precious", "precious");
    wanted = "type";
  }
  SECTION("a folder that became a link to another place") {
    support::TempFolder outside;
    write_text(outside / "in", "outside");
    REQUIRE(::unlink((synced.replica + "/folder/in").c_str()) == 0);
    REQUIRE(::rmdir((synced.replica + "/folder").c_str()) == 0);
    REQUIRE(::symlink(outside.path().c_str(), (synced.replica + "/folder").c_str()) == 0);
    const auto report = synced.pass();
    REQUIRE(said(report) == "");
    CHECK(report->difference_count > 0);
    CHECK(read_text(outside / "in") == "outside");
    CHECK(synced.difference() == "");
    return;
  }
  SECTION("another name that became a file of its own") {
    REQUIRE(::unlink((synced.replica + "/twin").c_str()) == 0);
    write_text(synced.replica + "/twin", "what the source has");
    wanted = "twin";
  }
  SECTION("a link that leads elsewhere") {
    REQUIRE(::unlink((synced.replica + "/link").c_str()) == 0);
    REQUIRE(::symlink("elsewhere", (synced.replica + "/link").c_str()) == 0);
    wanted = "link";
  }
  SECTION("a file that is nobody's") {
    write_text(synced.replica + "/stranger", "precious");
    wanted = "stranger";
  }
  SECTION("a folder that is nobody's") {
    REQUIRE(::mkdir((synced.replica + "/folder/strangers").c_str(), 0755) == 0);
    write_text(synced.replica + "/folder/strangers/one", "precious");
    wanted = "folder/strangers";
  }
  const auto found = synced.verify();
  REQUIRE(said(found) == "");
  CHECK_FALSE(found->equal);
  CHECK(found->first_difference.find("'" + wanted) == 0);
  const auto report = synced.pass();
  REQUIRE(said(report) == "");
  REQUIRE(report->difference_count >= 1);
  bool named = false;
  for (const Gap& difference : report->differences) named = named || difference.path == wanted;
  CHECK(named);
  CHECK(synced.difference() == "");
  const auto after = synced.verify();
  REQUIRE(said(after) == "");
  CHECK(after->first_difference == "");
  const auto again = synced.pass();
  REQUIRE(again);
  CHECK(again->difference_count == 0);
  if (report->set_aside == 0) return;
  // Nothing that somebody put there was destroyed.
  const support::TreeRecords aside = support::read_tree(synced.own() + "/aside");
  CHECK(aside.size() >= 2);
}

TEST_CASE("A folder is not removed with what somebody else has put into it") {
  Synced synced;
  ::mkdir((synced.source + "/folder").c_str(), 0755);
  write_text(synced.source + "/folder/in", "x");
  write_text(synced.source + "/file", "x");
  REQUIRE(synced.pass());
  write_text(synced.replica + "/folder/precious", "precious");
  REQUIRE(::unlink((synced.source + "/folder/in").c_str()) == 0);
  REQUIRE(::rmdir((synced.source + "/folder").c_str()) == 0);
  const auto report = synced.pass();
  REQUIRE(said(report) == "");
  CHECK(report->set_aside == 1);
  CHECK(synced.difference() == "");
  bool kept = false;
  for (const auto& [path, record] : support::read_tree(synced.own() + "/aside"))
    kept = kept || path.ends_with("-precious");
  CHECK(kept);
}

TEST_CASE("What can not be read is kept, and said") {
  Synced synced;
  ::mkdir((synced.source + "/closed").c_str(), 0755);
  write_text(synced.source + "/closed/in", "x");
  write_text(synced.source + "/secret", "old");
  write_text(synced.source + "/open", "old");
  ::chmod(synced.folder.path().c_str(), 0777);
  ::chmod(synced.source.c_str(), 0755);
  ::mkdir(synced.replica.c_str(), 0777);
  ::chmod(synced.replica.c_str(), 0777);
  ::chmod(synced.state.c_str(), 0777);
  const auto as_nobody = [&](auto&& body) {
    return support::in_child([&]() -> std::string {
      if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return "no rights to drop";
      return body();
    });
  };
  REQUIRE(::chown(synced.replica.c_str(), 65534, 65534) == 0);
  auto first = as_nobody([&] { return said(synced.pass()); });
  REQUIRE(first.text == "");
  write_text(synced.source + "/secret", "new, but not for everybody");
  write_text(synced.source + "/open", "new");
  REQUIRE(::chmod((synced.source + "/secret").c_str(), 0600) == 0);
  REQUIRE(::chmod((synced.source + "/closed").c_str(), 0700) == 0);
  auto second = as_nobody([&]() -> std::string {
    const auto report = synced.pass();
    if (!report) return said(report);
    std::string text;
    for (const Gap& gap : report->gaps) text += std::string(to_string(gap.id)) + " " + gap.path + "\n";
    return text + std::to_string(report->unreadable);
  });
  CHECK(second.text.find("LB-ENTRY-UNREADABLE closed\n") != std::string::npos);
  CHECK(second.text.find("LB-ENTRY-UNREADABLE secret\n") != std::string::npos);
  CHECK(second.text.ends_with("\n2"));
  CHECK(read_text(synced.replica + "/open") == "new");
  CHECK(read_text(synced.replica + "/secret") == "old");
  CHECK(read_text(synced.replica + "/closed/in") == "x");
  REQUIRE(::chmod((synced.source + "/secret").c_str(), 0644) == 0);
  REQUIRE(::chmod((synced.source + "/closed").c_str(), 0755) == 0);
  auto third = as_nobody([&] {
    const auto report = synced.pass();
    return said(report) + (report ? std::to_string(report->difference_count) : "");
  });
  CHECK(third.text == "0");
  CHECK(read_text(synced.replica + "/secret") == "new, but not for everybody");
}

TEST_CASE("An emptied source is refused, and so is an emptied replica") {
  Synced synced;
  write_text(synced.source + "/file", "x");
  REQUIRE(synced.pass());
  SECTION("source") {
    REQUIRE(::unlink((synced.source + "/file").c_str()) == 0);
    const auto refused = synced.pass();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().id() == ErrorId::source_emptied);
    CHECK(refused.error().is_unchanged());
    CHECK(read_text(synced.replica + "/file") == "x");
    synced.config.accept_emptied_source = true;
    REQUIRE(said(synced.pass()) == "");
    CHECK_FALSE(is_there(synced.replica + "/file"));
  }
  SECTION("replica, with its own folder") {
    REQUIRE(::unlink((synced.replica + "/file").c_str()) == 0);
    const auto refused = synced.pass();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().id() == ErrorId::replica_emptied);
    CHECK(refused.error().sentence().find("had 1 entries") != std::string::npos);
    synced.config.accept_emptied_replica = true;
    REQUIRE(said(synced.pass()) == "");
    CHECK(synced.difference() == "");
  }
  SECTION("replica that is not mounted") {
    REQUIRE(::rename(synced.replica.c_str(), (synced.folder / "elsewhere").c_str()) == 0);
    for (const bool folder : {false, true}) {
      if (folder) ::mkdir(synced.replica.c_str(), 0755);
      const auto refused = synced.pass();
      REQUIRE_FALSE(refused);
      CHECK(refused.error().id() == ErrorId::replica_emptied);
      CHECK_FALSE(is_there(synced.own()));
      CHECK(said(synced.verify()).find("LB-REPLICA-EMPTIED") == 0);
    }
    synced.config.accept_emptied_replica = true;
    REQUIRE(said(synced.pass()) == "");
    CHECK(synced.difference() == "");
  }
}

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
      SyncContext theirs{other,          context.verifier, context.structural,   context.clock, context.random,
                         context.budgets, context.state_folder, context.log};
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

TEST_CASE("A scope is what is replicated: more of it copies, less of it removes") {
  Synced synced;
  for (const char* folder : {"a", "b", "b/c"}) ::mkdir((synced.source + "/" + folder).c_str(), 0755);
  for (const char* file : {"a/first", "b/in.log", "b/c/deep", "top"}) write_text(synced.source + "/" + file, file);
  REQUIRE(::link((synced.source + "/a/first").c_str(), (synced.source + "/b/second").c_str()) == 0);
  REQUIRE(::link((synced.source + "/a/first").c_str(), (synced.source + "/b/third").c_str()) == 0);
  synced.config.only = {"/b"};
  synced.config.exclude = {"*.log"};
  REQUIRE(said(synced.pass()) == "");
  CHECK(is_there(synced.replica + "/b/c/deep"));
  CHECK_FALSE(is_there(synced.replica + "/a"));
  CHECK_FALSE(is_there(synced.replica + "/top"));
  CHECK_FALSE(is_there(synced.replica + "/b/in.log"));
  struct stat second {};
  struct stat third {};
  REQUIRE(::stat((synced.replica + "/b/second").c_str(), &second) == 0);
  REQUIRE(::stat((synced.replica + "/b/third").c_str(), &third) == 0);
  CHECK(second.st_ino == third.st_ino);
  CHECK(read_text(synced.replica + "/b/third") == "a/first");
  auto verdict = synced.verify();
  REQUIRE(verdict);
  CHECK(verdict->first_difference == "");
  CHECK(verdict->moved_on_count == 0);
  synced.config.only = {};
  REQUIRE(said(synced.pass()) == "");
  CHECK(is_there(synced.replica + "/top"));
  CHECK_FALSE(is_there(synced.replica + "/b/in.log"));
  synced.config.exclude = {};
  REQUIRE(said(synced.pass()) == "");
  CHECK(synced.difference() == "");
  synced.config.exclude = {"/a"};
  REQUIRE(said(synced.pass()) == "");
  CHECK_FALSE(is_there(synced.replica + "/a"));
  verdict = synced.verify();
  REQUIRE(verdict);
  CHECK(verdict->first_difference == "");
  synced.config.exclude = {"["};
  CHECK(said(synced.pass()).find("LB-PATTERN") == 0);
}

TEST_CASE("A verification names what the source has changed since") {
  Synced synced;
  write_text(synced.source + "/same", "x");
  write_text(synced.source + "/changed", "x");
  write_text(synced.source + "/removed", "x");
  REQUIRE(synced.pass());
  write_text(synced.source + "/changed", "longer");
  write_text(synced.source + "/new", "x");
  REQUIRE(::unlink((synced.source + "/removed").c_str()) == 0);
  const auto verdict = synced.verify();
  REQUIRE(said(verdict) == "");
  CHECK(verdict->equal);
  CHECK(verdict->moved_on == std::vector<std::string>{"", "changed", "new", "removed"});
}

TEST_CASE("A stopped pass changes nothing, and says so") {
  Synced synced;
  write_text(synced.source + "/file", "x");
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = synced.pass(stop.get_token());
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().id() == ErrorId::interrupted);
  CHECK_FALSE(is_there(synced.replica + "/file"));
  REQUIRE(said(synced.pass()) == "");
  CHECK(synced.difference() == "");
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

TEST_CASE("Paths longer than the system takes") {
  Synced synced;
  const std::string name(200, 'd');
  int here = ::open(synced.source.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int depth = 0; depth < 40; ++depth) {
    REQUIRE(::mkdirat(here, name.c_str(), 0755) == 0);
    const int inside = ::openat(here, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ::close(here);
    here = inside;
  }
  const int file = ::openat(here, "deep", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  REQUIRE(::write(file, "deep", 4) == 4);
  ::close(file);
  ::close(here);
  const auto report = synced.pass();
  REQUIRE(said(report) == "");
  CHECK(report->items_sent == 41);
  CHECK(synced.difference() == "");
}

TEST_CASE("A change of the same length and time is seen where times prove nothing, and on a disk by its ctime") {
  for (const char* where : {"/dev/shm", "/tmp"}) {
    Synced synced(where);
    const std::string path = synced.source + "/file";
    write_text(path, "first");
    struct stat found {};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    REQUIRE(synced.pass());
    write_text(path, "other");
    const timespec times[2] = {found.st_atim, found.st_mtim};
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
    REQUIRE(said(synced.pass()) == "");
    CHECK(read_text(synced.replica + "/file") == "other");
  }
}

TEST_CASE("The lag is the age of what the replica holds") {
  Synced synced;
  write_text(synced.source + "/file", "x");
  const auto first = synced.pass();
  REQUIRE(first);
  CHECK(first->lag_before_ns == 0);
  const auto second = synced.pass();
  REQUIRE(second);
  CHECK(second->lag_before_ns >= first->lag_after_ns);
  CHECK(second->lag_after_ns <= second->duration_ns);
}
