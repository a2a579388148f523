// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/cli/arguments.hpp>

#include "catch.hpp"

namespace test_cli11_arguments {

using namespace lifeboat;
using namespace lifeboat::cli;

TEST_CASE("words become options and arguments") {
  const auto read =
      read_arguments({"restore", "--medium", "disk:/b", "--only", "a", "--only=*.c", "--dry-run", "--target", "t"});
  REQUIRE(read);
  CHECK(read->command().name == "restore");
  CHECK(read->text("--medium") == "disk:/b");
  CHECK(read->all("--only") == std::vector<std::string>{"a", "*.c"});
  CHECK(read->has("--dry-run"));
  CHECK_FALSE(read->has("--resume"));
  CHECK(read->text("--archive", "latest") == "latest");
  CHECK(read->typed("lb") == "lb restore --medium disk:/b --only a '--only=*.c' --dry-run --target t");
  CHECK(read->typed("lb", "--dry-run") == "lb restore --medium disk:/b --only a '--only=*.c' --target t");
}

TEST_CASE("arguments stand anywhere, and behind two dashes whatever they look like") {
  CHECK(read_arguments({"cat", "latest", "--medium", "disk:/b", "a b"})->arguments() ==
        std::vector<std::string>{"latest", "a b"});
  CHECK(read_arguments({"cat", "--medium", "disk:/b", "--", "latest", "--strange"})->arguments() ==
        std::vector<std::string>{"latest", "--strange"});
  CHECK(read_arguments({"list", "-q"})->has("--quiet"));
}

TEST_CASE("what can not be understood is refused with the nearest right word") {
  const auto refused = [](const std::vector<std::string>& words) {
    const auto read = read_arguments(words);
    REQUIRE_FALSE(read);
    CHECK(read.error().id() == ErrorId::usage);
    CHECK(read.error().is_unchanged());
    return read.error().sentence() + " | " + read.error().next();
  };
  CHECK(refused({}) == "no command is given | lifeboat --help");
  CHECK(refused({"restroe"}) == "there is no command \"restroe\" | lifeboat restore");
  CHECK(refused({"restroe", "--only", "*.c"}) == "there is no command \"restroe\" | lifeboat restore --only '*.c'");
  CHECK(refused({"--target", "x"}) == "a command comes first, not --target | lifeboat --help");
  CHECK(refused({"restore", "--taget", "x y"}) == "restore has no option --taget | lifeboat restore --target 'x y'");
  CHECK(refused({"restore", "--taget=x"}) == "restore has no option --taget | lifeboat restore --target=x");
  CHECK(refused({"list", "--target", "x"}) == "list has no option --target | lifeboat list --help");
  CHECK(refused({"list", "--id", ""}) == "--id is given an empty value | lifeboat list --help");
  CHECK(refused({"restore", "--target="}) == "--target needs a value | lifeboat restore --help");
  CHECK(refused({"show", ""}) == "show is given an empty argument | lifeboat show --help");
  CHECK(refused({"list", "--id", "a", "--id", "b"}) == "--id is given twice | lifeboat list --help");
  CHECK(refused({"list", "extra"}) == "\"extra\" is more than list takes | lifeboat list --help");
  CHECK(refused({"cat", "latest"}) == "cat needs ARCHIVE PATH | lifeboat cat --help");
  CHECK(refused({"list", "--medium"}) == "--medium needs a value | lifeboat list --help");
  CHECK(read_arguments({"backup", "--reason", "", "--by", ""}));
}

}  // namespace test_cli11_arguments
