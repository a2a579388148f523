// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/time_parse.hpp>

#include "catch.hpp"
#include "support/zone.hpp"

namespace test_time_parse {

using namespace lifeboat;

namespace {

constexpr Timestamp now{1'795'500'180, 0};  // 2026-11-24T06:03:00Z

void refuses(std::string_view text, ErrorId id, std::string_view sentence, std::string_view next) {
  CAPTURE(text);
  const auto parsed = parse_time(text, now, "--before");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().id() == id);
  CHECK(parsed.error().sentence() == sentence);
  CHECK(parsed.error().next() == next);
  CHECK(parsed.error().is_unchanged());
}

}  // namespace

TEST_CASE("a time with its offset is read") {
  const auto reads = [](std::string_view text, Timestamp wanted) {
    CAPTURE(text);
    const auto parsed = parse_time(text, now);
    REQUIRE(parsed);
    CHECK(parsed->seconds == wanted.seconds);
    CHECK(parsed->nanoseconds == wanted.nanoseconds);
  };
  reads("2026-11-24T06:03:00Z", now);
  reads("2026-11-24t06:03:00z", now);
  reads("2026-11-24 14:03:00+08:00", now);
  reads("2026-11-24T14:03+0800", now);
  reads("2026-11-24T02:33:00-03:30", now);
  reads("2026-11-24T06:03:00-00:00", now);
  reads("2026-11-24T06:03:00.25Z", {now.seconds, 250'000'000});
  reads("2026-11-24T06:03:00.000000001Z", {now.seconds, 1});
  reads("1969-12-31T23:59:59.5Z", {-1, 500'000'000});
  reads("1970-01-01T00:00:00+00:01", {-60, 0});
  reads("2024-02-29T00:00:00Z", {1'709'164'800, 0});
  reads("0000-01-01T00:00:00Z", {-62'167'219'200, 0});
}

TEST_CASE("what is printed is read back") {
  const support::Zone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  for (std::int64_t seconds = -62'000'000'000; seconds < 250'000'000'000; seconds += 1'234'567'891) {
    const Timestamp time{seconds, 123'456'789};
    CAPTURE(seconds);
    const auto utc = parse_time(utc_text(time, Fraction::nanoseconds), now);
    const auto local = parse_time(local_text(time, Fraction::nanoseconds), now);
    REQUIRE(utc);
    REQUIRE(local);
    CHECK(*utc == time);
    CHECK(*local == time);
  }
}

TEST_CASE("a time without an offset is refused with both readings to paste") {
  const support::Zone zone("CST-8");
  refuses("14:03", ErrorId::time_zone, "14:03 names no day and no zone",
          "--before 2026-11-24T14:03:00+08:00 (this machine) or --before 2026-11-24T14:03:00Z");
  refuses("2026-11-23T14:03:09", ErrorId::time_zone, "2026-11-23T14:03:09 names no zone",
          "--before 2026-11-23T14:03:09+08:00 (this machine) or --before 2026-11-23T14:03:09Z");
  refuses("2026-11-23", ErrorId::time_zone, "2026-11-23 names no zone",
          "--before 2026-11-23T00:00:00+08:00 (this machine) or --before 2026-11-23T00:00:00Z");
  refuses("2026-11-23 14:03:09.25", ErrorId::time_zone, "2026-11-23 14:03:09.25 names no zone",
          "--before 2026-11-23T14:03:09.250+08:00 (this machine) or --before 2026-11-23T14:03:09.250Z");
}

TEST_CASE("a time of day belongs to the day that it is on this machine") {
  const support::Zone zone("CST-8");
  const auto parsed = parse_time("00:30", Timestamp{1'795'536'900, 0});  // 16:15Z, and 00:15 of the next day here
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().next() == "2026-11-25T00:30:00+08:00 (this machine) or 2026-11-25T00:30:00Z");
}

TEST_CASE("each proposed reading is a time that is read") {
  const support::Zone zone("NST3:30");
  const auto refused = parse_time("2026-11-24T14:03", now);
  REQUIRE_FALSE(refused);
  const std::string& next = refused.error().next();
  const auto here = parse_time(next.substr(0, next.find(' ')), now);
  const auto utc = parse_time(next.substr(next.rfind(' ') + 1), now);
  REQUIRE(here);
  REQUIRE(utc);
  CHECK(here->seconds - utc->seconds == 3 * 3600 + 1800);
}

TEST_CASE("where the clocks go back there are two readings here, and none where they skip the time") {
  const support::Zone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  refuses("2026-10-25T02:30", ErrorId::time_zone, "2026-10-25T02:30 names no zone",
          "--before 2026-10-25T02:30:00+02:00 (this machine) or --before 2026-10-25T02:30:00+01:00 (this machine) or "
          "--before 2026-10-25T02:30:00Z");
  refuses("2026-03-29T02:30", ErrorId::time_zone, "2026-03-29T02:30 names no zone", "--before 2026-03-29T02:30:00Z");
}

TEST_CASE("an offset without a day is refused with the day that it is there") {
  const support::Zone zone("UTC0");
  refuses("14:03+08:00", ErrorId::time_syntax, "14:03+08:00 names no day", "--before 2026-11-24T14:03:00+08:00");
  refuses("14:03Z", ErrorId::time_syntax, "14:03Z names no day", "--before 2026-11-24T14:03:00Z");
}

TEST_CASE("what is no time is refused by what is wrong with it") {
  const auto syntax = [](std::string_view text, std::string_view problem) {
    refuses(text, ErrorId::time_syntax, "\"" + std::string(text) + "\" is no time: " + std::string(problem),
            "--before 2026-11-24T06:03:00Z");
  };
  syntax("", "the hour has 2 digits");
  syntax("yesterday", "the hour has 2 digits");
  syntax("1795500180", "a ':' is missing");
  syntax("2026-13-24T06:03:00Z", "there is no month 13");
  syntax("2026-00-24T06:03:00Z", "there is no month 00");
  syntax("2026-02-29T06:03:00Z", "that month has no such day");
  syntax("2026-04-31", "that month has no such day");
  syntax("2026-11-00T06:03:00Z", "there is no day 00");
  syntax("2026-11-24T24:00:00Z", "there is no hour 24");
  syntax("2026-11-24T23:60:00Z", "there is no minute 60");
  syntax("2016-12-31T23:59:60Z", "there is no second 60");
  syntax("2026-11-24T6:03:00Z", "the hour has 2 digits");
  syntax("2026-1-24T06:03:00Z", "the month has 2 digits");
  syntax("2026-11-24X06:03:00Z", "the day is not followed by T and a time");
  syntax("2026-11-24Z", "the day is not followed by T and a time");
  syntax("2026-11-24T", "the hour has 2 digits");
  syntax("2026-11-24T06:03:00.Z", "the point is followed by no digit");
  syntax("2026-11-24T06:03:00.1234567890Z", "nothing finer than nanoseconds is kept");
  syntax("2026-11-24T06:03:00Z ", "there is \" \" behind it");
  syntax("2026-11-24T06:03:00 Z", "there is \" Z\" behind it");
  syntax("2026-11-24T06:03:00+24:00", "there is no hour of the offset 24");
  syntax("2026-11-24T06:03:00+8", "the hour of the offset has 2 digits");
  syntax("2026-11-24T06:03:00CET", "there is \"CET\" behind it");
}

}  // namespace test_time_parse
