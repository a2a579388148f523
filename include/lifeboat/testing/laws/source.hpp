// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <lifeboat/source/adapt.hpp>
#include <lifeboat/source/source_id.hpp>
#include <lifeboat/testing/laws/laws.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace testing {

/// The laws of a Source (source/source.hpp), seen through its port. The source holds something and does not change
/// while they run; nothing is written to it. Files are read whole, up to 8 MiB of each.
template <class = void>
class BasicSourceLaws {
 public:
  BasicSourceLaws(std::string subject, SourcePort& source) : laws_(std::move(subject)), source_(source) {}

  Laws run() && {
    stated();
    const Seen first = look();
    const Seen second = look();
    order(first);
    links(first);
    same(first, second);
    contents(first);
    stops(first);
    let_go();
    return std::move(laws_);
  }

 private:
  static constexpr std::uint64_t most_ = 8U << 20U;

  struct Found {
    Entry entry;
    std::unique_ptr<Content> content;
    bool unreadable = false;
  };
  /// Keeps what a scan tells; ends it at the given path, by an error or by a stop.
  struct Seen final : EntrySink {
    std::vector<Found> found;
    std::string end_at;
    bool by_error = false;
    std::stop_source stop;
    std::size_t after_end = 0;
    bool ended = false;

    Status entry(Entry&& entry, std::unique_ptr<Content> content) override {
      return keep({std::move(entry), std::move(content), false});
    }
    Status unreadable(Entry&& entry, Error) override { return keep({std::move(entry), nullptr, true}); }
    void skipped(std::string_view, const Error&) override {}
    Status keep(Found&& one) {
      if (ended) ++after_end;
      const bool end = !end_at.empty() && one.entry.path == end_at;
      found.push_back(std::move(one));
      if (!end) return ok();
      ended = true;
      if (by_error) return Error{ErrorId::medium_full, "the sink's own error"};
      stop.request_stop();
      return ok();
    }
  };

  Seen look() {
    Seen seen;
    laws_.succeeds("a scan of a readable source succeeds", source_.scan(seen, seen.stop.get_token()));
    for (Found& one : seen.found)
      if (one.content != nullptr)
        laws_.succeeds("a handle serves its entry after the scan", one.content->details(one.entry), one.entry.path);
    return seen;
  }

  void stated() {
    const auto one = source_.facts();
    const auto two = source_.facts();
    if (!laws_.succeeds("facts are given", one) || !two) return;
    laws_.check("the id is valid", check_source_id(one->id).has_value(), one->id);
    laws_.check("the id stays the same", one->id == two->id);
    laws_.succeeds("a flush succeeds", source_.flush());
  }

  void order(const Seen& seen) {
    constexpr std::string_view law = "the root comes first, then every path once, in order, below a folder told before";
    const auto& found = seen.found;
    laws_.check("the source of these laws holds something", found.size() > 1);
    if (found.empty()) return;
    laws_.check(law, found[0].entry.path.empty() && found[0].entry.type == EntryType::directory,
                "the first is no root");
    std::vector<std::string> above;  // the folders from the root to the entry before
    for (std::size_t i = 1; i < found.size(); ++i) {
      const std::string& path = found[i].entry.path;
      laws_.check(law, compare_paths(found[i - 1].entry.path, path) < 0, path);
      while (!above.empty() && !is_below(path, above.back())) above.pop_back();
      const std::size_t slash = path.rfind('/');
      const std::string parent = slash == std::string::npos ? std::string() : path.substr(0, slash);
      laws_.check(law, (above.empty() ? std::string() : above.back()) == parent, path + " has no folder");
      if (found[i].entry.type == EntryType::directory && !found[i].unreadable) above.push_back(path);
    }
  }

  void links(const Seen& seen) {
    for (std::size_t i = 0; i < seen.found.size(); ++i) {
      const Entry& link = seen.found[i].entry;
      if (link.type != EntryType::hardlink) continue;
      bool before = false;
      for (std::size_t j = 0; j < i && !before; ++j)
        before = seen.found[j].entry.path == link.target && seen.found[j].entry.type == EntryType::file;
      laws_.check("the target of a hard link is a file told before", before, link.path);
    }
  }

  void same(const Seen& a, const Seen& b) {
    constexpr std::string_view law = "two scans of what did not change tell the same";
    if (!laws_.check(law, a.found.size() == b.found.size(), "different numbers of entries")) return;
    for (std::size_t i = 0; i < a.found.size(); ++i) {
      const Entry& x = a.found[i].entry;
      const Entry& y = b.found[i].entry;
      laws_.check(law,
                  x.path == y.path && x.type == y.type && x.mode == y.mode && x.uid == y.uid && x.gid == y.gid &&
                      x.owner == y.owner && x.group == y.group && x.size == y.size && x.target == y.target &&
                      x.mtime == y.mtime && x.links == y.links && x.attributes == y.attributes &&
                      a.found[i].unreadable == b.found[i].unreadable,
                  x.path);
    }
  }

  void contents(const Seen& seen) {
    constexpr std::string_view law = "segments lie in order within the file, and zeros between them";
    constexpr std::string_view whole = "a file reads whole and twice the same, and stops at its end";
    for (const Found& one : seen.found) {
      if (one.entry.type != EntryType::file || one.content == nullptr || one.entry.size > most_) continue;
      Content& content = *one.content;
      const std::string& path = one.entry.path;
      if (!laws_.succeeds("a file opens", content.open(), path)) continue;
      const auto stamp = content.stamp();
      laws_.check("an open file has the stamp that was scanned", stamp && *stamp == stamp_of(one.entry), path);
      Bytes data(static_cast<std::size_t>(one.entry.size) + 1);
      const auto got = content.read(0, data);
      Bytes again(data.size());
      const auto repeated = content.read(0, again);
      laws_.check(whole, got && repeated && *got == one.entry.size && *repeated == *got && again == data, path);
      const auto beyond = content.read(one.entry.size, data);
      laws_.check(whole, beyond && *beyond == 0, path + " does not end");
      std::uint64_t end = 0;
      bool fits = true;
      const auto zero_to = [&](std::uint64_t stop) {
        for (; end < stop && end < again.size(); ++end)
          fits = fits && again[static_cast<std::size_t>(end)] == std::byte{0};
      };
      const Status told = content.segments([&](Segment segment) {
        fits = fits && segment.offset >= end && segment.length <= one.entry.size - segment.offset;
        zero_to(segment.offset);
        end = segment.offset + segment.length;
        return ok();
      });
      zero_to(one.entry.size);
      laws_.check(law, told && fits, path);
      content.close();
    }
  }

  void stops(const Seen& seen) {
    if (seen.found.size() < 3) return;
    const std::string& middle = seen.found[seen.found.size() / 2].entry.path;
    Seen stopped;
    stopped.end_at = middle;
    laws_.fails("a stop is obeyed", source_.scan(stopped, stopped.stop.get_token()), ErrorId::interrupted);
    laws_.check("a stop is obeyed", stopped.after_end == 0, "more entries came after it");
    Seen failed;
    failed.end_at = middle;
    failed.by_error = true;
    laws_.fails("the sink's error ends the scan", source_.scan(failed, failed.stop.get_token()), ErrorId::medium_full);
    laws_.check("the sink's error ends the scan", failed.after_end == 0, "more entries came after it");
  }

  void let_go() {
    constexpr std::string_view law = "thaw follows a freeze, none and another thaw alike";
    source_.thaw();
    const auto cut = source_.freeze();
    if (laws_.succeeds(law, cut))
      laws_.check(law,
                  cut->kind == CutKind::per_file || cut->kind == CutKind::frozen || cut->kind == CutKind::snapshot);
    Seen seen;
    laws_.succeeds(law, source_.scan(seen, seen.stop.get_token()));
    source_.thaw();
    source_.thaw();
  }

  Laws laws_;
  SourcePort& source_;
};
using SourceLaws = BasicSourceLaws<>;

/// Runs the laws of a Source over a model that holds something: `REQUIRE(source_laws(std::move(mine)).all_hold())`.
template <Source S>
Laws source_laws(S model) {
  SourceAdapter<S> port(std::move(model));
  return SourceLaws("source " + std::string(S::name), port).run();
}

}  // namespace testing
}  // namespace lifeboat::inline LIFEBOAT_ABI
