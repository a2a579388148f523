// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/sealed_file.hpp>

#include <lifeboat/verifier/structural.hpp>

#include "catch.hpp"
#include "support/synced.hpp"

namespace test_sealed_file {

using namespace lifeboat;
using support::read_text;
using support::said;
using support::write_text;

TEST_CASE("A sealed file shows every damage: each byte changed, each length") {
  const support::TempFolder folder;
  const auto here = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  auto digest = open_structural(StructuralId::sha256);
  REQUIRE(digest);
  const auto open = [&](SealedKind kind = SealedKind::state) {
    return open_sealed(here.value.get(), "file", kind, **digest);
  };
  CHECK(open().error().id() == ErrorId::object_missing);
  auto writer = SealedWriter::create(here.value.get(), "file.new", SealedKind::state, **digest, 42);
  REQUIRE(writer);
  REQUIRE(writer->put(as_bytes("what is kept")));
  REQUIRE(writer->seal());
  CHECK(open().error().id() == ErrorId::object_missing);
  REQUIRE(writer->publish("file"));
  const auto sealed = open();
  REQUIRE(said(sealed) == "");
  CHECK(sealed->data_verifier == 42);
  Bytes body(static_cast<std::size_t>(sealed->end - sealed->begin));
  REQUIRE(sealed->bytes().read(sealed->begin, body));
  CHECK(as_text(body) == "what is kept");
  CHECK(said(open(SealedKind::intents)).find("LB-CORRUPT") == 0);

  const std::string whole = read_text(folder / "file");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ 4);
    write_text(folder / "file", broken);
    INFO("byte " << at);
    CHECK_FALSE(open());
  }
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write_text(folder / "file", whole.substr(0, length));
    INFO("length " << length);
    CHECK_FALSE(open());
  }
  write_text(folder / "file", whole + "x");
  CHECK_FALSE(open());
  auto other = open_structural(StructuralId::sm3);
  REQUIRE(other);
  write_text(folder / "file", whole);
  const auto foreign = open_sealed(here.value.get(), "file", SealedKind::state, **other);
  REQUIRE_FALSE(foreign);
  CHECK(foreign.error().id() == ErrorId::combination);
}

}  // namespace test_sealed_file
