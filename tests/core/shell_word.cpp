// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/shell_word.hpp>

#include "catch.hpp"

namespace test_shell_word {

using namespace lifeboat;

TEST_CASE("UTF-8 is told from other bytes") {
  CHECK(is_utf8("größe"));
  CHECK_FALSE(is_utf8("\xf5\x80\x80\x80"));
  CHECK_FALSE(is_utf8("gr\xc3"));
}

TEST_CASE("a shell takes a quoted word back as it was") {
  CHECK(shell_quoted("/var/lib/ledger") == "/var/lib/ledger");
  CHECK(shell_quoted("*.tmp") == "'*.tmp'");
  CHECK(shell_quoted("") == "''");
  CHECK(shell_quoted("it's") == "'it'\\''s'");
  CHECK(shell_quoted("gr\xc3\xb6\xc3\x9f e") == "'gr\xc3\xb6\xc3\x9f e'");
  CHECK(shell_quoted("a\nb\xff'\\") == "$'a\\x0ab\\xff\\x27\\x5c'");
}

}  // namespace test_shell_word
