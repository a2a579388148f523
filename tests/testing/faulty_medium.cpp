// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/medium/memory.hpp>
#include <lifeboat/testing/faulty_medium.hpp>
#include <lifeboat/testing/laws/medium.hpp>

#include "catch.hpp"

namespace test_faulty_medium {

using namespace lifeboat;
using lifeboat::testing::FaultScript;
using lifeboat::testing::MediumCall;
using Faulty = lifeboat::testing::FaultyMedium<Memory>;

static_assert(RandomAccessMedium<Faulty>);

namespace {

struct Store {
  std::shared_ptr<FaultScript> script = std::make_shared<FaultScript>();
  std::shared_ptr<MemoryStore> memory = std::make_shared<MemoryStore>();
  std::unique_ptr<MediumPort> port = std::move(*open_medium<Faulty>({{memory}, script}));

  Result<Receipt> put(const ObjectName& name, std::string_view text) {
    LIFEBOAT_TRY(auto writer, port->create(name, {}));
    LIFEBOAT_CHECK(writer->write(as_bytes(text)));
    return writer->commit(Publish::if_absent);
  }
  Result<std::string> get(const ObjectName& name) {
    Bytes out(100);
    LIFEBOAT_TRY(const std::size_t count, port->read(name, 0, out));
    return std::string(as_text(out).substr(0, count));
  }
};

}  // namespace

TEST_CASE("A faulty medium with nothing asked for keeps the laws") {
  const testing::Laws laws = testing::medium_laws<Faulty>([] {
    return Faulty::Config{{std::make_shared<MemoryStore>()}, nullptr};
  });
  INFO(laws.report());
  CHECK(laws.all_hold());
}

TEST_CASE("The nth call fails, and only that one") {
  Store store;
  store.script->fail(MediumCall::write, 2, ErrorId::medium_io, 5);
  CHECK(store.put("a", "1"));
  const auto failed = store.put("b", "2");
  REQUIRE(!failed);
  CHECK(failed.error().id() == ErrorId::medium_io);
  CHECK(failed.error().system_error() == 5);
  CHECK(store.put("c", "3"));
  CHECK(store.memory->objects.size() == 2);
  CHECK(store.script->count(MediumCall::write) == 3);
  CHECK(store.script->count(MediumCall::commit) == 2);
}

TEST_CASE("A failed commit publishes nothing, a lost answer leaves the object") {
  Store store;
  store.script->fail(MediumCall::commit, 1, ErrorId::medium_io);
  CHECK(!store.put("a", "1"));
  CHECK(store.memory->objects.empty());
  store.script->fail(MediumCall::committed, 1, ErrorId::medium_io);
  CHECK(!store.put("a", "1"));
  CHECK(store.memory->objects.size() == 1);
}

TEST_CASE("Reads are spoiled, cut and refused as told") {
  Store store;
  REQUIRE(store.put("a", "hello"));
  REQUIRE(store.put("b", "world"));
  store.script->flip("a", 1, std::byte{0x20});
  CHECK(*store.get("a") == "hEllo");
  CHECK(*store.get("b") == "world");
  store.script->truncate("a", 3);
  CHECK(*store.get("a") == "hEl");
  store.script->vanish("b");
  CHECK(store.get("b").error().id() == ErrorId::object_missing);
  std::string listed;
  REQUIRE(store.port->list("", "", [&](const ObjectInfo& info) {
    listed += std::string(info.name) + " " + std::to_string(info.length) + "\n";
    return true;
  }));
  CHECK(listed == "a 3\n");
  store.script->heal();
  CHECK(*store.get("a") == "hello");
  CHECK(*store.get("b") == "world");
}

TEST_CASE("A medium runs full after so many bytes") {
  Store store;
  store.script->full_after(7);
  CHECK(store.put("a", "12345"));
  const auto full = store.put("b", "123456");
  REQUIRE(!full);
  CHECK(full.error().id() == ErrorId::medium_full);
  CHECK(full.error().sentence().find("needs 4 bytes more") != std::string::npos);
  CHECK(store.memory->objects.size() == 1);
}

}  // namespace test_faulty_medium
