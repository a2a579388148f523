// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/restore/restored_mark.hpp>

#include "catch.hpp"

namespace test_restored_mark {

using namespace lifeboat;

namespace {

const RestoredMark back{"bank", std::string(32, 'a'), {1, 20}, {1, 30}, 10, {12, std::string(64, 'b')}};

std::string without(std::string text, const std::string& line) {
  const std::size_t at = text.find("\n" + line + " ");
  REQUIRE(at != std::string::npos);
  return text.erase(at + 1, text.find('\n', at + 1) - at);
}

}  // namespace

TEST_CASE("a mark of a restore is read as it was written") {
  const std::string text = to_text(back);
  CHECK(text == "lifeboat-restored-1\nsource bank\narchive " + back.archive +
                    "\nposition 1:20\nhead 1:30\nundone 10\nundone_lines 12\nundone_sha256 " + back.list.sha256 + "\n");
  const auto read = parse_mark(text);
  REQUIRE(read);
  CHECK(read->source == "bank");
  CHECK(read->archive == back.archive);
  CHECK(read->position == Position{1, 20});
  CHECK(read->head == Position{1, 30});
  CHECK(read->undone == 10);
  CHECK(read->list == back.list);
  const RestoredMark latest{"bank", back.archive, {1, 30}, {1, 30}, 0, {}};
  CHECK(to_text(latest).find("undone_") == std::string::npos);
  CHECK(parse_mark(to_text(latest))->undone == 0);
}

TEST_CASE("a mark that lacks what an adoption rests on is none") {
  const std::string text = to_text(back);
  for (const char* line : {"source", "position", "head", "undone", "undone_lines", "undone_sha256"}) {
    INFO(line);
    CHECK_FALSE(parse_mark(without(text, line)));
  }
  CHECK(parse_mark(without(text, "archive")));
  for (std::size_t length = 0; length + 2 < text.size(); ++length) {
    INFO(text.substr(0, length));
    CHECK_FALSE(parse_mark(text.substr(0, length)));
  }
  for (const char* position : {"1", "1:", ":20", "1:2x", "-1:20", "2:1"}) {
    INFO(position);
    std::string other = text;
    CHECK_FALSE(parse_mark(other.replace(other.find("1:20"), 4, position)));
  }
}

}  // namespace test_restored_mark
