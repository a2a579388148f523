// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/sync_item.hpp>

#include <fcntl.h>
#include <unistd.h>

#include "catch.hpp"
#include "support/synced.hpp"

namespace test_sync_item {

using namespace lifeboat;
using support::read_text;
using support::said;
using support::Synced;
using support::write_text;

namespace {

/// A source in which somebody appends to every file while it is read.
struct Restless final : SourcePort {
  Restless(SourcePort& port, std::string root) : inner(port), root_path(std::move(root)) {}

  struct Moving final : Content {
    Moving(std::unique_ptr<Content> content, std::string file) : inner(std::move(content)), path(std::move(file)) {}
    Status details(Entry& entry) override { return inner->details(entry); }
    Status open() override { return inner->open(); }
    Result<FileStamp> stamp() override { return inner->stamp(); }
    Status segments(FunctionRef<Status(Segment)> each) override { return inner->segments(each); }
    Result<std::size_t> read(std::uint64_t at, MutableBytes out) override {
      std::ofstream(path, std::ios::app) << "more";
      return inner->read(at, out);
    }
    void close() noexcept override { inner->close(); }
    std::unique_ptr<Content> inner;
    std::string path;
  };
  struct Sink final : EntrySink {
    Sink(EntrySink& sink, std::string root) : out(sink), root_path(std::move(root)) {}
    Status entry(Entry&& entry, std::unique_ptr<Content> content) override {
      auto moving = std::make_unique<Moving>(std::move(content), root_path + "/" + entry.path);
      return out.entry(std::move(entry), std::move(moving));
    }
    Status unreadable(Entry&& entry, Error error) override {
      return out.unreadable(std::move(entry), std::move(error));
    }
    void skipped(std::string_view path, const Error& error) override { out.skipped(path, error); }
    Status settle() override { return out.settle(); }
    EntrySink& out;
    std::string root_path;
  };

  Result<SourceFacts> facts() override { return inner.facts(); }
  Status flush() override { return inner.flush(); }
  Result<Cut> freeze() override { return inner.freeze(); }
  void thaw() noexcept override { inner.thaw(); }
  Status scan(EntrySink& sink, std::stop_token stop) override {
    Sink moving(sink, root_path);
    return inner.scan(moving, stop);
  }
  SourcePort& inner;
  std::string root_path;
};

Result<SyncReport> restless_pass(Synced& synced) {
  return synced.with([&](auto& sync, auto& context, const auto& token) {
    Restless source(context.source, synced.source);
    SyncContext moving{source,          context.verifier,     context.structural, context.clock, context.random,
                       context.budgets, context.state_folder, context.log};
    return sync.sync(moving, token);
  });
}

}  // namespace

TEST_CASE("A file that changes under every reading is taken torn where there is no better copy, and said") {
  Synced synced;
  write_text(synced.source + "/busy", "begin ");
  const auto report = restless_pass(synced);
  REQUIRE(said(report) == "");
  CHECK(report->torn == 1);
  CHECK(report->cut == CutKind::torn);
  REQUIRE(report->gaps.size() == 1);
  CHECK(report->gaps[0].id == ErrorId::entry_torn);
  CHECK(read_text(synced.replica + "/busy").find("begin more") == 0);
  const auto verdict = synced.verify();
  REQUIRE(said(verdict) == "");
  CHECK(verdict->equal);
  REQUIRE(said(synced.pass()) == "");
  CHECK(synced.difference() == "");
}

TEST_CASE("A torn reading never replaces a whole copy") {
  Synced synced;
  write_text(synced.source + "/busy", "whole");
  REQUIRE(synced.pass());
  write_text(synced.source + "/busy", "another length");
  const auto report = restless_pass(synced);
  REQUIRE(said(report) == "");
  CHECK(report->torn == 1);
  CHECK(report->items_sent == 0);
  CHECK(read_text(synced.replica + "/busy") == "whole");
  REQUIRE(said(synced.pass()) == "");
  CHECK(synced.difference() == "");
}

TEST_CASE("A file that only grows is whole up to where it was") {
  Synced synced;
  synced.from.append_only = {"*.log"};
  write_text(synced.source + "/growing.log", "begin ");
  const auto report = restless_pass(synced);
  REQUIRE(said(report) == "");
  CHECK(report->torn == 0);
  CHECK(report->gap_count == 0);
  CHECK(read_text(synced.replica + "/growing.log") == "begin ");
}

TEST_CASE("What counts as the same metadata") {
  Entry a;
  a.mode = 0644;
  a.attributes = {{"user.a", {}}};
  Entry b = a;
  b.owner = "somebody";
  CHECK(same_metadata(a, b));
  b.mode = 0600;
  CHECK_FALSE(same_metadata(a, b));
  CHECK(same_metadata(a, b, true));
  a.type = b.type = EntryType::symlink;
  CHECK(same_metadata(a, b));
  b.mtime.nanoseconds = 1;
  CHECK_FALSE(same_metadata(a, b, true));
}

}  // namespace test_sync_item
