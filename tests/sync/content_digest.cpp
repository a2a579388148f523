// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/content_digest.hpp>

#include <lifeboat/verifier/structural.hpp>

#include "catch.hpp"
#include "support/synced.hpp"

namespace test_content_digest {

using namespace lifeboat;

namespace {

struct Digests {
  std::unique_ptr<VerifierPort> verifier = std::move(*open_structural(StructuralId::sha256));

  Digest of(const std::string& path, std::uint64_t size) {
    const auto file = open_at(AT_FDCWD, path.c_str(), O_RDONLY);
    ContentDigest digest(*verifier, *verifier);
    auto found = digest_of_file(digest, file.value.get(), size, path, [](std::uint64_t) { return ok(); });
    REQUIRE(found);
    return *found;
  }
};

}  // namespace

TEST_CASE("A digest tells of content alone, not of where the holes are") {
  const support::TempFolder folder;
  Digests digests;
  for (const std::size_t size : {0UL, 1UL, 4096UL, 65535UL, 65536UL, 70'001UL, 1048576UL, 3'000'001UL}) {
    INFO(size << " bytes");
    std::string text(size, '\0');
    if (size > 10) text[size / 2] = 'x';
    if (size > 1'500'000) text[1'048'575] = text[1'048'576] = 'y';
    support::write_text(folder / "data", text);
    support::write_text(folder / "holes", "");
    const auto file = open_at(AT_FDCWD, (folder / "holes").c_str(), O_WRONLY);
    REQUIRE(::ftruncate(file.value.get(), static_cast<off_t>(size)) == 0);
    for (std::size_t at = 0; at < size; ++at)
      if (text[at] != 0) REQUIRE(pwrite_full(file.value.get(), at, as_bytes(text.substr(at, 1))) == 0);
    const Digest whole = digests.of(folder / "data", size);
    CHECK(whole == digests.of(folder / "holes", size));
    if (size == 0) continue;
    text[size - 1] = 'z';
    support::write_text(folder / "data", text);
    CHECK_FALSE(whole == digests.of(folder / "data", size));
    CHECK_FALSE(whole == digests.of(folder / "holes", size - 1));
  }
}

TEST_CASE("It is the digest that an archive has where no leaf is zero") {
  const support::TempFolder folder;
  Digests digests;
  const std::string text(150'000, 'a');
  support::write_text(folder / "file", text);
  auto hash = digests.verifier->begin();
  FileDigest expected;
  REQUIRE(expected.begin(**hash, text.size(), 12, digests.verifier->traits()));
  Bytes leaves((text.size() + 4095) / 4096 * 32);
  REQUIRE(digests.verifier->leaves(as_bytes(text), 4096, leaves));
  REQUIRE(expected.add(0, leaves));
  CHECK(*expected.finish() == digests.of(folder / "file", text.size()));
}

TEST_CASE("A file that became shorter is said") {
  const support::TempFolder folder;
  Digests digests;
  support::write_text(folder / "file", "short");
  const auto file = open_at(AT_FDCWD, (folder / "file").c_str(), O_RDONLY);
  ContentDigest digest(*digests.verifier, *digests.verifier);
  const auto found = digest_of_file(digest, file.value.get(), 100, "file", [](std::uint64_t) { return ok(); });
  REQUIRE_FALSE(found);
  CHECK(found.error().id() == ErrorId::sync_difference);
}

}  // namespace test_content_digest
