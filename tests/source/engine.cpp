// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/source/engine.hpp>

#include <thread>

#include <lifeboat/testing/laws/source.hpp>

#include "support/ledger.hpp"
#include "support/temp_folder.hpp"

namespace test_engine {

using namespace lifeboat;
using support::Ledger;

namespace {

using LedgerEngine = Engine<Ledger, support::LedgerRecords>;
static_assert(Source<LedgerEngine>);

LedgerEngine opened(Ledger& ledger, StateSpace space = {}) {
  auto engine = LedgerEngine::open({.id = "ledger", .state = &ledger, .space = std::move(space)});
  REQUIRE(engine);
  return std::move(*engine);
}

void pay(Ledger& ledger, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t n = first; n <= last; ++n)
    REQUIRE(apply_live<support::LedgerRecords>(ledger, {1, n}, {}, support::paid(n)));
}

/// Keeps the file that a scan tells.
struct Kept final : EntrySink {
  std::vector<Entry> entries;
  std::unique_ptr<Content> content;
  Status entry(Entry&& entry, std::unique_ptr<Content> of) override {
    if (entry.type == EntryType::file) content = std::move(of);
    entries.push_back(std::move(entry));
    return ok();
  }
  Status unreadable(Entry&&, Error error) override { return error; }
  void skipped(std::string_view, const Error&) override {}

  Bytes bytes() const {
    REQUIRE(content);
    REQUIRE(content->open());
    Bytes read(static_cast<std::size_t>(entries.back().size));
    const auto got = content->read(0, read);
    REQUIRE(got);
    REQUIRE(*got == read.size());
    return read;
  }
};

}  // namespace

TEST_CASE("an engine's state as a source: the laws") {
  const support::TempFolder folder;
  Ledger ledger;
  pay(ledger, 1, 100);
  for (const StateSpace& space : {StateSpace{}, StateSpace{.folder = folder.path(), .memory = 64}}) {
    const testing::Laws laws = testing::source_laws(opened(ledger, space));
    INFO(laws.report());
    CHECK(laws.all_hold());
  }
}

TEST_CASE("the cut is frozen at the position of the state, and what comes later is not in it") {
  Ledger ledger;
  pay(ledger, 1, 10);
  LedgerEngine engine = opened(ledger);
  const auto cut = engine.freeze();
  REQUIRE(cut);
  CHECK(cut->kind == CutKind::frozen);
  CHECK(cut->has_position);
  CHECK(cut->position == Position{1, 10});
  pay(ledger, 11, 20);  // the engine goes on
  Kept kept;
  REQUIRE(engine.scan(kept, {}));
  engine.thaw();
  const support::TempFolder folder;
  const Bytes bytes = kept.bytes();
  const auto head = decode_state_head(ByteView(bytes).first(state_head_bytes), "it");
  REQUIRE(head);
  CHECK(head->position == Position{1, 10});
  Kept later;
  REQUIRE(engine.scan(later, {}));
  CHECK(later.bytes() != bytes);
  CHECK(kept.bytes() == bytes);  // a handle outlives the freeze
}

TEST_CASE("the file's time moves with its bytes alone") {
  Ledger ledger;
  pay(ledger, 1, 3);
  LedgerEngine engine = opened(ledger);
  Kept one;
  Kept two;
  REQUIRE(engine.scan(one, {}));
  REQUIRE(engine.scan(two, {}));
  CHECK(one.entries.back().mtime == two.entries.back().mtime);
  pay(ledger, 4, 4);
  Kept three;
  REQUIRE(engine.scan(three, {}));
  CHECK(three.entries.back().mtime != two.entries.back().mtime);
}

TEST_CASE("a state that can not be saved, and configs that can not be") {
  Ledger ledger;
  LedgerEngine engine = opened(ledger);
  ledger.refuse_to_save("closing the books");
  const auto cut = engine.freeze();
  REQUIRE_FALSE(cut);
  CHECK(cut.error().id() == ErrorId::freeze_failed);
  Kept kept;
  CHECK_FALSE(engine.scan(kept, {}));
  CHECK(kept.entries.empty());
  engine.thaw();
  CHECK(LedgerEngine::open({.id = "ledger"}).error().id() == ErrorId::config);
  CHECK(LedgerEngine::open({.id = ".no id", .state = &ledger}).error().id() == ErrorId::source_id);
}

TEST_CASE("many threads read what was saved at once") {
  Ledger ledger;
  pay(ledger, 1, 500);
  const support::TempFolder folder;
  LedgerEngine engine = opened(ledger, {.folder = folder.path(), .memory = 100});
  REQUIRE(engine.freeze());
  Kept kept;
  REQUIRE(engine.scan(kept, {}));
  const Bytes whole = kept.bytes();
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (std::size_t at = t; at < whole.size(); at += 13) {
        std::byte one[5];
        const auto got = kept.content->read(at, one);
        if (!got || std::memcmp(one, whole.data() + at, *got) != 0) ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

}  // namespace test_engine
