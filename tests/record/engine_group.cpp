// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/engine_group.hpp>

#include "catch.hpp"
#include "record/records.hpp"

namespace test_engine_group {

using namespace lifeboat;

namespace {
using List = Records<Payment, Everything>;

struct Counting {
  int payments = 0;
  int others = 0;
  bool live = false;
  Status apply(const List::Group& group, Position, Applying how) {
    live = how.live();
    group.each([&](const Payment&) { ++payments; }, [&](const auto&) { ++others; });
    return ok();
  }
};
}  // namespace

TEST_CASE("a group is decoded by the types of its records, in order") {
  GroupDecoder<List> decoder;
  for (int round = 0; round < 2; ++round) {
    decoder.begin();
    const Payment one{Key{"A"}, {1}, {2}, {3, EUR}};
    CHECK(*decoder.take(record_number<Payment>(), 0, encoded(one)));
    CHECK(*decoder.take(record_number<Everything>(), 0, encoded(everything())));
    CHECK_FALSE(*decoder.take(12345, 0, encoded(one)));
    const List::Group group = decoder.group({7, 0});
    REQUIRE(group.records.size() == 2);
    CHECK(std::get<Payment>(group.records[0]).key == Key{"A"});
    CHECK(std::get<Everything>(group.records[1]).i8 == -1);
    CHECK(group.time == Timestamp{7, 0});
  }
  Bytes bad = encoded(Payment{});
  bad[0] = std::byte{99};
  CHECK(decoder.take(record_number<Payment>(), 0, bad).error().id() == ErrorId::corrupt);
  CHECK(decoder.take(record_number<Payment>(), 3, encoded(Payment{})).error().id() == ErrorId::format_version);
}

TEST_CASE("a live group is applied as one") {
  Counting state;
  REQUIRE(apply_live<List>(state, {1, 1}, {}, Payment{}, everything(), Payment{}));
  CHECK(state.payments == 2);
  CHECK(state.others == 1);
  CHECK(state.live);
  REQUIRE(state.apply({}, {1, 2}, Replaying{}));
  CHECK_FALSE(state.live);
}

}  // namespace test_engine_group
