// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/failover/holders.hpp>

#include "catch.hpp"

namespace test_holders {

using namespace lifeboat;

namespace {

Holders held_by(const char* text) { return parse_holders(text).value(); }

std::string said(const Status& status) {
  return status ? "may" : std::string(to_string(status.error().id())) + " " + std::string(status.error().next());
}

}  // namespace

TEST_CASE("holders are read as they are written, and nothing else is") {
  CHECK(held_by("host-b").all == std::vector<std::string>{"host-b"});
  CHECK(join_names(held_by("host-b,host_a.1,repository").all) == "host-b,host_a.1,repository");
  CHECK(join_names({}).empty());
  for (const char* wrong : {"", ",", "a,", ",a", "a,,b", "a,b,a", "a b", "repository", "repository,a", "a,b/c"}) {
    INFO(wrong);
    CHECK_FALSE(parse_holders(wrong));
  }
  CHECK_FALSE(parse_holders(std::string(65, 'a')));
  CHECK(parse_holders(std::string(64, 'a')));
}

TEST_CASE("a majority may claim, and a minority names all others as lost") {
  const Holders two = held_by("host-b,host-a");
  const Holders three = held_by("host-b,host-a,repository");
  const Holders four = held_by("host-b,host-a,host-c,repository");
  CHECK(said(check_holders({}, false, {})) == "may");
  CHECK(said(check_holders(held_by("host-b"), false, {})) == "may");
  CHECK(said(check_holders(two, false, {})) == "LB-HOLDERS --lost host-a");
  CHECK(said(check_holders(two, true, {})) == "LB-HOLDERS --lost host-a");  // a repository that holds nothing
  CHECK(said(check_holders(two, false, {"host-a"})) == "may");
  CHECK(said(check_holders(three, true, {})) == "may");
  CHECK(said(check_holders(three, true, {"host-a"})) == "may");
  CHECK(said(check_holders(three, false, {})) == "LB-HOLDERS --lost host-a --lost repository");
  CHECK(said(check_holders(three, false, {"host-a"})) == "LB-HOLDERS --lost repository");
  CHECK(said(check_holders(three, false, {"repository", "host-a"})) == "may");
  CHECK(said(check_holders(four, true, {})) == "LB-HOLDERS --lost host-a --lost host-c");  // half is no majority
  CHECK(said(check_holders(four, true, {"host-c"})) == "LB-HOLDERS --lost host-a");
}

TEST_CASE("that a holder is lost is stated by two people") {
  CHECK(said(check_lost_by({}, "ann", "")) == "may");
  CHECK(said(check_lost_by({"host-a"}, "ann", "bo")) == "may");
  CHECK(said(check_lost_by({"host-a"}, "ann", "")) == "LB-SECOND-NAME --second NAME");
  CHECK(said(check_lost_by({"host-a", "host-c"}, "ann", "ann")) == "LB-SECOND-NAME --second NAME");
  CHECK(check_lost_by({"host-a", "host-c"}, "ann", "ann").error().sentence() ==
        "that host-a,host-c is lost is stated by two people, and there is one name twice");
}

TEST_CASE("nobody is lost who is here, or holds nothing") {
  const Holders three = held_by("host-b,host-a,repository");
  CHECK(check_holders(three, false, {"host-b"}).error().id() == ErrorId::config);
  CHECK(check_holders(three, true, {"repository"}).error().id() == ErrorId::config);
  CHECK(check_holders(three, false, {"host-x"}).error().id() == ErrorId::config);
}

TEST_CASE("who is lost is recorded with the reason, which may be none") {
  CHECK(recorded_reason({}, {}, "no power") == "no power");
  CHECK(recorded_reason({"host-a"}, {}, "no power") == "lost host-a: no power");
  CHECK(recorded_reason({"host-a", "repository"}, {}, "no power") == "lost host-a,repository: no power");
  CHECK(recorded_reason({"host-a"}, {}, "") == "lost host-a");
  const Timestamp stopped{1'764'137'040, 0};
  CHECK(recorded_reason({}, stopped, "") == "stopped by 2025-11-26T06:04:00Z");
  CHECK(recorded_reason({}, stopped, "no power") == "stopped by 2025-11-26T06:04:00Z: no power");
  CHECK(recorded_reason({"host-a"}, stopped, "no power") == "lost host-a, stopped by 2025-11-26T06:04:00Z: no power");
}

}  // namespace test_holders
