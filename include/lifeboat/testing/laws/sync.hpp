// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <lifeboat/core/random.hpp>
#include <lifeboat/sync/sync.hpp>
#include <lifeboat/testing/fake_clock.hpp>
#include <lifeboat/testing/laws/laws.hpp>
#include <lifeboat/verifier/structural.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace testing {

/// A source of files and folders in memory, whose times, sizes and inodes move as a disk's would. One thread at a time
/// changes it, and none while it is scanned.
template <class = void>
class BasicMemorySource final : public SourcePort {
 public:
  BasicMemorySource() { put_folder(""); }

  void put_folder(const std::string& path) { node(path).entry.type = EntryType::directory; }
  void put_file(const std::string& path, Bytes content) {
    Node& file = node(path);
    file.entry.type = EntryType::file;
    file.entry.size = content.size();
    file.content = std::make_shared<const Bytes>(std::move(content));
  }
  void remove(const std::string& path) {
    std::erase_if(nodes_, [&](const auto& one) { return is_below(one.first, path); });
  }
  void set_unreadable(const std::string& path, bool unreadable) { nodes_.at(path).unreadable = unreadable; }

  Result<SourceFacts> facts() override {
    SourceFacts facts;
    facts.id = "laws";
    facts.url = "memory";
    return facts;
  }
  Status flush() override { return ok(); }
  Result<Cut> freeze() override { return Cut{CutKind::frozen, false, {}}; }
  void thaw() noexcept override {}
  Status scan(EntrySink& sink, std::stop_token stop) override {
    for (const auto& [path, one] : nodes_) {
      if (stop.stop_requested()) return Error{ErrorId::interrupted, "the scan was stopped"};
      Entry entry = one.entry;
      if (one.unreadable) {
        LIFEBOAT_CHECK(sink.unreadable(std::move(entry), Error{ErrorId::entry_unreadable, "'" + path + "' is closed"}));
      } else {
        auto handle = std::make_unique<Handle>(one);
        LIFEBOAT_CHECK(sink.entry(std::move(entry), std::move(handle)));
      }
    }
    return ok();
  }

 private:
  struct Node {
    Entry entry;
    std::shared_ptr<const Bytes> content;
    bool unreadable = false;
  };
  struct Order {
    bool operator()(const std::string& a, const std::string& b) const noexcept {
      return compare_paths(a, b) == std::strong_ordering::less;
    }
  };
  struct Handle final : Content {
    explicit Handle(const Node& node) : stamp_now(stamp_of(node.entry)), content(node.content) {}
    Status details(Entry&) override { return ok(); }
    Status open() override { return ok(); }
    Result<FileStamp> stamp() override { return stamp_now; }
    Status segments(FunctionRef<Status(Segment)> each) override { return each({0, content->size()}); }
    Result<std::size_t> read(std::uint64_t at, MutableBytes out) override {
      if (at >= content->size()) return std::size_t{0};
      const std::size_t count = std::min<std::size_t>(out.size(), content->size() - static_cast<std::size_t>(at));
      std::copy_n(content->begin() + static_cast<std::ptrdiff_t>(at), count, out.begin());
      return count;
    }
    void close() noexcept override {}
    FileStamp stamp_now;
    std::shared_ptr<const Bytes> content;
  };

  Node& node(const std::string& path) {
    const std::int64_t tick = ++ticks_;
    Node& found = nodes_[path];
    Entry& e = found.entry;
    if (e.inode == 0) e.inode = static_cast<std::uint64_t>(tick);
    e.path = path;
    e.mode = 0700;
    e.uid = ::geteuid();
    e.gid = ::getegid();
    e.device = 7;
    e.mtime = e.ctime = {1'000'000 + tick, 5};
    return found;
  }

  std::map<std::string, Node, Order> nodes_;
  std::int64_t ticks_ = 0;
};
using MemorySource = BasicMemorySource<>;

template <class Y>
class SyncLaws {
  static_assert(Sync<Y>, "these are the laws of a Sync: see lifeboat/sync/sync.hpp");
  static_assert(!Y::has_log, "these laws are for a sync of entries; one with a log has laws of its own");

 public:
  static Laws run(typename Y::Config config) {
    Laws laws("sync " + std::string(Y::name));
    auto opened = Y::open(std::move(config));
    if (!laws.succeeds("open", opened)) return laws;
    auto digest = open_structural(StructuralId::sha256);
    if (!laws.succeeds("open", digest)) return laws;
    SyncLaws run(std::move(*opened), std::move(*digest), std::move(laws));
    run.first();
    run.changes();
    run.unreadable();
    run.stopped();
    return std::move(run.laws_);
  }

 private:
  SyncLaws(Y sync, std::unique_ptr<VerifierPort> digest, Laws laws)
      : sync_(std::move(sync)), digest_(std::move(digest)), laws_(std::move(laws)),
        context_{source_, *digest_, *digest_, clock_, random_, {}, {}, {}} {}

  Result<SyncReport> pass(std::stop_token stop = {}) { return sync_.sync(context_, stop); }

  void expect_equal(const char* law, std::uint64_t items) {
    const auto verdict = sync_.verify(context_, {});
    if (!laws_.succeeds(law, verdict)) return;
    laws_.check(law, verdict->equal && verdict->differences == 0, verdict->first_difference);
    laws_.check(law, verdict->items == items, std::to_string(verdict->items) + " items were compared");
  }

  void first() {
    source_.put_folder("folder");
    source_.put_file("folder/small", patterned(100));
    source_.put_file("folder/large", patterned(3'000'000, 2));
    source_.put_file("empty", {});
    source_.put_file("unchanged", patterned(5000, 3));
    const auto report = pass();
    if (!laws_.succeeds("a pass succeeds", report)) return;
    laws_.check("a first pass sends everything", report->bytes_sent == 3'005'100, std::to_string(report->bytes_sent));
    laws_.check("the cut is what the source says", report->cut == CutKind::frozen);
    expect_equal("after a pass the replica is the source", 6);
    clock_.pass_seconds(10);
    const auto again = pass();
    if (!laws_.succeeds("a pass succeeds", again)) return;
    laws_.check("a pass over an unchanged source sends nothing",
                again->items_sent == 0 && again->items_removed == 0 && again->bytes_sent == 0);
    laws_.check("the lag is the time since the last pass", again->lag_before_ns == 10'000'000'000ULL,
                std::to_string(again->lag_before_ns) + " ns");
  }

  void changes() {
    source_.put_file("folder/small", patterned(200, 4));
    source_.put_file("new", patterned(70'000, 5));
    source_.remove("empty");
    const auto verdict = sync_.verify(context_, {});
    if (laws_.succeeds("a verification names what has moved on", verdict)) {
      const auto names = [&](const char* path) {
        return std::find(verdict->moved_on.begin(), verdict->moved_on.end(), path) != verdict->moved_on.end();
      };
      laws_.check("a verification names what has moved on", names("folder/small") && names("new") && names("empty"));
      laws_.check("a verification names what has moved on", !names("unchanged") && !names("folder/large"));
    }
    const auto report = pass();
    if (!laws_.succeeds("a pass succeeds", report)) return;
    laws_.check("a pass sends what is new", report->bytes_sent == 70'200, std::to_string(report->bytes_sent));
    laws_.check("what is gone from the source is removed", report->items_removed == 1);
    expect_equal("after a pass the replica is the source", 6);
    source_.put_file("folder/small", patterned(200, 6));  // the same length
    const auto same_length = pass();
    if (!laws_.succeeds("a pass succeeds", same_length)) return;
    laws_.check("a pass sends what is new", same_length->bytes_sent == 200);
  }

  void unreadable() {
    for (const char* path : {"new", "folder"}) {
      source_.set_unreadable(path, true);
      const auto report = pass();
      source_.set_unreadable(path, false);
      if (!laws_.succeeds("a pass succeeds", report)) return;
      laws_.check("what can not be read is never taken for deleted", report->items_removed == 0, path);
      laws_.check("what can not be read is said", report->unreadable == 1 && report->gap_count == 1, path);
      expect_equal("after a pass the replica is the source", 6);
    }
    laws_.succeeds("a pass succeeds", pass());
  }

  void stopped() {
    source_.put_file("late", patterned(100'000, 7));
    std::stop_source stop;
    stop.request_stop();
    laws_.fails("a stopped pass says so", pass(stop.get_token()), ErrorId::interrupted);
    expect_equal("a stopped pass leaves the replica as it was", 6);
    laws_.succeeds("the pass after a stopped one succeeds", pass());
    expect_equal("the pass after a stopped one succeeds", 7);
  }

  MemorySource source_;
  Y sync_;
  std::unique_ptr<VerifierPort> digest_;
  FakeClock clock_;
  SystemRandom random_;
  Laws laws_;
  SyncContext context_;
};

/// Runs the laws of a Sync of entries: `REQUIRE(sync_laws<Mine>(config).all_hold())`. `config` leads to an empty
/// replica.
template <class Y>
Laws sync_laws(typename Y::Config config) {
  return SyncLaws<Y>::run(std::move(config));
}

}  // namespace testing
}  // namespace lifeboat::inline LIFEBOAT_ABI
