// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/failover/standby_note.hpp>

#include <fstream>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_standby_note {

using namespace lifeboat;

TEST_CASE("what a standby noted is read back, and the newest note takes the place of the one before") {
  const support::TempFolder folder;
  const auto none = read_standby_note(folder.path());
  REQUIRE(none);
  CHECK_FALSE(none->has_value());
  LinkStatus link;
  link.state = LinkState::up;
  link.durable = {2, 77};
  link.standby.last = {2, 70};
  link.durable_time = {1'764'136'800, 5};
  link.heard = std::chrono::steady_clock::now() - std::chrono::milliseconds(1'500);
  link.no_doubt = true;
  link.connections = 3;
  link.own_certificate_days = 89;
  link.peer_certificate_days = -1;
  link.refusal = Error{ErrorId::peer_lost, "two\nlines"};
  REQUIRE(write_standby_note(folder.path(), StandbyNote{}));
  StandbyNote newest = note_of(link, "127.0.0.1:4710", {2'000'000'000, 123'456'789});
  newest.holders = "b,a,repository";
  REQUIRE(write_standby_note(folder.path(), newest));
  const auto read = read_standby_note(folder.path());
  REQUIRE(read);
  REQUIRE(read->has_value());
  const StandbyNote& note = **read;
  CHECK(note.listen == "127.0.0.1:4710");
  CHECK(note.up);
  CHECK(note.durable == Position{2, 77});
  CHECK(note.acknowledged == Position{2, 70});
  CHECK(note.durable_time == Timestamp{1'764'136'800, 5});
  REQUIRE(note.heard);
  CHECK(note.heard->seconds <= 1'999'999'998);
  CHECK(note.no_doubt);
  CHECK(note.connections == 3);
  CHECK(note.own_certificate_days == 89);
  CHECK(note.peer_certificate_days == -1);
  CHECK(note.refusal == "two lines");
  CHECK(note.holders == "b,a,repository");
  CHECK(note.written == Timestamp{2'000'000'000, 123'456'789});
}

TEST_CASE("a note that was cut off, or says what can not be, is no note") {
  const std::string text = to_text(StandbyNote{});
  REQUIRE(parse_standby_note(text));
  for (std::size_t length = 0; length < text.size(); ++length) {
    const auto read = parse_standby_note(text.substr(0, length));
    REQUIRE_FALSE(read);
    CHECK(read.error().id() == ErrorId::corrupt);
  }
  CHECK_FALSE(parse_standby_note("lifeboat-standby-1\ndurable one\nend\n"));
  CHECK_FALSE(parse_standby_note("lifeboat-standby-1\nheard 1.5\nend\n"));
  const auto later = parse_standby_note("lifeboat-standby-1\nnew thing\nword\nend\n");
  REQUIRE(later);
  CHECK_FALSE(later->heard);
}

TEST_CASE("a damaged note is named, with the line that lets go of it") {
  const support::TempFolder folder;
  REQUIRE(write_standby_note(folder.path(), StandbyNote{}));
  const std::string path = folder.path() + "/standby";
  REQUIRE(::truncate(path.c_str(), 30) == 0);
  const auto damaged = read_standby_note(folder.path());
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().id() == ErrorId::corrupt);
  CHECK(damaged.error().is_unchanged());
  CHECK(damaged.error().sentence().find(path + " is damaged") == 0);
  CHECK(damaged.error().next().find("rm " + path + "    # ") == 0);
}

}  // namespace test_standby_note
