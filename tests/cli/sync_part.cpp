// SPDX-License-Identifier: BSL-1.0
#include <filesystem>

#include <lifeboat/adapter/nlohmann_json.hpp>

#include "support/booked.hpp"
#include "support/program.hpp"
#include "support/temp_folder.hpp"

namespace test_sync_part {

using support::ProgramAnswer;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct Place {
  support::TempFolder folder;
  std::string part = folder / "part";
  support::BookedJournal engine{folder / "j", 11};

  Place() { engine.append(40); }
  [[nodiscard]] ProgramAnswer sync(std::vector<std::string> more = {"--only", "account=42"}) const {
    std::vector<std::string> words{"sync", "--journal", engine.folder(), "--replica", part};
    words.insert(words.end(), more.begin(), more.end());
    return support::call_lifeboat(words);
  }
};

}  // namespace

TEST_CASE("sync --journal keeps a part in step beside the engine, and compares it") {
  Place place;
  ProgramAnswer answer = place.sync();
  CHECK(answer.status == 0);
  CHECK(has(answer.out, "synchronised | a part, to 1:40 | 40 groups, "));
  CHECK(has(answer.out, "\nequal: 40 groups by the chain, 0 differences\n"));
  place.engine.append(5);
  answer = place.sync({"--only", "account=42", "--check"});
  CHECK(answer.status == 0);
  CHECK(has(answer.out, "equal: 40 groups"));
  CHECK(has(answer.out, "moved on meanwhile: 5 groups behind 1:40\n"));
  answer = place.sync({"--only", "account=42", "--json"});
  CHECK(answer.status == 0);
  const auto json = lifeboat::Json::parse(answer.out);
  CHECK(json["pass"]["position"] == "1:45");
  CHECK(json["pass"]["items_sent"] == 5);
  CHECK(json["verdict"]["equal"] == true);
  CHECK(json["verdict"]["items"] == 45);
  CHECK(json["verdict"]["moved_on"].empty());
  CHECK(json["replica"] == place.part);
  // The program shows what was left out as such, and proves the part as any journal.
  answer = support::call_lifeboat({"records", "--journal", place.part});
  CHECK(answer.status == 0);
  CHECK(has(answer.out, " left out records="));
  CHECK(support::call_lifeboat({"records", "--verify", "--journal", place.part}).status == 0);
  CHECK(has(support::call_lifeboat({"records", "--journal", place.part, "--where", "account=42"}).out, "booking"));
}

TEST_CASE("sync --journal refuses what makes no part, and leads on") {
  const Place place;
  CHECK(place.sync({}).status == 2);
  CHECK(has(place.sync({}).err, " --only account=42    # or --exclude"));
  CHECK(place.sync({"--only", "account=42", "--source", "/tmp"}).status == 2);
  CHECK(support::call_lifeboat({"sync", "--journal", place.engine.folder(), "--only", "booking"}).status == 2);
  const ProgramAnswer misspelt = place.sync({"--only", "acount=42"});
  CHECK(misspelt.status == 3);
  CHECK(has(misspelt.err, "refused LB-PATH-UNKNOWN"));
  CHECK(has(misspelt.err, "next: lifeboat records --limit 3 --journal "));
  CHECK_FALSE(std::filesystem::exists(place.part));
  CHECK(place.sync({"--only", "account=42", "--check"}).status != 0);
  REQUIRE(place.sync().status == 0);
  const ProgramAnswer other = place.sync({"--only", "account=43"});
  CHECK(other.status == 3);
  CHECK(has(other.err, "refused LB-REPLICA-STRANGE"));
  CHECK(has(other.err, "only account=42"));
  CHECK(has(other.err, "next: mv "));
  const ProgramAnswer promoted =
      support::call_lifeboat({"promote", "--replica", place.part, "--dry-run", "--lost", "host-a", "--by", "ann",
                              "--second", "bob", "--reason", "lost"});
  CHECK(promoted.status == 3);
  CHECK(has(promoted.err, "refused LB-REPLICA-STRANGE"));
  CHECK(has(promoted.err, "is a part of a journal"));
}

}  // namespace test_sync_part
