// SPDX-License-Identifier: BSL-1.0
// The program of a standby and that of its primary, renewed one after the other.
#include <lifeboat/failover/standby_state.hpp>
#include <lifeboat/journal/newest_header.hpp>
#include <lifeboat/record/schemas_of.hpp>
#include <lifeboat/restore/check_restored.hpp>
#include <lifeboat/sync/transport/tcp.hpp>

#include <vector>

#include "record/versions.hpp"
#include "support/two_sides.hpp"

/// The first version, when its engine had said what it means.
struct OrderMeant {
  lifeboat::Key key;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(OrderMeant, key, amount);
template <>
struct lifeboat::RecordTraits<OrderMeant> : lifeboat::RecordTraits<versions::OrderV1> {
  static constexpr std::array meanings{refunds()};
};

namespace test_standby_versions {

using namespace lifeboat;
using namespace support;
using namespace versions;
using Two = support::BothEnds;

namespace {

/// The primary, by the program that has this version: it appends one, and waits until the standby has it.
template <class Order>
void pay(const Two& two, std::uint16_t port, const Order& order) {
  auto journal = Journal::open({.folder = two.journal,
                                .segment_length = 256U << 10U,
                                .queue_bytes = 32U << 10U,
                                .schemas = schemas_of<Order>()});
  INFO((journal ? std::string() : journal.error().sentence()));
  REQUIRE(journal);
  const auto shipper = opened(TcpShipper::open(two.shipper(port)));
  Position at;
  (*journal)->append(order).match([&](Acked<LocalDurable> acked) { at = acked.position; }, [](NotWritten) {},
                                  [](Unknown) {});
  REQUIRE(at != Position{});
  shipper->nudge(at);
  REQUIRE(shipper->wait(at, soon()));
}

/// A state of the program that has the newest version.
struct Newest {
  using Logged = Records<OrderV3>;
  std::vector<OrderV3> seen;
  Status apply(const Logged::Group& group, Position, Applying) {
    group.each([&](const OrderV3& order) { seen.push_back(order); });
    return ok();
  }
};

}  // namespace

TEST_CASE("the standby's program is renewed first, then the primary's: every version is received and applied") {
  const Two two;
  auto config = two.receiver();
  config.schemas = schemas_of<Newest::Logged>();
  Newest newest;
  StandbyState<Newest::Logged, Newest> follows(newest);
  auto receiver = opened(TcpReceiver::open(config));
  const std::uint16_t port = receiver->port();
  const auto standby = opened(Standby::open({.receiver = std::move(receiver), .state = &follows}));
  pay(two, port, OrderV1{Key{"A"}, {100, EUR}});
  pay(two, port, OrderV2{Key{"B"}, {200, EUR}, 5});
  pay(two, port, OrderV3{Key{"C"}, 300, 6});
  REQUIRE(standby->wait({1, 3}, soon()));
  REQUIRE(newest.seen.size() == 3);
  CHECK(newest.seen[0].cents == 100);
  CHECK(newest.seen[0].branch == 7);
  CHECK(newest.seen[1].branch == 5);
  CHECK(newest.seen[2].cents == 300);
}

TEST_CASE("a program that names its newest version alone is told what to name; a newer one waits for its standby") {
  const Two two;
  (void)opened(Journal::open({.folder = two.journal,
                              .segment_length = 256U << 10U,
                              .queue_bytes = 32U << 10U,
                              .schemas = schemas_of<OrderV2>()}));
  const auto refused = [&](std::vector<Bytes> schemas) {
    auto config = two.receiver();
    config.schemas = std::move(schemas);
    const auto receiver = opened(TcpReceiver::open(config));
    Told here;
    auto from = two.shipper(receiver->port());
    from.log = here.sink();
    const auto shipper = opened(TcpShipper::open(from));
    const std::string said = here.wait_for(ErrorId::feature_unknown);
    return std::pair(said, shipper->status().refusal->next());
  };
  const auto [newest, then] = refused({schema_bytes<OrderV2>()});
  CHECK(newest.find("does not know the record order, version 1") != std::string::npos);
  CHECK(newest.find("schemas_of") != std::string::npos);
  const auto [older, first] = refused({schema_bytes<OrderV1>()});
  CHECK(older.find("does not know the record order, version 2") != std::string::npos);
  CHECK(older.find("schemas_of") == std::string::npos);
}

TEST_CASE("a type that was given meanings is the same to a primary and its standby, whichever is renewed first") {
  const auto at_standby = GENERATE(as<std::vector<Bytes>>(), schemas_of<OrderV1>(), schemas_of<OrderMeant>());
  const Two two;
  auto config = two.receiver();
  config.schemas = at_standby;
  const auto receiver = opened(TcpReceiver::open(config));
  pay(two, receiver->port(), OrderV1{Key{"A"}, {100, EUR}});
  CHECK(declared_books(newest_header(two.replica)->schemas).payments.refunded.empty());
  pay(two, receiver->port(), OrderMeant{Key{"B"}, {100, EUR}});
  CHECK(declared_books(newest_header(two.replica)->schemas).payments.refunded.size() == 1);
  pay(two, receiver->port(), OrderV1{Key{"C"}, {100, EUR}});
  CHECK(receiver->durable() == Position{1, 3});
  CHECK(check_restored(two.replica)->back().rows == 3);
}

}  // namespace test_standby_versions
