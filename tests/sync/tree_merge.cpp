// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/tree_merge.hpp>

#include <lifeboat/verifier/structural.hpp>

#include "catch.hpp"
#include "support/synced.hpp"

namespace test_tree_merge {

using namespace lifeboat;

namespace {

SyncRecord record_at(const std::string& path) {
  SyncRecord record;
  record.known.entry.path = path;
  record.known.entry.type = EntryType::directory;
  return record;
}

struct Story final : ItemSink {
  std::string text;
  Status item(std::unique_ptr<SyncItem> item) override {
    text += item->path + ":" + (item->source ? "e" : "") + (item->state ? "s" : "") + (item->replica ? "r" : "") +
            (item->kept ? "k" : "") + " ";
    return ok();
  }
  Status unreadable(const Entry& entry, const Error&) override {
    text += entry.path + ":unreadable ";
    return ok();
  }
  void skipped(std::string_view path, const Error&) override { text += std::string(path) + ":skipped "; }
  Status settle() override { return ok(); }
};

}  // namespace

TEST_CASE("Each path comes once, with what each side has there") {
  auto digest = open_structural(StructuralId::sha256);
  REQUIRE(digest);
  Throttle throttle(0, {}, Error{ErrorId::interrupted, "stopped"});
  const SyncTools tools{**digest, **digest, -1, -1, throttle};
  const support::TempFolder folder;
  const auto here = open_at(AT_FDCWD, folder.path().c_str(), O_RDONLY | O_DIRECTORY);
  auto writer = SealedWriter::create(here.value.get(), "state", SealedKind::state, **digest);
  REQUIRE(writer);
  for (const char* path : {"", "a", "a/b", "a.b", "closed", "closed/in", "gone", "mount", "mount/in", "socket", "z"}) {
    Bytes framed;
    put_framed(framed, [&](Bytes& out) { put_sync_record(out, record_at(path)); });
    REQUIRE(writer->put(framed));
  }
  REQUIRE(writer->seal());
  const auto sealed = open_sealed(here.value.get(), "state", SealedKind::state, **digest);
  REQUIRE(sealed);
  Spool there(folder.path());
  for (const char* path : {"", "a", "a/stranger", "a.b", "closed", "closed/in", "stranger"}) {
    Bytes framed;
    put_framed(framed, [&](Bytes& out) { put_sync_record(out, record_at(path)); });
    REQUIRE(there.append(framed));
  }
  const auto bytes = sealed->bytes();
  StateWalk state(bytes, sealed->begin, sealed->end);
  REQUIRE(state.advance());
  ReplicaWalk replica(there, 0, there.size());
  REQUIRE(replica.advance());
  Story story;
  TreeMerge merge(tools, &state, replica, story);
  const auto tell = [&](const std::string& path, std::uint32_t flags = 0) {
    Entry entry = record_at(path).entry();
    entry.flags = flags;
    REQUIRE(merge.entry(std::move(entry), nullptr));
  };
  const Error closed{ErrorId::entry_unreadable, "closed"};
  tell("");
  tell("a");
  tell("a/new");
  tell("a.b");
  REQUIRE(merge.unreadable(Entry(record_at("closed").entry()), closed));
  merge.skipped("mount", closed);
  tell("mount", entry_flag::mount_point);
  merge.skipped("socket", closed);
  REQUIRE(merge.finish());
  CHECK(story.text ==
        ":esr a:esr a/b:s a/new:e a/stranger:r a.b:esr closed:unreadable mount:skipped closed:srk closed/in:srk "
        "gone:s mount:es socket:skipped mount/in:sk socket:sk stranger:r z:s ");
  CHECK(merge.told() == 6);
  CHECK(merge.in_state() == 11);
  CHECK(merge.in_replica() == 7);
}

}  // namespace test_tree_merge
