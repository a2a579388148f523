// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/intents.hpp>

#include <lifeboat/verifier/structural.hpp>

#include "catch.hpp"
#include "support/synced.hpp"

namespace test_intents {

using namespace lifeboat;

namespace {

SyncRecord record_at(const std::string& path, EntryType type) {
  SyncRecord record;
  record.known.entry.path = path;
  record.known.entry.type = type;
  record.known.digest.size = 32;
  return record;
}

}  // namespace

TEST_CASE("The lists of a pass are applied one after the other, each in its own order") {
  const support::TempFolder folder;
  const auto here = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  auto digest = open_structural(StructuralId::sha256);
  IntentLists lists(folder.path());
  REQUIRE(lists.metadata(record_at("", EntryType::directory)));
  REQUIRE(lists.place(record_at("a", EntryType::file), 12));
  REQUIRE(lists.metadata(record_at("b", EntryType::file)));
  REQUIRE(lists.remove("c/d", 5, false));
  REQUIRE(lists.remove("c", 6, true));
  REQUIRE(lists.aside("e", 7, "tag-1-e"));
  CHECK(lists.count() == 6);
  auto writer = SealedWriter::create(here.value.get(), "list.new", SealedKind::intents, **digest);
  REQUIRE(lists.write(*writer));
  REQUIRE(writer->seal());
  REQUIRE(writer->publish("list"));
  const auto sealed = open_sealed(here.value.get(), "list", SealedKind::intents, **digest);
  REQUIRE(sealed);
  const SealedBytes bytes = sealed->bytes();
  FrameReader<SealedBytes> frames(bytes, sealed->begin, sealed->end);
  std::string story;
  for (;;) {
    const auto body = frames.next();
    REQUIRE(body);
    if (body->empty()) break;
    const auto intent = get_intent(*body);
    REQUIRE(intent);
    story += std::to_string(static_cast<int>(intent->kind)) + ":" + intent->where() + ":" +
             std::to_string(intent->number) + ":" + std::to_string(intent->inode) + ":" + intent->aside_name + " ";
    for (std::size_t length = 0; length < body->size(); ++length) CHECK_FALSE(get_intent(body->first(length)));
  }
  CHECK(story == "1:e:0:7:tag-1-e 2:c/d:0:5: 2:c:0:6: 3:a:12:0: 4:b:0:0: 4::0:0: ");
}

TEST_CASE("An intent whose path or name leads elsewhere is refused") {
  for (const char* path : {"", "/etc", "..", "a/../b", "a//b"}) {
    Intent intent;
    intent.kind = IntentKind::remove;
    intent.path = path;
    Bytes framed;
    put_intent(framed, intent);
    CHECK_FALSE(get_intent(ByteView(framed).subspan(4)));
  }
  Intent intent;
  intent.kind = IntentKind::aside;
  intent.path = "file";
  intent.aside_name = "../../out";
  Bytes framed;
  put_intent(framed, intent);
  CHECK_FALSE(get_intent(ByteView(framed).subspan(4)));
}

TEST_CASE("The worked example of docs/sync.md") {
  const support::TempFolder folder;
  const auto here = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  auto digest = open_structural(StructuralId::sha256);
  SyncRecord link = record_at("a", EntryType::symlink);
  link.known.entry.mode = 0777;
  link.known.entry.target = "b";
  link.known.entry.mtime = {1, 2};
  link.known.entry.ctime = {3, 4};
  link.known.entry.device = 5;
  link.known.entry.inode = 6;
  link.marks = replica_mark::pending;
  IntentLists lists(folder.path());
  REQUIRE(lists.place(link, 0));
  REQUIRE(lists.remove("old", 9, false));
  auto writer = SealedWriter::create(here.value.get(), "list", SealedKind::intents, **digest);
  REQUIRE(lists.write(*writer));
  REQUIRE(writer->seal());
  CHECK(to_hex(as_bytes(support::read_text(folder / "list"))) ==
        "4c425245504c4943030001000100000007000000020009036f6c641c000000030001000161"
        "0300ff0300000000020206040506010162000000010"
        "02b0000000000000063b434eb76f7b494755299d1a9d53fef304c1dea0e95007e5b60d8d0b62cec29");
}

}  // namespace test_intents
