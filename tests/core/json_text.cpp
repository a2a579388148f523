// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/json_text.hpp>

#include "catch.hpp"

namespace test_json_text {

using namespace lifeboat;

namespace {
std::string json(std::string_view text) {
  std::string out;
  append_json(out, text);
  return out;
}
}  // namespace

TEST_CASE("a text becomes one line of JSON, whatever its bytes are") {
  CHECK(json("") == R"("")");
  CHECK(json("A-1001") == R"("A-1001")");
  CHECK(json("say \"no\" \\ yes") == R"("say \"no\" \\ yes")");
  CHECK(json("a\nb\tc") == R"("a\u000ab\u0009c")");
  CHECK(json(std::string_view("\0\x7f", 2)) == R"("\u0000\u007f")");
  CHECK(json("\xc3\xa9 \xe6\x94\xaf\xe4\xbb\x98 \xf0\x9f\x9a\xa3") ==
        "\"\xc3\xa9 \xe6\x94\xaf\xe4\xbb\x98 \xf0\x9f\x9a\xa3\"");
  // Bytes that are no character: cut short, overlong, surrogates, beyond the last.
  CHECK(json("\xe6\x94") == R"("\u00e6\u0094")");
  CHECK(json("\xc0\xaf") == R"("\u00c0\u00af")");
  CHECK(json("\xe0\x80\x80") == R"("\u00e0\u0080\u0080")");
  CHECK(json("\xed\xa0\x80") == R"("\u00ed\u00a0\u0080")");
  CHECK(json("\xf4\x90\x80\x80") == R"("\u00f4\u0090\u0080\u0080")");
  CHECK(json("\x80") == R"("\u0080")");
}

}  // namespace test_json_text
