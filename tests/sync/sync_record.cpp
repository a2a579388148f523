// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/sync_record.hpp>

#include <lifeboat/archive/digest.hpp>
#include <lifeboat/core/spool.hpp>

#include "catch.hpp"

namespace test_sync_record {

using namespace lifeboat;

namespace {

SyncRecord sample() {
  SyncRecord record;
  Entry& e = record.known.entry;
  e.path = "folder/\xff name\n";
  e.mode = 04755;
  e.uid = 70000;
  e.mtime = {-5, 999'999'999};
  e.ctime = {1'700'000'000, 1};
  e.device = 0xFD01;
  e.inode = 1ULL << 40U;
  e.size = 123'456'789'012;
  e.attributes = {{"trusted.x", Bytes(3, std::byte{0})}, {"user.empty", {}}};
  record.known.leaf = 16;
  record.known.digest.size = structural_size;
  record.known.digest.bytes[31] = std::byte{9};
  record.replica_inode = 77;
  record.replica_ctime = {5, 6};
  record.marks = replica_mark::young | replica_mark::limited;
  return record;
}

}  // namespace

TEST_CASE("A record comes back as it was stored, and a broken one does not") {
  const SyncRecord record = sample();
  Bytes stored;
  put_sync_record(stored, record);
  ByteReader reader(stored);
  SyncRecord back;
  get_sync_record(reader, back);
  REQUIRE(reader.good());
  CHECK(reader.at_end());
  CHECK(back.path() == record.path());
  CHECK(back.entry().mode == 04755);
  CHECK(back.entry().mtime == record.entry().mtime);
  CHECK(back.entry().size == record.entry().size);
  CHECK(back.entry().attributes == record.entry().attributes);
  CHECK(back.known.digest == record.known.digest);
  CHECK(back.replica_inode == 77);
  CHECK(back.replica_ctime == record.replica_ctime);
  CHECK(back.marks == record.marks);
  for (std::size_t length = 0; length < stored.size(); ++length) {
    ByteReader cut(ByteView(stored).first(length));
    get_sync_record(cut, back);
    CHECK_FALSE(cut.good());
  }
}

TEST_CASE("A walk gives records in order, and ends on what is broken") {
  Spool spool("/tmp");
  Bytes framed;
  for (int i = 0; i < 3000; ++i) {
    SyncRecord record = sample();
    record.known.entry.path = "file" + std::to_string(i);
    put_framed(framed, [&](Bytes& out) { put_sync_record(out, record); });
  }
  REQUIRE(spool.append(framed));
  SyncRecordWalk<Spool> walk(spool, 0, spool.size());
  REQUIRE(walk.advance());
  int count = 0;
  std::uint64_t at = 0;
  while (walk.current() != nullptr) {
    REQUIRE(walk.current()->path() == "file" + std::to_string(count++));
    at = walk.position();
    REQUIRE(walk.advance());
  }
  CHECK(count == 3000);
  SyncRecordWalk<Spool> last(spool, at, spool.size());
  REQUIRE(last.advance());
  CHECK(last.current()->path() == "file2999");
  for (const std::uint64_t end : {spool.size() - 1, at + 2, at + 4}) {
    SyncRecordWalk<Spool> cut(spool, at, end);
    const Status broken = cut.advance();
    REQUIRE_FALSE(broken);
    CHECK(broken.error().id() == ErrorId::corrupt);
  }
}

}  // namespace test_sync_record
