// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/cli/text.hpp>

#include "catch.hpp"

namespace test_text {

using namespace lifeboat::cli;

TEST_CASE("bytes have binary units and about three digits") {
  CHECK(bytes_text(0) == "0 B");
  CHECK(bytes_text(1023) == "1023 B");
  CHECK(bytes_text(1024) == "1.0 KiB");
  CHECK(bytes_text(1258291) == "1.2 MiB");
  CHECK(bytes_text(1024ULL * 1024 - 1) == "1.0 MiB");
  CHECK(bytes_text(212ULL << 30U) == "212 GiB");
  CHECK(bytes_text(~0ULL) == "16.0 EiB");
}

TEST_CASE("durations have two units at most") {
  CHECK(duration_text(40'000'000) == "0.04 s");
  CHECK(duration_text(12'340'000'000) == "12.3 s");
  CHECK(duration_text(100'000'000'000) == "1 min 40 s");
  CHECK(duration_text(3'600'000'000'000) == "1 h");
  CHECK(duration_text(47ULL * 3'600'000'000'000) == "47 h");
  CHECK(duration_text(51ULL * 3'600'000'000'000) == "2 d 3 h");
  CHECK(seconds_text(12) == "12 s");
  CHECK(seconds_text(26 * 3600) == "26 h");
  CHECK(count_text(1, "entry", "entries") == "1 entry");
  CHECK(count_text(0, "entry", "entries") == "0 entries");
}

TEST_CASE("what is printed can not command a terminal") {
  CHECK(printable("etc/größe") == "etc/größe");
  CHECK(printable("a\nb\tc") == "a\\nb\\tc");
  CHECK(printable("\x1b[2J") == "\\x1b[2J");
  CHECK(printable("\xff\xfe") == "\\xff\\xfe");
  CHECK(printable("\xc2\x9b") == "\\xc2\\x9b");           // a control character of eight bits
  CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");           // overlong
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // half of a pair
}

}  // namespace test_text
