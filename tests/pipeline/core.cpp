// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/pipeline/core.hpp>

#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/memory.hpp>
#include <lifeboat/pipeline/restoring.hpp>
#include <lifeboat/pipeline/verification.hpp>
#include <lifeboat/strategy/any.hpp>
#include <lifeboat/testing/fake_clock.hpp>
#include <lifeboat/verifier/known.hpp>

#include <sys/stat.h>

#include <utility>

#include "catch.hpp"
#include "support/scripted_source.hpp"
#include "support/temp_folder.hpp"

namespace test_core {

using namespace lifeboat;
using support::ScriptedSource;

namespace {

/// A Memory that states how much room it has, and on which another one makes a repository just before this one does.
struct Room final : MediumPort {
  std::unique_ptr<MediumPort> below;
  std::uint64_t* free_bytes = nullptr;
  bool raced = false;

  Result<std::unique_ptr<ObjectWriter>> create(const ObjectName& name, CreateHint hint) override {
    if (std::exchange(raced, false)) {
      const testing::FakeClock clock;
      SystemRandom random;
      LIFEBOAT_CHECK(create_repository(*below, StructuralId::sha256, clock, random));
    }
    return below->create(name, hint);
  }
  Result<std::size_t> read(const ObjectName& name, std::uint64_t at, MutableBytes out) override {
    return below->read(name, at, out);
  }
  Status list(std::string_view prefix, std::string_view after, FunctionRef<bool(const ObjectInfo&)> each) override {
    return below->list(prefix, after, each);
  }
  Status remove(std::span<const ObjectName> names) override { return below->remove(names); }
  Result<std::unique_ptr<MediumLock>> lock(std::string_view name) override { return below->lock(name); }
  Result<MediumFacts> facts() override {
    LIFEBOAT_TRY(MediumFacts facts, below->facts());
    facts.space_known = free_bytes != nullptr;
    if (facts.space_known) facts.free_bytes = *free_bytes;
    return facts;
  }
  [[nodiscard]] Capabilities capabilities() const noexcept override { return below->capabilities(); }
};

struct Told {
  std::vector<std::pair<ErrorId, std::string>> events;
  LogSink sink() {
    return {this,
            [](void* self, const Event& event) noexcept {
              static_cast<Told*>(self)->events.emplace_back(event.id, event.sentence);
            },
            nullptr};
  }
};

/// A pipeline's inside over Memory, with a state folder.
struct Opened {
  std::shared_ptr<MemoryStore> store = std::make_shared<MemoryStore>();
  std::uint64_t free_bytes = ~std::uint64_t{0};
  ScriptedSource* source = nullptr;
  Told told;
  std::unique_ptr<Core> core;

  Status open(const std::string& state, bool raced = false) {
    auto room = std::make_unique<Room>();
    room->below = std::move(*open_medium<Memory>({store}));
    room->free_bytes = &free_bytes;
    room->raced = raced;
    Parts parts;
    parts.medium = std::move(room);
    parts.verifier = std::move(*open_verifier_by_name("sha256"));
    parts.strategy = std::make_unique<StrategyAdapter<AnyStrategy>>(std::move(*AnyStrategy::open({"incremental"})));
    auto scripted = std::make_unique<ScriptedSource>();
    source = scripted.get();
    parts.source = std::move(scripted);
    parts.source_id = "s";
    parts.state_path = state;
    parts.log = told.sink();
    core = std::make_unique<Core>(std::move(parts));
    return core->open();
  }
  Result<BackupReport> backup() { return core->backup({}, false, {}); }
};

}  // namespace

TEST_CASE("a full that can not fit is refused before anything of it is written") {
  Opened o;
  REQUIRE(o.open({}));
  o.source->file("a", std::string(5000, 'a'));
  o.source->used_bytes = 1'000'000;
  o.free_bytes = 3000;
  const auto before = o.store->objects;
  const auto refused = o.backup();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::space);
  CHECK(refused.error().is_unchanged());
  CHECK(refused.error().sentence().find(std::to_string(5000 + 2 * 512 - 3000) + " more than are free") !=
        std::string::npos);
  CHECK(o.store->objects == before);
  CHECK(o.source->reads == 0);
  o.free_bytes = 900'000;  // less than lies on the file system, and enough
  REQUIRE(o.backup());
  o.free_bytes = 3000;  // an increment may need little: that is seen while it is written
  CHECK(o.backup());
}

TEST_CASE("what was committed stands, also where it can not be remembered") {
  const support::TempFolder folder;
  Opened o;
  REQUIRE(o.open(folder.path() + "/state"));
  o.source->file("a", "x");
  REQUIRE(o.backup());
  const std::string anchor = folder.path() + "/state/" + to_hex(o.core->repository().id.view()) + "/anchor.new";
  REQUIRE(::mkdir(anchor.c_str(), 0700) == 0);
  const auto second = o.backup();
  REQUIRE(second);
  CHECK(second->record.generation == 2);
  REQUIRE_FALSE(o.told.events.empty());
  CHECK(o.told.events.back().first == ErrorId::state_folder);
  CHECK(o.told.events.back().second.find("what was committed is not remembered") != std::string::npos);
  const auto remembered = o.core->anchor();
  REQUIRE(remembered);
  REQUIRE(*remembered);
  CHECK((*remembered)->generation == 1);
}

TEST_CASE("a state folder is locked while a verb writes, and no longer") {
  const support::TempFolder folder;
  const std::string state = folder.path() + "/state";
  Opened one;
  Opened two;  // another medium of the same source
  REQUIRE(one.open(state));
  REQUIRE(two.open(state));
  REQUIRE(one.backup());
  REQUIRE(two.backup());
  auto other = StateFolder::open(state, false);
  REQUIRE(other);
  const auto held = other->lock();
  REQUIRE(held);
  const auto refused = one.backup();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::busy);
  // A verification is recorded all the same, and leaves the remembering to whoever holds the lock.
  const auto verified = verify_and_record(*one.core, {}, {}, {});
  REQUIRE(verified);
  CHECK(verified->recorded);
  const auto remembered = one.core->anchor();
  REQUIRE(remembered);
  REQUIRE(*remembered);
  CHECK((*remembered)->generation == 1);
}

TEST_CASE("of a repository that was rolled back, no archive is restored as the latest") {
  const support::TempFolder folder;
  Opened o;
  REQUIRE(o.open(folder.path() + "/state"));
  o.source->file("a", "x");
  const auto first = o.backup();
  REQUIRE(first);
  REQUIRE(o.backup());
  RestoreRequest request;
  request.target = folder.path() + "/target";
  CHECK(Restoring::plan(*o.core, request, {}));
  o.store->objects.erase(chain_entry_name("s", 1, 2));
  const auto refused = Restoring::plan(*o.core, request, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::chain_rolled_back);
  CHECK(refused.error().is_unchanged());
  request.point = RestorePoint::at_archive(to_hex(first->record.facts.archive.view()));
  CHECK(Restoring::plan(*o.core, request, {}));
}

TEST_CASE("of two who make a repository at once, both go on with the one that was first") {
  Opened o;
  REQUIRE(o.open({}, true));
  CHECK(o.backup());
  CHECK(open_repository(*o.core->parts().medium)->id == o.core->repository().id);
}

TEST_CASE("a RECOVER.txt of somebody else is left alone, and no repository made beside it") {
  Opened o;
  o.store->objects["RECOVER.txt"] = Bytes(10);
  const Status refused = o.open({});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::medium_strange);
  CHECK(o.store->objects.size() == 1);
}

}  // namespace test_core
