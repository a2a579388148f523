// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/restore/doubt_reader.hpp>

#include <filesystem>
#include <fstream>

#include <lifeboat/restore/doubt.hpp>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_doubt_reader {

using namespace lifeboat;

namespace {

std::unique_ptr<DoubtWindow> open_window(const std::string& folder) {
  auto window = DoubtWindow::open({.folder = folder, .create = true});
  REQUIRE(window);
  return std::move(*window);
}

Loss undone() {
  return {.basis = LossBasis::undone, .after = {1, 4}, .fresh_epoch = 2, .since = {1'000'000, 0}, .by = "ann"};
}

std::string open_keys(const DoubtState& state) {
  std::string keys;
  state.each_open([&](const DoubtListed& listed) { keys.append(listed.key.view()).append(" "); });
  return keys;
}

DoubtState read(const std::string& folder) {
  auto state = read_doubt(folder);
  INFO((state ? std::string() : state.error().sentence()));
  REQUIRE(state);
  return std::move(*state);
}

}  // namespace

TEST_CASE("a window is read beside its writer, and as it is left when that one is gone") {
  const support::TempFolder folder;
  auto window = open_window(folder / "d");
  CHECK(read(folder / "d").windows() == 0);
  const StatementLine lines[] = {{.key = "A"}, {.key = "B"}, {.key = "C"}};
  REQUIRE(*window->open_window(undone(), lines) == 1);
  CHECK(open_keys(read(folder / "d")) == "A B C ");
  REQUIRE(window->close_key("B", KeyVerdict::paid, {.by = "ann", .note = "the bank called"}));
  for (const bool written : {true, false}) {
    const DoubtState state = read(folder / "d");
    CHECK(open_keys(state) == "A C ");
    REQUIRE(state.closings().size() == 1);
    CHECK(state.closings().front().evidence.note.view() == "the bank called");
    std::size_t windows = 0;
    state.each_window([&](const DoubtOpened& opened, std::uint64_t listed, bool whole) {
      ++windows;
      CHECK(opened.basis == LossBasis::undone);
      CHECK(listed == 3);
      CHECK(whole);
    });
    CHECK(windows == 1);
    if (written) window.reset();
  }
}

TEST_CASE("a window that is not there is an error, and so is one that is damaged") {
  const support::TempFolder folder;
  const auto none = read_doubt(folder / "none");
  REQUIRE_FALSE(none);
  CHECK(none.error().id() == ErrorId::object_missing);
  CHECK_FALSE(std::filesystem::exists(folder / "none"));
  {
    const auto window = open_window(folder / "d");
    const StatementLine lines[] = {{.key = "A"}};
    REQUIRE(*window->open_window(undone(), lines) == 1);
    REQUIRE(window->close_key("A", KeyVerdict::paid, {.by = "ann"}));
  }
  const std::string segment = folder / "d/" + segment_name(1);
  std::string bytes;
  {
    std::ifstream in(segment, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  const std::size_t name = bytes.find("ann");
  REQUIRE(name != std::string::npos);
  {
    std::fstream out(segment, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(static_cast<std::streamoff>(name));
    out.put('A');
  }
  const auto damaged = read_doubt(folder / "d");
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().id() == ErrorId::corrupt);
}

}  // namespace test_doubt_reader
