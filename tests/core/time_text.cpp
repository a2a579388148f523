// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/time_text.hpp>

#include <cstdlib>
#include <ctime>
#include <limits>

#include "catch.hpp"
#include "support/zone.hpp"

namespace test_time_text {

using namespace lifeboat;

TEST_CASE("days are counted as the C library counts them, from the year -400 to 9999") {
  for (std::int64_t day = detail::days_of(-400, 1, 1); day < detail::days_of(10'000, 1, 1); day += 13) {
    const time_t moment = day * 86400 + 45'296;
    tm expected{};
    const bool known = ::gmtime_r(&moment, &expected) != nullptr;
    const detail::CivilTime t = detail::civil_of(moment, 0);
    const bool same = known && t.year == expected.tm_year + 1900 && t.month == unsigned(expected.tm_mon + 1) &&
                      t.day == unsigned(expected.tm_mday) && t.hour == 12 && t.minute == 34 && t.second == 56;
    if (!same || detail::seconds_of(t) != moment) {
      CAPTURE(moment);
      REQUIRE(same);
      REQUIRE(detail::seconds_of(t) == moment);
    }
  }
}

TEST_CASE("UTC is printed with as much of a second as asked, and never rounded up") {
  const Timestamp time{1'795'500'179, 981'999'999};
  CHECK(utc_text(time) == "2026-11-24T06:02:59Z");
  CHECK(utc_text(time, Fraction::milliseconds) == "2026-11-24T06:02:59.981Z");
  CHECK(utc_text(time, Fraction::nanoseconds) == "2026-11-24T06:02:59.981999999Z");
  CHECK(utc_text({0, 5}, Fraction::nanoseconds) == "1970-01-01T00:00:00.000000005Z");
  CHECK(utc_text({-1, 999'999'999}, Fraction::milliseconds) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("years of more digits have a sign, and the ends of a timestamp can be printed") {
  CHECK(utc_text({253'402'300'800, 0}) == "+10000-01-01T00:00:00Z");
  CHECK(utc_text({-62'167'219'201, 0}) == "-0001-12-31T23:59:59Z");
  CHECK(utc_text({std::numeric_limits<std::int64_t>::max(), 0}) == "+292277026596-12-04T15:30:07Z");
  CHECK(utc_text({std::numeric_limits<std::int64_t>::min(), 0}) == "-292277022657-01-27T08:29:52Z");
  CHECK_FALSE(local_text({std::numeric_limits<std::int64_t>::max(), 0}).empty());
}

TEST_CASE("local time is printed with the offset of its own moment") {
  {
    const support::Zone zone("CST-8");
    CHECK(local_text({1'795'500'180, 0}) == "2026-11-24T14:03:00+08:00");
  }
  {
    const support::Zone zone("CET-1CEST,M3.5.0,M10.5.0/3");
    CHECK(local_text({1'795'500'180, 0}) == "2026-11-24T07:03:00+01:00");
    CHECK(local_text({1'782'280'980, 250'000'000}, Fraction::milliseconds) == "2026-06-24T08:03:00.250+02:00");
  }
  {
    const support::Zone zone("NST3:30");
    CHECK(local_text({0, 0}) == "1969-12-31T20:30:00-03:30");
  }
  {
    const support::Zone zone("LMT-8:05:43");
    CHECK(local_text({0, 0}) == "1970-01-01T08:05:43+08:05:43");
  }
}

}  // namespace test_time_text
