// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/spool.hpp>

#include <dirent.h>

#include <algorithm>

#include <lifeboat/testing/laws/laws.hpp>

#include "catch.hpp"
#include "support/file_size_limit.hpp"
#include "support/temp_folder.hpp"

namespace test_spool {

using namespace lifeboat;

namespace {

Bytes all_of(const Spool& spool) {
  Bytes bytes(static_cast<std::size_t>(spool.size()));
  const auto got = spool.read(0, bytes);
  REQUIRE(got);
  REQUIRE(*got == bytes.size());
  return bytes;
}

std::size_t entries_of(const std::string& folder) {
  DIR* stream = ::opendir(folder.c_str());
  REQUIRE(stream != nullptr);
  std::size_t count = 0;
  while (::readdir(stream) != nullptr) ++count;
  ::closedir(stream);
  return count - 2;
}

}  // namespace

TEST_CASE("a spool gives back what was appended, in memory and in a file, however it was cut") {
  const support::TempFolder folder;
  const Bytes data = testing::patterned(3'000'000);
  for (const std::size_t limit : {0U, 1U, 1000U, 300'000U, 2'999'999U, 3'000'000U}) {
    for (const std::size_t piece : {777U, 65'536U, 2'000'000U, 3'000'000U}) {
      CAPTURE(limit, piece);
      Spool spool(folder.path(), limit);
      for (std::size_t at = 0; at < data.size(); at += piece)
        REQUIRE(spool.append(ByteView(data).subspan(at, std::min(piece, data.size() - at))));
      CHECK(spool.size() == data.size());
      CHECK(spool.in_file() == (limit < data.size()));
      CHECK((all_of(spool) == data));
      CHECK(entries_of(folder.path()) == 0);
    }
  }
}

TEST_CASE("any part of a spool can be read, short only at the end, and appending goes on after it") {
  const support::TempFolder folder;
  const Bytes data = testing::patterned(700'000);
  Spool spool(folder.path(), 400'000);
  REQUIRE(spool.append(ByteView(data).first(350'000)));
  REQUIRE(spool.append(ByteView(data).subspan(350'000, 100'000)));  // the file has 350,000 bytes, memory the rest
  REQUIRE(spool.in_file());
  for (const std::size_t at : {0U, 1U, 349'999U, 350'000U, 350'001U, 449'999U, 449'990U}) {
    Bytes out(20, std::byte{0x5A});
    const auto got = spool.read(at, out);
    REQUIRE(got);
    CHECK(*got == std::min<std::size_t>(20, 450'000 - at));
    CHECK(std::equal(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*got),
                     data.begin() + static_cast<std::ptrdiff_t>(at)));
  }
  Bytes out(20);
  CHECK(*spool.read(450'000, out) == 0);
  CHECK(*spool.read(~std::uint64_t{0}, out) == 0);
  REQUIRE(spool.append(ByteView(data).subspan(450'000)));
  CHECK((all_of(spool) == data));
}

TEST_CASE("a spool that was cleared is as new") {
  const support::TempFolder folder;
  Spool spool(folder.path(), 1000);
  REQUIRE(spool.append(testing::patterned(5000)));
  REQUIRE(spool.in_file());
  spool.clear();
  CHECK(spool.size() == 0);
  CHECK_FALSE(spool.in_file());
  REQUIRE(spool.append(as_bytes("again")));
  CHECK(as_text(all_of(spool)) == "again");
  CHECK_FALSE(spool.in_file());
}

TEST_CASE("a folder that is missing is an error that names it, and nothing is lost") {
  const support::TempFolder folder;
  Spool spool(folder / "missing", 10);
  REQUIRE(spool.append(as_bytes("in memory")));
  const auto failed = spool.append(as_bytes("too much"));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().id() == ErrorId::state_folder);
  CHECK(failed.error().system_error() == ENOENT);
  CHECK(failed.error().sentence().find(folder / "missing") != std::string::npos);
  CHECK(as_text(all_of(spool)) == "in memory");
}

TEST_CASE("a full disk is an error without a signal, and what was appended before stays") {
  const support::TempFolder folder;
  const Bytes data = testing::patterned(3500);
  Spool spool(folder.path(), 1000);
  REQUIRE(spool.append(ByteView(data).first(1500)));
  {
    const support::FileSizeLimit limit(2000);
    REQUIRE(spool.append(ByteView(data).subspan(1500, 500)));
    const auto failed = spool.append(ByteView(data).subspan(2000));
    REQUIRE_FALSE(failed);
    CHECK(failed.error().id() == ErrorId::medium_full);
    CHECK(failed.error().system_error() == EFBIG);
    CHECK((all_of(spool) == Bytes(data.begin(), data.begin() + 2000)));
  }
  REQUIRE(spool.append(ByteView(data).subspan(2000)));
  CHECK((all_of(spool) == data));
}

}  // namespace test_spool
