// SPDX-License-Identifier: BSL-1.0
#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "support/program.hpp"

namespace test_prune {

using support::ProgramAnswer;
using support::ProgramPlace;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The digest in the line that a plan leads on to.
std::string digest_of(const std::string& out) {
  const std::string option = "--apply ";
  const std::size_t at = out.rfind(option);
  return at == std::string::npos ? std::string() : out.substr(at + option.size(), 64);
}

}  // namespace

TEST_CASE("prune shows, and does exactly what was shown to who repeats it with the digest") {
  const ProgramPlace place;
  for (int i = 0; i < 3; ++i) REQUIRE(place.call_with_source({"backup", "--strategy", "full"}).status == 0);
  const ProgramAnswer plan = place.call({"prune", "--keep-windows", "1"});
  CHECK(plan.status == 0);
  CHECK(has(plan.out, "2 archives go, "));
  CHECK(has(plan.out, "; 1 archive stays\n"));
  CHECK(has(plan.out, "vanish  2 recovery points, from "));
  CHECK(has(plan.out, "next: lifeboat prune --keep-windows 1 --medium " + place.medium() + " --apply "));
  CHECK(has(place.call({"list"}).out, "3 archives\n"));

  const std::string digest = digest_of(plan.out);
  REQUIRE(digest.size() == 64);
  const ProgramAnswer other = place.call({"prune", "--keep-windows", "2", "--apply", digest});
  CHECK(other.status == 3);
  CHECK(has(other.err, "refused LB-PLAN-CHANGED"));
  CHECK(has(other.err, "\nnext: lifeboat prune --keep-windows 2 --medium " + place.medium() + "\n"));
  CHECK(place.call({"prune", "--apply", "12"}).status == 2);
  CHECK(place.call({"prune", "--keep-windows", "1", "--apply", digest, "--dry-run"}).status == 0);
  CHECK(has(place.call({"list"}).out, "3 archives\n"));

  const ProgramAnswer done = place.call(
      {"prune", "--keep-windows", "1", "--apply", digest, "--grace", "0s", "--by", "ann", "--second", "bob"});
  CHECK(done.status == 0);
  CHECK(has(done.out, "marked  2 archives; their objects stay for 0 s\n"));
  CHECK(has(done.out, "swept   2 archives marked before, "));
  CHECK(has(place.call({"list"}).out, "1 archive\n"));
  CHECK(has(place.call({"log"}).out, " and bob (unproven names)"));
  CHECK(place.call({"verify"}).status == 0);
  CHECK(place.call({"restore", "--target", place / "fixed"}).status == 0);
}

TEST_CASE("a floor of nothing is refused, and by age all that is young stays") {
  const ProgramPlace place;
  for (int i = 0; i < 2; ++i) REQUIRE(place.call_with_source({"backup", "--strategy", "full"}).status == 0);
  const ProgramAnswer none = place.call({"prune", "--keep-windows", "0"});
  CHECK(none.status == 3);
  CHECK(has(none.err, "refused LB-RETENTION-FLOOR"));
  CHECK(has(place.call({"prune", "--keep-windows", "1", "--keep-age", "30d"}).out, "0 archives go"));
  CHECK(place.call({"prune", "--keep-age", "30"}).status == 2);
  CHECK(place.call({"prune", "--accept-clock", "zz"}).status == 3);
}

TEST_CASE("a shrunken source counts when it is accepted by name") {
  const ProgramPlace place;
  REQUIRE(place.backup().status == 0);
  std::filesystem::remove_all(place.source() + "/sub");
  REQUIRE(place.call_with_source({"backup", "--strategy", "full"}).status == 4);
  CHECK(has(place.call({"prune", "--keep-windows", "1"}).out, "0 archives go"));
  const std::string list = place.call({"list"}).out;
  const std::size_t last = list.rfind('\n', list.size() - 2) + 1;
  CHECK(has(list, " | shrunken\n"));
  const ProgramAnswer accepted =
      place.call({"prune", "--keep-windows", "1", "--accept-shrunken", list.substr(last, 8)});
  CHECK(accepted.status == 0);
  CHECK(has(accepted.out, "accepted " + list.substr(last, 8)));
  CHECK(has(accepted.out, "1 archive goes"));
  CHECK(has(place.call({"list"}).out, " | shrunken, accepted\n"));
}

TEST_CASE("what was marked before is told, and can be swept when it is due though nothing more goes") {
  const ProgramPlace place;
  for (int i = 0; i < 3; ++i) REQUIRE(place.call_with_source({"backup", "--strategy", "full"}).status == 0);
  const auto apply = [&](const std::string& windows, const std::string& grace) {
    const std::string digest = digest_of(place.call({"prune", "--keep-windows", windows}).out);
    return place.call({"prune", "--keep-windows", windows, "--grace", grace, "--apply", digest});
  };
  REQUIRE(apply("2", "24h").status == 0);
  const ProgramAnswer waiting = place.call({"prune", "--keep-windows", "2"});
  CHECK(has(waiting.out, "\nwaiting 1 archive marked before, whose objects stay until "));
  CHECK_FALSE(has(waiting.out, "--apply "));
  std::filesystem::create_directories(place / "backup/archive/ledger/0123456789abcdef0123456789abcdef");
  std::ofstream(place / "backup/archive/ledger/0123456789abcdef0123456789abcdef/data.000000") << "half";
  const ProgramAnswer due = place.call({"prune", "--keep-windows", "2"});
  CHECK(has(due.out, "\ndue     0 archives marked before, 1 unfinished attempt: --apply removes their objects\n"));
  const std::string digest = digest_of(due.out);
  REQUIRE(digest.size() == 64);
  CHECK(has(place.call({"prune", "--keep-windows", "2", "--apply", digest}).out, "1 unfinished attempt: 4 B\n"));
  CHECK_FALSE(has(place.call({"prune", "--keep-windows", "2"}).out, "\ndue "));
}

}  // namespace test_prune
