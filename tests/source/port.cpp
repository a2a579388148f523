// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/port.hpp>

#include <lifeboat/source/adapt.hpp>

#include "catch.hpp"
#include "support/collected.hpp"

namespace test_port {

namespace {

using namespace lifeboat;

/// The least that a source is.
struct Least {
  struct Config {};
  static constexpr std::string_view name = "least";
  static Result<Least> open(Config) { return Least{}; }
  Result<SourceFacts> facts() { return SourceFacts{}; }
  Result<Cut> freeze() { return Cut{CutKind::frozen, true, {3, 4}}; }
  void thaw() noexcept { ++thawed; }
  Status scan(EntrySink& sink, std::stop_token) {
    Entry root;
    root.type = EntryType::directory;
    return sink.unreadable(std::move(root), Error{ErrorId::source_unreadable, "closed"});
  }
  int thawed = 0;
};

}  // namespace

TEST_CASE("what a source lacks is answered by its adapter", "[source][port]") {
  SourceAdapter<Least> adapter(Least{});
  SourcePort& port = adapter;
  CHECK(port.flush());
  const auto cut = port.freeze();
  REQUIRE(cut);
  CHECK(port.kept(*cut).kind == CutKind::frozen);
  CHECK(port.kept(*cut).position == Position{3, 4});
  support::Collected seen;
  REQUIRE(port.scan(seen, {}));
  CHECK(seen.unreadables.size() == 1);
  port.thaw();
  CHECK(adapter.model().thawed == 1);
}

}  // namespace test_port
