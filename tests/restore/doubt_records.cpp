// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/restore/doubt_records.hpp>

#include <lifeboat/record/schema_bytes.hpp>
#include <lifeboat/restore/doubt_state.hpp>

#include "catch.hpp"

namespace test_doubt_records {

using namespace lifeboat;

namespace {

std::string told(const DoubtAnswer& answer) {
  return answer.match([](Known) { return "known"; }, [](New) { return "new"; }, [](InDoubt) { return "in doubt"; });
}

template <class R>
StoredRecord stored(const R& record, Bytes& bytes) {
  bytes.resize(encoded_size<R>());
  encode_record(record, bytes.data());
  return {record_number<R>(), record_version<R>(), bytes};
}

}  // namespace

TEST_CASE("the records of doubt have the layout that docs/doubt.md gives") {
  STATIC_REQUIRE(encoded_size<DoubtOpened>() == 263);
  STATIC_REQUIRE(encoded_size<DoubtListed>() == 172);
  STATIC_REQUIRE(encoded_size<DoubtListEnd>() == 12);
  STATIC_REQUIRE(encoded_size<DoubtVerdict>() == 69);
  STATIC_REQUIRE(encoded_size<DoubtClosed>() == 419);
  STATIC_REQUIRE(layout_digest<DoubtOpened>() == 0x69df'c865'bf8a'8204U);
  STATIC_REQUIRE(layout_digest<DoubtListed>() == 0xc735'd07f'c3b7'e70cU);
  STATIC_REQUIRE(layout_digest<DoubtListEnd>() == 0xa0ae'8c39'cc02'789cU);
  STATIC_REQUIRE(layout_digest<DoubtVerdict>() == 0xf725'cf54'bda9'7270U);
  STATIC_REQUIRE(layout_digest<DoubtClosed>() == 0x8525'8ccd'b950'9b2dU);
}

TEST_CASE("a journal's records make the state, whatever else stands between them") {
  DoubtState state;
  Bytes bytes;
  DoubtOpened opened;
  opened.window = 1;
  opened.basis = LossBasis::listed;
  opened.fresh_epoch = 2;
  REQUIRE(state.apply(stored(opened, bytes)));
  CHECK(told(state.ask("B", {})) == "in doubt");  // its list is not whole
  DoubtListed listed;
  listed.window = 1;
  listed.key = Key{"A"};
  REQUIRE(state.apply(stored(listed, bytes)));
  REQUIRE(state.apply(stored(DoubtListEnd{1, 2}, bytes)));
  CHECK(told(state.ask("B", {})) == "in doubt");  // nor now: one is missing
  REQUIRE(state.apply(stored(DoubtListEnd{1, 1}, bytes)));
  CHECK(told(state.ask("B", {})) == "new");
  REQUIRE(state.apply({1, 1, bytes}));  // an engine's own
  REQUIRE(state.apply(stored(DoubtVerdict{1, KeyVerdict::not_paid, Key{"A"}}, bytes)));
  CHECK(told(state.ask("A", {})) == "in doubt");  // its closing is not there
  DoubtClosed closed;
  closed.closing = 1;
  closed.first = closed.last = 1;
  closed.verdicts = 2;
  REQUIRE(state.apply(stored(closed, bytes)));
  CHECK(told(state.ask("A", {})) == "in doubt");  // and this one has not all of its verdicts
  CHECK(state.closings().empty());
  REQUIRE(state.apply(stored(DoubtVerdict{2, KeyVerdict::not_paid, Key{"A"}}, bytes)));
  closed.closing = 2;
  closed.verdicts = 1;
  REQUIRE(state.apply(stored(closed, bytes)));
  CHECK(told(state.ask("A", {})) == "new");
  CHECK(state.next_closing() == 3);
}

TEST_CASE("a record of doubt that is damaged, or of a later version, is refused") {
  DoubtState state;
  Bytes bytes;
  StoredRecord record = stored(DoubtListEnd{1, 1}, bytes);
  record.version = 2;
  CHECK_FALSE(state.apply(record));
  record.version = 1;
  record.bytes = record.bytes.first(3);
  CHECK_FALSE(state.apply(record));
  record.number = doubt_record_last;
  CHECK_FALSE(state.apply(record));
  record.number = doubt_record_last + 1;
  CHECK(state.apply(record));
}

}  // namespace test_doubt_records
