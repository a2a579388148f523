// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/transport/tail_giver.hpp>

#include "support/journals.hpp"
#include "support/temp_folder.hpp"

namespace test_tail_giver {

using namespace lifeboat;
using namespace support;

namespace {

/// A connection that takes so many bytes until somebody empties it.
struct Pipe {
  std::size_t room = ~std::size_t{0};
  std::size_t bytes = 0;
  int announced = 0;
  std::vector<JournalHead> heads;

  [[nodiscard]] std::size_t waiting() const noexcept { return bytes >= room ? 1U << 30U : 0; }
  Status put_one(const SchemasMessage& schemas) {
    announced += static_cast<int>(schemas.schemas.size());
    return ok();
  }
  Status put_one(const ShippedBatch& batch) {
    bytes += batch.frames.size();
    heads.push_back({{batch.epoch, batch.last}, batch.chain});
    return ok();
  }
};

}  // namespace

TEST_CASE("what a replica has behind a head is given in its batches, as far as there is room, and then no more") {
  const TempFolder folder;
  const std::string journal = folder / "j";
  {
    const auto writer = open_journal(journal);
    append_payments(*writer, 1, 60, 3);
  }
  const auto batches = batches_of(journal);
  REQUIRE(batches.size() == 20);
  const auto head_at = [&](std::size_t n) { return JournalHead{{1, batches[n].last}, batches[n].chain}; };
  TailGiver giver(journal);
  CHECK_FALSE(giver.busy());
  REQUIRE(giver.begin(head_at(4), {1, 60}));
  Pipe pipe;
  pipe.room = batches[5].frames.size() * 4;
  for (std::size_t given = 5; giver.busy();) {
    pipe.bytes = 0;
    REQUIRE(giver.send(pipe));
    CHECK(pipe.heads.size() <= 4);
    for (const JournalHead& head : pipe.heads) CHECK(head == head_at(given++));
    if (!giver.busy()) CHECK(given == 20);
    pipe.heads.clear();
  }
  CHECK(pipe.announced == 1);
  REQUIRE(giver.begin(head_at(19), {1, 60}));
  CHECK_FALSE(giver.busy());
  // What is not durable there is not given.
  REQUIRE(giver.begin(head_at(4), {1, 15}));
  CHECK_FALSE(giver.busy());
  REQUIRE(giver.begin(head_at(4), {1, 60}));
  giver.forget();
  REQUIRE(giver.send(pipe));
  CHECK(pipe.heads.empty());
}

TEST_CASE("a replica that ends before what was durable there says so, and gives no less in silence") {
  const TempFolder folder;
  const std::string journal = folder / "j";
  { append_payments(*open_journal(journal), 1, 60, 3); }
  const auto batches = batches_of(journal);
  TailGiver giver(journal);
  REQUIRE(giver.begin({{1, batches[4].last}, batches[4].chain}, {1, 63}));
  Pipe pipe;
  const Status ended = giver.send(pipe);
  REQUIRE_FALSE(ended);
  CHECK(ended.error().id() == ErrorId::corrupt);
  CHECK(pipe.heads.size() == 15);
  CHECK_FALSE(giver.busy());
}

TEST_CASE("a head of another history is refused, and so is one that is not kept") {
  const TempFolder folder;
  const std::string journal = folder / "j";
  { append_payments(*open_journal(journal), 1, 60, 3); }
  JournalHead other{{1, 15}, {}};
  other.chain[0] = std::byte{1};
  TailGiver giver(journal);
  const Status refused = giver.begin(other, {1, 60});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::diverged);
  CHECK_FALSE(giver.busy());
  CHECK_FALSE(TailGiver(folder / "none").begin(other, {1, 60}));
}

}  // namespace test_tail_giver
