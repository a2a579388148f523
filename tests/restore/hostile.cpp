// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/restore/restore.hpp>

#include <dirent.h>
#include <sys/resource.h>

#include <fstream>

#include "catch.hpp"
#include "support/forged_manifest.hpp"
#include "support/temp_folder.hpp"

namespace test_hostile {

// Archives made to do harm: every digest fits, and nothing of what they say is believed.

using namespace lifeboat;
using namespace support;

namespace {

/// Restores a forged archive; the error's id, or none where it came back.
struct Attempt {
  MadeRepository made;
  TempFolder folder;
  std::string said;

  std::optional<ErrorId> restore_of(const Forged& forged) {
    const BackupFacts facts = forge(made, forged);
    auto done = run(facts);
    if (done) return std::nullopt;
    said = done.error().sentence();
    CHECK(access((folder / "target").c_str(), F_OK) != 0);
    (void)discard_restore(folder / "target");
    return done.error().id();
  }
  std::optional<ErrorId> restore_of(ForgedPage page) {
    Forged forged;
    forged.pages.emplace_back("", std::move(page.bytes));
    return restore_of(forged);
  }

 private:
  Result<RestoreReport> run(const BackupFacts& facts) {
    auto archive = ArchiveReader::open_from(made.repository, made.source(), facts, ManifestFrom::object);
    if (!archive) return archive.error();
    RestoreInput input;
    input.archive = archive->get();
    input.target = folder / "target";
    input.metadata.owners = RestoreOwners::none;
    input.budgets.threads = 1;
    LIFEBOAT_TRY(const RestorePlan plan, plan_restore(input));
    return restore(input, plan);
  }
};

ForgedPage rooted() {
  ForgedPage page;
  page.folder("");
  return page;
}

Digest digest_of(MadeRepository& made, ByteView data) {
  auto hash = made.repository.structural->begin();
  REQUIRE(hash);
  Bytes leaf(32);
  REQUIRE(made.verifier->leaves(data, data.size(), leaf));
  FileDigest digest;
  REQUIRE(digest.begin(**hash, data.size(), 0, made.verifier->traits()));
  REQUIRE(digest.add(0, leaf));
  auto found = digest.finish();
  REQUIRE(found);
  return *found;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  DIR* open_folder = opendir(folder.c_str());
  REQUIRE(open_folder != nullptr);
  while (const dirent* entry = readdir(open_folder))
    if (std::string_view(entry->d_name) != "." && std::string_view(entry->d_name) != "..")
      names.emplace_back(entry->d_name);
  closedir(open_folder);
  return names;
}

}  // namespace

TEST_CASE("a forged archive that says nothing wrong is restored") {
  Attempt attempt;
  Forged forged;
  const Bytes data = bytes_of("payment");
  std::memcpy(forged.stream.data() + 512, data.data(), data.size());
  ForgedPage page = rooted();
  page.file("a", data.size(), 0, {{0, 1, 0, 512, 0}}, digest_of(attempt.made, data));
  forged.pages.emplace_back("", page.bytes);
  const auto refused = attempt.restore_of(forged);
  INFO(attempt.said);
  CHECK_FALSE(refused);
  CHECK(names_in(attempt.folder / "target") == std::vector<std::string>{"a"});
}

TEST_CASE("paths that are none are refused") {
  for (const std::string& path :
       {std::string(".."), std::string("../x"), std::string("/etc/x"), std::string("a/../../x"), std::string("a//b"),
        std::string("./a"), std::string("a/"), std::string("a\0b", 3), std::string(40'000, 'x')}) {
    Attempt attempt;
    INFO(path.substr(0, 30));
    CHECK(attempt.restore_of(rooted().folder(path)) == ErrorId::corrupt);
    CHECK(names_in(attempt.folder.path()).empty());
  }
}

TEST_CASE("entries out of order, twice, or with no root are refused") {
  CHECK(Attempt().restore_of(rooted().folder("b").folder("a")) == ErrorId::corrupt);
  CHECK(Attempt().restore_of(rooted().folder("b").folder("b")) == ErrorId::corrupt);
  CHECK(Attempt().restore_of(ForgedPage().folder("b")) == ErrorId::corrupt);
  CHECK(Attempt().restore_of(rooted().folder("")) == ErrorId::corrupt);
}

TEST_CASE("nothing is put through a link that an earlier entry planted") {
  Attempt attempt;
  const std::string outside = attempt.folder / "outside";
  REQUIRE(mkdir(outside.c_str(), 0700) == 0);
  std::ofstream(outside + "/secret") << "s";
  SECTION("a folder below it") {
    CHECK(attempt.restore_of(rooted().link("a", outside).folder("a/b")) == ErrorId::path_escape);
  }
  SECTION("a file below it") {
    CHECK(attempt.restore_of(rooted().link("a", outside).file("a/b", 0, 0, {})) == ErrorId::path_escape);
  }
  SECTION("a hard link out of it") {
    CHECK(attempt.restore_of(rooted().link("a", outside).link("b", "a/secret", EntryType::hardlink)) ==
          ErrorId::path_escape);
  }
  SECTION("a link up and down") {
    CHECK(attempt.restore_of(rooted().link("a", "../..").link("a/b", "x")) == ErrorId::path_escape);
  }
  CHECK(names_in(outside) == std::vector<std::string>{"secret"});
}

TEST_CASE("hard links lead back only, to paths of the tree") {
  CHECK(Attempt().restore_of(rooted().link("b", "c", EntryType::hardlink)) == ErrorId::corrupt);
  CHECK(Attempt().restore_of(rooted().link("b", "b", EntryType::hardlink)) == ErrorId::corrupt);
  CHECK(Attempt().restore_of(rooted().link("b", "../x", EntryType::hardlink)) == ErrorId::corrupt);
  CHECK(Attempt().restore_of(rooted().link("b", "/etc/passwd", EntryType::hardlink)) == ErrorId::corrupt);
}

TEST_CASE("lengths beyond all measure end in an error, with no memory taken for them") {
  constexpr std::uint64_t huge = 1ULL << 63U;
  CHECK(Attempt().restore_of(rooted().file("a", huge, 0, {{0, 1, 0, 0, 0}})) == ErrorId::corrupt);
  CHECK(Attempt().restore_of(rooted().file("a", huge, 12, {{0, 1, 0, 0, 0}})) == ErrorId::corrupt);
  // Of a length that a file could have, where its data can not be.
  CHECK(Attempt().restore_of(rooted().file("a", 1ULL << 61U, 0, {{0, 1, 0, 0, 0}})) == ErrorId::corrupt);
  CHECK(Attempt().restore_of(rooted().file("a", 1ULL << 61U, 12, {{0, 1ULL << 49U, 0, 0, 0}})) == ErrorId::corrupt);
  CHECK(Attempt().restore_of(rooted().file("a", 1ULL << 61U, 18, {{0, ~0ULL, 0, 0, 0}})) == ErrorId::corrupt);
  // Nothing but a hole: the digest does not fit.
  const auto hole = Attempt().restore_of(rooted().file("a", 1ULL << 50U, 12, {}));
  CHECK(hole);
}

TEST_CASE("extents outside the stream, or of an archive that is not named, are refused") {
  CHECK(Attempt().restore_of(rooted().file("a", 8192, 12, {{0, 2, 0, 65536 - 4096, 0}})) == ErrorId::corrupt);
  CHECK(Attempt().restore_of(rooted().file("a", 8192, 12, {{0, 2, 0, 0, 65536 - 32}})) == ErrorId::corrupt);
  CHECK(Attempt().restore_of(rooted().file("a", 8192, 12, {{0, 2, 0, ~0ULL - 100, 0}})) == ErrorId::corrupt);
  CHECK(Attempt().restore_of(rooted().file("a", 8192, 12, {{0, 3, 0, 0, 0}})) == ErrorId::corrupt);
  CHECK(Attempt().restore_of(rooted().file("a", 8192, 12, {{0, 2, 1, 0, 0}})) == ErrorId::corrupt);
  CHECK(Attempt().restore_of(rooted().file("a", 8192, 12, {{0, 2, 0xFFFFFFFF, 0, 0}})) == ErrorId::corrupt);
  // Inside the stream, over each other and over their digests: what is read fits no digest.
  CHECK(Attempt().restore_of(rooted().file("a", 8192, 12, {{0, 1, 0, 0, 0}, {1, 1, 0, 0, 0}})) == ErrorId::damage);
}

TEST_CASE("an archive that refers to itself, or to one that is not there, leads nowhere") {
  Attempt attempt;
  Forged forged;
  ReferredArchive absent;
  absent.id.bytes.fill(std::byte{7});
  absent.stream_length = 1ULL << 40U;
  absent.volume_length = 1ULL << 30U;
  forged.archives.push_back(absent);
  ForgedPage page = rooted();
  page.file("a", 8192, 12, {{0, 2, 1, 0, 4096}});
  forged.pages.emplace_back("", page.bytes);
  CHECK(attempt.restore_of(forged) == ErrorId::damage);
  CHECK(attempt.said.find("0707070707") != std::string::npos);
}

TEST_CASE("pages that overlap, leave gaps or lie outside are refused") {
  Forged forged;
  forged.pages.emplace_back("", rooted().bytes);
  forged.shift_pages = 1;
  CHECK(Attempt().restore_of(forged) == ErrorId::corrupt);
  forged.shift_pages = ~0ULL;
  CHECK(Attempt().restore_of(forged) == ErrorId::corrupt);
  forged.shift_pages = 0;
  forged.repeat_last = 3;  // the root again and again
  CHECK(Attempt().restore_of(forged) == ErrorId::corrupt);
}

TEST_CASE("records that can not be are refused") {
  for (const auto& raw : std::initializer_list<std::vector<int>>{
           {0}, {4}, {255}, {1}, {1, 0}, {2, 1, 0}, {3, 1, 'a'}, {1, 200, 200, 200}}) {
    Bytes bytes;
    for (const int b : raw) bytes.push_back(static_cast<std::byte>(b));
    CHECK(Attempt().restore_of(rooted().raw(bytes)) == ErrorId::corrupt);
  }
}

TEST_CASE("a million tiny entries take no memory for each") {
  Attempt attempt;
  Forged forged;
  std::uint64_t entries = 1;
  for (std::uint64_t number = 0; entries < 1'000'000;) {
    ForgedPage page;
    const std::string first = number == 0 ? std::string() : zero_padded(number, 7);
    if (number == 0) page.folder("");
    while (page.bytes.size() < 60'000 && entries < 1'000'000) {
      page.folder(zero_padded(number++, 7));
      ++entries;
    }
    forged.pages.emplace_back(first, std::move(page.bytes));
  }
  const BackupFacts facts = forge(attempt.made, forged);
  forged = Forged{};
  auto archive = ArchiveReader::open_from(attempt.made.repository, attempt.made.source(), facts, ManifestFrom::object);
  REQUIRE(archive);
  struct rusage before {};
  REQUIRE(getrusage(RUSAGE_SELF, &before) == 0);
  RestoreInput input;
  input.archive = archive->get();
  input.target = attempt.folder / "target";
  const auto plan = plan_restore(input);
  REQUIRE(plan);
  CHECK(plan->entries == 1'000'000);
  struct rusage after {};
  REQUIRE(getrusage(RUSAGE_SELF, &after) == 0);
  CHECK(after.ru_maxrss - before.ru_maxrss < 32 * 1024);  // KiB
}

}  // namespace test_hostile
