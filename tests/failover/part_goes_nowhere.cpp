// SPDX-License-Identifier: BSL-1.0
// A part of a journal never goes live: whoever would go on with it refuses, with nothing changed. It is shipped on, and
// read, as any journal is.
#include <lifeboat/failover/promote_replica.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include <lifeboat/journal/engine_keys.hpp>
#include <lifeboat/journal/replay.hpp>
#include <lifeboat/record/records.hpp>
#include <lifeboat/sync/log_sync.hpp>
#include <lifeboat/sync/transport/folder_receiver.hpp>

#include "support/booked.hpp"
#include "support/two_sides.hpp"

namespace test_part_goes_nowhere {

using namespace lifeboat;
using support::BookedJournal;

namespace {

struct Part {
  support::TempFolder folder;
  std::string journal = folder / "j";
  std::string part = folder / "part";
  BookedJournal origin{journal, 7};

  Part() {
    origin.append(60);
    auto copy = ScopedCopy::open({.journal = journal, .folder = part, .only = {"account=42"}});
    REQUIRE(copy);
    REQUIRE(copy->sync({}));
    before = files();
  }
  [[nodiscard]] std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(part)) {
      std::ifstream f(entry.path(), std::ios::binary);
      all[entry.path()] = entry.is_regular_file() ? std::string(std::istreambuf_iterator<char>(f), {}) : "folder";
    }
    return all;
  }
  /// The one sentence, with the way on, and not a byte that changed.
  void refused(const Error& error) const {
    CHECK(error.id() == ErrorId::replica_strange);
    CHECK(error.sentence() == part + " is a part of a journal: groups are left out of it, and it never goes live");
    CHECK(error.next().starts_with("lifeboat records --journal " + part));
    CHECK(error.is_unchanged());
    CHECK(files() == before);
  }
  std::map<std::string, std::string> before;
};

PromoteRequest request() {
  PromoteRequest wanted;
  wanted.by = "ann";
  wanted.reason = "site lost";
  return wanted;
}

/// A journal's end, as its opening asks copies for what it lacks.
struct AnEnd final : JournalEndPort {
  Position at;
  std::string path = "j";
  [[nodiscard]] const std::string& folder() const override { return path; }
  [[nodiscard]] ShippedOrigin origin() const override { return {}; }
  [[nodiscard]] JournalHead head() const override { return {}; }
  [[nodiscard]] Position next() const override { return at; }
  Result<bool> take(std::string_view, const ShippedOrigin&, const ShippedBatch&) override {
    FAIL("nothing is taken");
    return false;
  }
  void lacks(const Position&, const Error&) override {}
  void not_asked(const Error&) override {}
};

struct Counted {
  std::uint64_t bookings = 0;
  std::uint64_t left_out = 0;
  template <class Group>
  Status apply(const Group& group, Position, Applying) {
    group.each([&](const auto& record) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(record)>, LeftOut>)
        left_out += record.records;
      else
        ++bookings;
    });
    return ok();
  }
};

}  // namespace

TEST_CASE("no engine opens a part, in its epoch, in another or as what was restored") {
  const Part p;
  for (JournalConfig config : {JournalConfig{.folder = p.part}, JournalConfig{.folder = p.part, .epoch = 9},
                               JournalConfig{.folder = p.part, .epoch = 9, .adopts = true}}) {
    const auto opened = Journal::open(std::move(config));
    REQUIRE_FALSE(opened);
    p.refused(opened.error());
  }
  const auto sync = LogSync::open({.journal = p.part});
  REQUIRE_FALSE(sync);
  p.refused(sync.error());
  // Nor does one name the record of what is left out as its own.
  const auto own = Journal::open({.folder = p.folder / "own", .schemas = schemas_of<Booking, LeftOut>()});
  REQUIRE_FALSE(own);
  CHECK(own.error().id() == ErrorId::config);
  CHECK_FALSE(std::filesystem::exists(p.folder / "own"));
}

TEST_CASE("no promotion, plan or standby takes a part") {
  const Part p;
  const auto plan = plan_promotion(p.part, std::nullopt, nullptr, {}, SystemClock().now().wall);
  REQUIRE_FALSE(plan);
  p.refused(plan.error());
  const auto promoted = promote_replica(p.part, std::nullopt, request());
  REQUIRE_FALSE(promoted);
  p.refused(promoted.error());
  detail::NoState state;
  auto receiver = FolderReceiver::open({.replica = p.part});
  REQUIRE(receiver);
  const auto standby = Standby::open({.receiver = std::move(*receiver), .state = &state});
  REQUIRE_FALSE(standby);
  p.refused(standby.error());
  // One that was opened before the part came there.
  auto early = FolderReceiver::open({.replica = p.folder / "late"});
  REQUIRE(early);
  auto waiting = Standby::open({.receiver = std::move(*early), .state = &state});
  REQUIRE(waiting);
  std::filesystem::copy(p.part, p.folder / "late", std::filesystem::copy_options::recursive);
  CHECK((*waiting)->promote(request()).error().id() == ErrorId::replica_strange);
}

TEST_CASE("a part gives nothing back, and takes nothing that is not of it") {
  const Part p;
  AnEnd end;
  end.at = {1, 10};
  const Status back = take_back_from_replica(p.part, end);
  REQUIRE_FALSE(back);
  p.refused(back.error());
  // A pipeline that was told that it is its copy.
  auto embedded = Embedded::open({.replica = p.part}, p.journal);
  REQUIRE(embedded);
  const auto shipped = embedded->ship({});
  REQUIRE_FALSE(shipped);
  p.refused(shipped.error());
  auto replica = JournalReplica::open({.folder = p.part});
  REQUIRE(replica);
  const auto batches = support::batches_of(p.journal);
  CHECK((*replica)->receive(support::header_of(p.journal), support::shipped(batches)).error().id() ==
        ErrorId::replica_strange);
}

TEST_CASE("a part is replayed by those that know what is left out, and no state is made of it else") {
  const Part p;
  Counted counted;
  auto reader = JournalReader::open(p.part);
  REQUIRE(reader);
  const auto refused = replay<Records<Booking, Remark>>(counted, *reader, Position{});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::feature_unknown);
  CHECK(refused.error().sentence().find("left out") != std::string::npos);
  counted = {};
  reader = JournalReader::open(p.part);
  const auto replayed = replay<Records<Booking, Remark, LeftOut>>(counted, *reader, Position{});
  INFO((replayed ? std::string() : replayed.error().sentence()));
  REQUIRE(replayed);
  CHECK(replayed->groups == 60);
  std::uint64_t records = 0;
  for (const auto& group : p.origin.groups()) records += group.records;
  CHECK(counted.left_out != 0);
  CHECK(counted.bookings + counted.left_out == records);
}

TEST_CASE("a part is shipped to another machine as a journal of its own, which refuses to go live there") {
  Part p;
  const support::BothEnds two;
  TcpReceiverConfig config = two.receiver();
  config.any_schema = true;
  auto receiver = support::opened(TcpReceiver::open(config));
  TcpShipperConfig from = two.shipper(receiver->port());
  from.journal = p.part;
  from.reserve_groups = 0;
  {
    const auto shipper = support::opened(TcpShipper::open(from));
    REQUIRE(receiver->wait(p.origin.groups().back().position, support::soon()));
    p.origin.append(20);
    auto copy = ScopedCopy::open({.journal = p.journal, .folder = p.part, .only = {"account=42"}});
    REQUIRE(copy);
    REQUIRE(copy->sync({}));
    REQUIRE(receiver->wait(p.origin.groups().back().position, support::soon()));
  }
  CHECK(*journal_end(two.replica) == *journal_end(p.part));
  // The engine's own journal is another one.
  from.journal = p.journal;
  {
    const auto shipper = support::opened(TcpShipper::open(from));
    const Moment until = support::soon();
    while (!shipper->status().refusal && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    REQUIRE(shipper->status().refusal);
    CHECK(shipper->status().refusal->id() == ErrorId::replica_strange);
  }
  receiver.reset();
  CHECK(promote_replica(two.replica, std::nullopt, request()).error().id() == ErrorId::replica_strange);
}

}  // namespace test_part_goes_nowhere
