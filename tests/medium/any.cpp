// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/cli/media.hpp>
#include <lifeboat/medium/any.hpp>
#include <lifeboat/testing/laws/medium.hpp>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_any {

using namespace lifeboat;

static_assert(RandomAccessMedium<AnyMedium>);
static_assert(AnyMedium::capabilities.at_run_time);

TEST_CASE("A medium chosen by URL keeps the laws") {
  const support::TempFolder folder;
  int number = 0;
  const testing::Laws laws = testing::medium_laws<AnyMedium>([&] {
    return AnyMedium::Config{"disk:" + (folder / std::to_string(number++)), true, known_media};
  });
  INFO(laws.report());
  CHECK(laws.all_hold());
}

TEST_CASE("A URL that names no medium is wrong usage, and the known ones are named") {
  for (const std::string url : {"tape:/dev/st0", "/backup", "", "disk", "Disk:/backup"}) {
    const auto opened = AnyMedium::open({url, true, known_media});
    REQUIRE(!opened);
    CHECK(opened.error().id() == ErrorId::usage);
    CHECK(opened.error().sentence() == "\"" + url + "\" names no medium; known are disk:");
    CHECK(opened.error().is_unchanged());
  }
  CHECK(AnyMedium::open({"/backup", true, known_media}).error().next() == "--medium disk:/backup");
  CHECK(AnyMedium::open({"disk:/backup", true, {}}).error().id() == ErrorId::usage);
}

TEST_CASE("What the medium behind a URL answers is handed on") {
  const support::TempFolder folder;
  const std::string url = "disk:" + (folder / "repo");
  CHECK(AnyMedium::open({url, false, known_media}).error().id() == ErrorId::medium_missing);
  const auto port = open_medium<AnyMedium>({url, true, known_media});
  REQUIRE(port);
  CHECK((*port)->facts()->url == url);
  CHECK_FALSE((*port)->capabilities().at_run_time);
  CHECK((*port)->capabilities().put_if_absent);
  const auto held = (*port)->lock("writer");
  REQUIRE(held);
  CHECK(*held != nullptr);
}

}  // namespace test_any
