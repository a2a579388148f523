// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/replica_state.hpp>

#include <sys/stat.h>

#include "catch.hpp"
#include "support/synced.hpp"

namespace test_replica_state {

using namespace lifeboat;
using support::read_text;
using support::said;
using support::Synced;
using support::write_text;

namespace {

/// Stores the state of a replica as if its last pass had just written all of it.
Result<std::string> store_again(const Synced& synced, SyncReport& report) {
  LIFEBOAT_TRY(ReplicaFolder replica, ReplicaFolder::open(synced.replica));
  LIFEBOAT_TRY(const auto digest, open_structural(StructuralId::sha256));
  LIFEBOAT_TRY(const SealedFile state, open_sealed(replica.own(), "state", SealedKind::state, *digest));
  LIFEBOAT_TRY(auto next, SealedWriter::create(replica.own(), "state.next", SealedKind::state, *digest,
                                               state.data_verifier));
  const auto bytes = state.bytes();
  StateWalk walk(bytes, state.begin, state.end);
  LIFEBOAT_CHECK(walk.advance());
  while (SyncRecord* record = walk.current()) {
    record->marks = replica_mark::pending | replica_mark::content;
    Bytes framed;
    put_framed(framed, [&](Bytes& out) { put_sync_record(out, *record); });
    LIFEBOAT_CHECK(next.put(framed));
    LIFEBOAT_CHECK(walk.advance());
  }
  LIFEBOAT_CHECK(next.seal());
  Throttle throttle(0, {}, Error{ErrorId::interrupted, "stopped"});
  const SyncTools tools{*digest, *digest, replica.root(), -1, throttle, true};
  const LogSink log;
  ReplicaState states(replica, tools, report, log, 2);
  return states.store();
}

}  // namespace

TEST_CASE("What was written is read again: what is not what was read is named, and the next pass brings it back") {
  Synced synced;
  write_text(synced.source + "/first", std::string(200'000, 'f'));
  write_text(synced.source + "/second", "second");
  REQUIRE(::mkfifo((synced.source + "/fifo").c_str(), 0600) == 0);
  REQUIRE(synced.pass());
  SyncReport fine;
  const auto nothing = store_again(synced, fine);
  REQUIRE(said(nothing) == "");
  CHECK(nothing->empty());
  CHECK(fine.difference_count == 0);
  {
    std::string text = read_text(synced.replica + "/first");
    text[150'000] = 'g';
    write_text(synced.replica + "/first", text);
  }
  REQUIRE(::unlink((synced.replica + "/second").c_str()) == 0);
  SyncReport report;
  const auto first = store_again(synced, report);
  REQUIRE(said(first) == "");
  CHECK(*first == "'first' is not in the replica what was read from the source");
  CHECK(report.difference_count == 2);
  const auto repaired = synced.pass();
  REQUIRE(said(repaired) == "");
  CHECK(repaired->difference_count >= 2);
  CHECK(synced.difference() == "");
}

}  // namespace test_replica_state
