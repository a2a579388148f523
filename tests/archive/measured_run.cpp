// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/measured_run.hpp>

#include <fstream>

#include <lifeboat/archive/state_folder.hpp>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_measured_run {

using namespace lifeboat;

namespace {

MeasuredRun restore_of(std::uint64_t bytes) {
  MeasuredRun run;
  run.time = {1'763'337'600, 0};  // 2025-11-17
  run.bytes = bytes;
  run.content_bytes = bytes + 7;
  run.entries = 40;
  run.nanoseconds = 2'000'000'000;
  return run;
}

}  // namespace

TEST_CASE("a measured run goes through its line, and no changed line is believed") {
  const MeasuredRun run = restore_of(1'000'000);
  const std::string line = measured_line(run);
  const auto back = parse_measured_line(line);
  REQUIRE(back);
  CHECK(back->verb == MeasuredVerb::restore);
  CHECK(back->time == run.time);
  CHECK(back->bytes == run.bytes);
  CHECK(back->content_bytes == run.content_bytes);
  CHECK(back->entries == 40);
  CHECK(back->nanoseconds == run.nanoseconds);
  for (std::size_t i = 0; i < line.size(); ++i) {
    std::string changed = line;
    changed[i] = changed[i] == '1' ? '2' : '1';
    CHECK_FALSE(parse_measured_line(changed));
  }
  CHECK_FALSE(parse_measured_line(line.substr(0, line.size() - 1)));
  CHECK_FALSE(parse_measured_line(""));
  CHECK_FALSE(parse_measured_line(measured_line(restore_of(0))));
}

TEST_CASE("time is foretold by bytes or by entries, whichever is longer") {
  const MeasuredRun run = restore_of(1'000'000);
  CHECK(run.bytes_per_second() == 500'000);
  CHECK(run.name() == "restore of 2025-11-17");
  CHECK(run.foretold(3, 40) == 6'000'000'000);
  CHECK(run.foretold(1, 400) == 20'000'000'000);
  MeasuredRun verify = run;
  verify.verb = MeasuredVerb::verify;
  verify.entries = 0;
  CHECK(verify.foretold(0.5, 400) == 1'000'000'000);
  CHECK(verify.name() == "verification of 2025-11-17, which wrote nothing");
}

TEST_CASE("a state folder keeps the last run of each verb, for repositories that it knows") {
  const support::TempFolder folder;
  auto state = StateFolder::open(folder.path(), true);
  REQUIRE(state);
  const Id repository{{std::byte{1}}};
  REQUIRE(state->set_measured(repository, restore_of(1)));
  CHECK_FALSE(state->measured(repository)->has_value());  // no backup was ever made to it from here
  REQUIRE(state->set_anchor(repository, {1, 1, Digest(Bytes(32))}));
  MeasuredRun verify = restore_of(5);
  verify.verb = MeasuredVerb::verify;
  REQUIRE(state->set_measured(repository, verify));
  REQUIRE(state->measured(repository)->has_value());
  CHECK((*state->measured(repository))->verb == MeasuredVerb::verify);
  REQUIRE(state->set_measured(repository, restore_of(6)));
  verify.bytes = 7;
  REQUIRE(state->set_measured(repository, verify));
  CHECK((*state->measured(repository))->bytes == 6);  // a restore says more than a verification that came later
  CHECK_FALSE(state->measured(Id{})->has_value());
  std::ofstream(folder.path() + "/" + to_hex(repository.view()) + "/measured") << "lifeboat-measured-1 restore x\n\n";
  CHECK_FALSE(state->measured(repository)->has_value());
}

}  // namespace test_measured_run
