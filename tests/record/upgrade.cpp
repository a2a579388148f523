// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/upgrade.hpp>

#include "catch.hpp"
#include "record/records.hpp"

using namespace lifeboat;

struct OrderV1 {
  Key key;
  Money amount;
};
BOOST_HANA_ADAPT_STRUCT(OrderV1, key, amount);
struct OrderV2 {
  Key key;
  Money amount;
  Channel channel = Channel::card;
};
BOOST_HANA_ADAPT_STRUCT(OrderV2, key, amount, channel);
struct Order {
  Key key;
  std::int64_t cents;
  Channel channel;
};
BOOST_HANA_ADAPT_STRUCT(Order, key, cents, channel);

template <>
struct lifeboat::RecordTraits<OrderV1> {
  static constexpr RecordNumber number = 4;
  static constexpr std::uint16_t version = 1;
};
template <>
struct lifeboat::RecordTraits<OrderV2> {  // only grew
  static constexpr RecordNumber number = 4;
  static constexpr std::uint16_t version = 2;
  using Before = OrderV1;
};
template <>
struct lifeboat::RecordTraits<Order> {  // changed
  static constexpr RecordNumber number = 4;
  static constexpr std::uint16_t version = 5;
  using Before = OrderV2;
  static Order upgrade(const OrderV2& old) { return {old.key, old.amount.minor, old.channel}; }
};

namespace test_upgrade {

TEST_CASE("a record of any earlier version is read as the newest") {
  const auto first = read_record<Order>(1, encoded(OrderV1{Key{"k"}, {7, EUR}}));
  REQUIRE(first);
  CHECK(first->key.view() == "k");
  CHECK(first->cents == 7);
  CHECK(first->channel == Channel::card);
  CHECK(read_record<Order>(2, encoded(OrderV2{Key{"k"}, {7, EUR}, Channel::transfer}))->channel == Channel::transfer);
  CHECK(read_record<Order>(5, encoded(Order{Key{"k"}, 9, Channel::card}))->cents == 9);
}

TEST_CASE("a version that nobody knows is named, and bytes that do not fit theirs") {
  for (const std::uint16_t version : {std::uint16_t{0}, std::uint16_t{3}, std::uint16_t{6}}) {
    const auto read = read_record<Order>(version, encoded(Order{}));
    REQUIRE_FALSE(read);
    CHECK(read.error().id() == ErrorId::format_version);
    CHECK(read.error().sentence().find("version " + std::to_string(version)) != std::string::npos);
  }
  const auto wrong = read_record<Order>(1, encoded(Order{}));
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().id() == ErrorId::corrupt);
}

}  // namespace test_upgrade
