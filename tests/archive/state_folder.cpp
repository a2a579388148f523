// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/state_folder.hpp>

#include <lifeboat/verifier/structural.hpp>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_state_folder {

using namespace lifeboat;

TEST_CASE("a state folder is made when asked, and remembers anchors and media") {
  const support::TempFolder folder;
  const std::string path = folder.path() + "/a/b/state";
  auto none = StateFolder::open(path, false);
  REQUIRE(none);
  CHECK_FALSE(none->there());
  const Id repository{{std::byte{1}}};
  CHECK_FALSE(none->anchor(repository)->has_value());
  auto state = StateFolder::open(path, true);
  REQUIRE(state);
  struct stat found {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0700);
  Anchor anchor{2, 17, Digest(Bytes(32, std::byte{9}))};
  REQUIRE(state->set_anchor(repository, anchor));
  const auto back = state->anchor(repository);
  REQUIRE(back);
  REQUIRE(back->has_value());
  CHECK((*back)->generation == 17);
  CHECK((*back)->digest == anchor.digest);
  CHECK_FALSE(state->anchor(Id{})->has_value());
  REQUIRE(state->remember({"disk:/with space", "ab", 3}));
  REQUIRE(state->remember({"disk:/other", "cd", 1}));
  REQUIRE(state->remember({"disk:/with space", "ab", 4}));
  const auto media = state->media();
  REQUIRE(media);
  REQUIRE(media->size() == 2);
  CHECK((*media)[0].archives == 4);
  CHECK((*media)[0].url == "disk:/with space");
}

TEST_CASE("one process writes for a source") {
  const support::TempFolder folder;
  auto first = StateFolder::open(folder.path(), true);
  auto second = StateFolder::open(folder.path(), true);
  REQUIRE(first);
  REQUIRE(second);
  {
    const auto held = first->lock();
    REQUIRE(held);
    const auto refused = second->lock();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().id() == ErrorId::busy);
  }
  CHECK(second->lock());
}

TEST_CASE("garbage in a state folder is no anchor") {
  const support::TempFolder folder;
  auto state = StateFolder::open(folder.path(), true);
  REQUIRE(state);
  const Id repository{};
  REQUIRE(state->set_anchor(repository, {1, 1, Digest(Bytes(32))}));
  const std::string file = folder.path() + "/" + to_hex(repository.view()) + "/anchor";
  for (const char* text : {"", "lifeboat-anchor-1", "lifeboat-anchor-1 x 2 ab", "other 1 2 ab"}) {
    FILE* out = std::fopen(file.c_str(), "w");
    REQUIRE(out != nullptr);
    std::fputs(text, out);
    std::fclose(out);
    const auto anchor = state->anchor(repository);
    REQUIRE(anchor);
    CHECK_FALSE(anchor->has_value());
  }
}

TEST_CASE("the default place is named after the source's path") {
  const auto sha256 = std::move(*open_structural(StructuralId::sha256));
  REQUIRE(::setenv("XDG_STATE_HOME", "/state", 1) == 0);
  const auto place = default_state_folder("/var/lib/ledger", *sha256);
  REQUIRE(place);
  CHECK(place->starts_with("/state/lifeboat/"));
  CHECK(place->size() == std::string("/state/lifeboat/").size() + 16);
  ::unsetenv("XDG_STATE_HOME");
}

TEST_CASE("a state folder is locked by who keeps it: as root, files would be left that he can not read") {
  if (::geteuid() != 0) {
    WARN("NOT RUN: only root may give a file away");
    return;
  }
  const support::TempFolder folder;
  auto state = StateFolder::open(folder.path() + "/state", true);
  REQUIRE(state);
  REQUIRE(state->lock());
  REQUIRE(::chown((state->path() + "/lock").c_str(), 1, 1) == 0);
  const auto refused = state->lock();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::foreign_owner);
  CHECK(refused.error().is_unchanged());
  CHECK(refused.error().next() == "sudo -u daemon !!");
}

}  // namespace test_state_folder
