// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/sync_plan.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/in_child.hpp"
#include "support/synced.hpp"

namespace test_sync_plan {

using namespace lifeboat;
using support::read_text;
using support::said;
using support::Synced;
using support::write_text;

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

TEST_CASE("Who is not root keeps a replica of what its owner may not read, and moves read-only folders aside") {
  Synced synced;
  ::chmod(synced.folder.path().c_str(), 0777);
  const auto answer = support::in_child([&]() -> std::string {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return "no rights to drop";
    synced.source += "-own";
    synced.state += "-own";
    ::mkdir(synced.source.c_str(), 0755);
    ::mkdir(synced.state.c_str(), 0755);
    ::mkdir((synced.source + "/listed").c_str(), 0755);
    write_text(synced.source + "/listed/in", "x");
    std::string text = said(synced.pass());
    ::chmod((synced.source + "/listed").c_str(), 0444);
    ::mkdir((synced.replica + "/foreign").c_str(), 0755);
    write_text(synced.replica + "/foreign/in", "x");
    ::chmod((synced.replica + "/foreign").c_str(), 0555);
    for (int pass = 0; pass < 2; ++pass) {
      const auto report = synced.pass();
      text += said(report);
      if (!report) return text;
      text += " aside " + std::to_string(report->set_aside);
      for (const Gap& gap : report->gaps) text += " " + std::string(to_string(gap.id)) + " " + gap.path;
    }
    const auto verdict = synced.verify();
    return text + said(verdict) + (verdict && verdict->equal ? " equal" : " different");
  });
  CHECK(answer.text ==
        " aside 1 LB-ENTRY-UNREADABLE listed/in LB-NOT-RESTORED listed aside 0 LB-ENTRY-UNREADABLE listed/in equal");
  CHECK(read_text(synced.replica + "/listed/in") == "x");
  for (const auto& [path, record] : support::read_tree(synced.own() + "/aside"))
    if (path.ends_with("-foreign")) CHECK((record.state.st_mode & 07777) == 0555);
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

}  // namespace test_sync_plan
