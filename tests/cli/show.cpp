// SPDX-License-Identifier: BSL-1.0
// The program on an archive of an engine: the record types that it named then, from the archive alone.
#include <lifeboat/cli/show.hpp>

#include <filesystem>

#include <lifeboat/adapter/nlohmann_json.hpp>
#include <lifeboat/lifeboat.hpp>
#include <lifeboat/sync/log_sync.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/program.hpp"

namespace test_show {

using namespace lifeboat;
using support::call_lifeboat;

namespace {

struct Still final : FreezeHook {
  Result<Frozen> freeze(std::chrono::steady_clock::time_point) override {
    return Frozen{.cut = {.kind = CutKind::frozen, .has_position = true, .position = {1, 0}}};
  }
  void thaw() noexcept override {}
};

}  // namespace

TEST_CASE("show: an archive says which record types its engine named, and one of a folder names none") {
  const support::TempFolder folder;
  std::filesystem::create_directory(folder / "engine");
  Still still;
  {
    using Pipeline =
        DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256, With<Directory, Records<Payment, Everything>>>;
    auto engine = Pipeline::open({.source = {.id = "ledger", .root = folder / "engine", .freeze = &still},
                                  .medium = {.root = folder / "backup", .create = true},
                                  .sync = {.journal = folder / "engine/journal"},
                                  .keep_state = false});
    INFO((engine ? std::string() : engine.error().sentence()));
    REQUIRE(engine);
    REQUIRE(engine->backup());
  }
  const std::vector<std::string> show{"show", "--medium", "disk:" + folder / "backup", "--id", "ledger"};
  const support::ProgramAnswer shown = call_lifeboat(show);
  INFO(shown.out << shown.err);
  CHECK(shown.status == 0);
  const Schema schema = *read_schema(schema_bytes<Payment>());
  CHECK(shown.out.find("\nrecord  " + schema.title() + ", type " + std::to_string(schema.number) + " version " +
                       std::to_string(schema.version) + ": key, from, to, amount\n") != std::string::npos);
  std::vector<std::string> as_json = show;
  as_json.emplace_back("--json");
  const Json json = Json::parse(call_lifeboat(as_json).out);
  REQUIRE(json["records"].size() == 2);
  CHECK(json["records"][0]["number"] == schema.number);
  CHECK(json["records"][0]["members"] == Json::parse(R"(["key","from","to","amount"])"));
  CHECK(json["records"][1]["number"] == record_number<Everything>());

  const support::ProgramPlace plain;
  REQUIRE(plain.call_with_source({"backup"}).status == 0);
  const support::ProgramAnswer none = plain.call({"show", "--json"});
  INFO(none.out << none.err);
  CHECK(Json::parse(none.out)["records"].empty());
}

}  // namespace test_show
