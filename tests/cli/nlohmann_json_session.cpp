// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/adapter/nlohmann_json.hpp>

#include <filesystem>

#include "catch.hpp"
#include "support/program.hpp"

namespace test_nlohmann_json_session {

using lifeboat::Json;
using support::ProgramAnswer;
using support::ProgramPlace;

namespace {

Json parsed(const ProgramAnswer& answer) {
  Json json = lifeboat::json_of(answer.out);
  REQUIRE(json.is_object());
  CHECK(json["lifeboat"] == 1);
  CHECK(json["status"] == answer.status);
  return json;
}

}  // namespace

TEST_CASE("every command answers with one JSON object of version 1") {
  const ProgramPlace place;
  const Json backup = parsed(place.call_with_source({"backup", "--json"}));
  CHECK(backup["command"] == "backup");
  CHECK(backup["kind"] == "full");
  CHECK(backup["content_bytes"] == 100'004);
  CHECK(backup["warnings"][0]["id"] == "LB-SAME-DEVICE");
  CHECK(backup["gap_count"] == 0);
  CHECK(parsed(place.call_with_source({"backup", "--dry-run", "--json"}))["dry_run"] == true);
  REQUIRE(place.backup().status == 0);

  const Json list = parsed(place.call({"list", "--json"}));
  REQUIRE(list["archives"].size() == 2);
  CHECK(list["archives"][0]["archive"] == backup["archive"]);
  CHECK(list["archives"][0]["verified"].is_null());

  CHECK(parsed(place.call({"verify", "--json"}))["depth"] == "digests");
  CHECK(parsed(place.call({"log", "--json"}))["entries"].size() == 3);
  CHECK(parsed(place.call({"status", "--json"}))["verified"]["depth"] == "digests");
  CHECK(parsed(place.call({"show", "--json"}))["tree"].size() == 4);
  CHECK(parsed(place.call({"history", "a.txt", "--json"}))["versions"].size() == 2);
  CHECK(parsed(place.call({"cat", "latest", "a.txt", "--json"}))["proved_bytes"] == 4);
  CHECK(parsed(place.call({"diff", "--json"}))["difference_count"] == 0);
  CHECK(parsed(place.call({"diff", "--compare", place.source(), "--json"}))["different"] == 0);
  CHECK(parsed(place.call({"prune", "--json"}))["goes"].empty());
  CHECK(parsed(place.call({"restore", "--target", place / "fixed", "--dry-run", "--json"}))["plan"]["files"] == 2);
  CHECK(parsed(place.call({"restore", "--target", place / "fixed", "--json"}))["not_restored_count"] == 0);
  CHECK(parsed(support::call_lifeboat({"sync", "--source", place.source(), "--state", place.state(), "--replica",
                                       place / "replica", "--json"}))["verdict"]["equal"] == true);
}

TEST_CASE("errors are in the object too, with what leads out") {
  const ProgramPlace place;
  const ProgramAnswer answer = place.call({"list", "--json"});
  const Json json = parsed(answer);
  CHECK(answer.status == 3);
  CHECK(json["error"]["id"] == "LB-MEDIUM-MISSING");
  CHECK(json["error"]["unchanged"] == true);
  CHECK(json["error"]["system_text"] == "No such file or directory");
  CHECK(answer.err.starts_with("refused LB-MEDIUM-MISSING"));

  const ProgramAnswer usage = support::call_lifeboat({"list", "--mediun", "x", "--json"});
  CHECK(parsed(usage)["error"]["next"] == "lifeboat list --medium x --json");
  CHECK(usage.status == 2);
}

TEST_CASE("names of any bytes come whole") {
  const ProgramPlace place;
  place.write(
      "gr\xf6\xdf"
      "e\n",
      "latin");
  REQUIRE(place.backup().status == 0);
  const Json json = parsed(place.call({"show", "--json"}));
  bool found = false;
  for (const Json& entry : json["tree"])
    if (entry.contains("path_hex")) {
      CHECK(entry["path_hex"] == "6772f6df650a");
      found = true;
    }
  CHECK(found);
  CHECK(place.call({"show"}).out.find("gr\\xf6\\xdfe\\n\n") != std::string::npos);
}

}  // namespace test_nlohmann_json_session
