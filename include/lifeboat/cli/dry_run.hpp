// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>

#include <lifeboat/archive/archive_reader.hpp>
#include <lifeboat/cli/opening.hpp>

// What commands would do. For a backup the source is looked at, nothing is read of its files, nothing is written.
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// Walks the base's manifest beside a scan and counts what is new, changed and gone.
template <class = void>
class BasicDryRunSink final : public EntrySink {
 public:
  /// Without a base everything is new. Where times prove nothing, every file is read.
  Status begin(const ArchiveReader* base, bool times_prove) {
    times_prove_ = times_prove;
    if (base == nullptr) return ok();
    LIFEBOAT_TRY(walk_, base->walk());
    return advance();
  }
  Status entry(Entry&& entry, std::unique_ptr<Content>) override {
    ++entries;
    content_bytes += entry.type == EntryType::file ? entry.size : 0;
    LIFEBOAT_TRY(const ManifestEntry* before, walk_to(entry.path));
    if (before == nullptr) {
      ++added;
    } else if (!same_stamp(before->entry, entry)) {
      ++changed;
    }
    const bool sure = times_prove_ && before != nullptr && same_stamp(before->entry, entry) &&
                      (before->entry.flags & entry_flag::racy) == 0;
    if (entry.type == EntryType::file && !sure) read_bytes += entry.size;
    return before != nullptr ? advance() : ok();
  }
  Status unreadable(Entry&& entry, Error) override {
    ++entries;
    ++unreadables;
    LIFEBOAT_TRY(const ManifestEntry* before, walk_to(entry.path));
    return before != nullptr ? advance() : ok();
  }
  void skipped(std::string_view, const Error&) override { ++skips; }
  Status settle() override {
    while (more_) {
      ++removed;
      LIFEBOAT_CHECK(advance());
    }
    return ok();
  }

  std::uint64_t entries = 0;
  std::uint64_t content_bytes = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t added = 0;
  std::uint64_t changed = 0;
  std::uint64_t removed = 0;
  std::uint64_t unreadables = 0;
  std::uint64_t skips = 0;

 private:
  Status advance() {
    LIFEBOAT_TRY(more_, walk_->cursor.next());
    return ok();
  }
  Result<const ManifestEntry*> walk_to(std::string_view path) {
    while (more_) {
      const ManifestEntry& at = walk_->cursor.current();
      const auto order = compare_paths(at.entry.path, path);
      if (order == std::strong_ordering::equal) return &at;
      if (order == std::strong_ordering::greater) break;
      ++removed;
      LIFEBOAT_CHECK(advance());
    }
    return static_cast<const ManifestEntry*>(nullptr);
  }

  std::unique_ptr<EntryWalk> walk_;
  bool more_ = false;
  bool times_prove_ = false;
};
using DryRunSink = BasicDryRunSink<>;

namespace detail {

/// What a real run must be given that a dry run is not: the words that accept what its plan says. Empty where more than
/// that speaks against it, and where a number was accepted that is another.
template <class = void>
std::string acceptance_of(const Arguments& arguments, const std::vector<Error>& refusals) {
  std::string words;
  for (const Error& refusal : refusals) {
    const bool accepted =
        refusal.id() == ErrorId::torn_refused || refusal.id() == ErrorId::holders ||
        (refusal.id() == ErrorId::undone && !arguments.has("--accept-undone") && !arguments.has("--max-loss"));
    if (!accepted) return {};
    words.append(words.empty() ? "" : " ").append(refusal.next().substr(0, refusal.next().find("    # ")));
  }
  return words;
}

/// Ends a dry run: it was asked what the real one would do, and leads on to that, with the words that it needs.
template <class = void>
int end_dry_run(Session& session, const std::string& needs = {}) {
  session.json["dry_run"] = true;
  session.json["needs"] = needs;
  if (!needs.empty()) session.say("needs   " + needs);
  session.next(needs.empty() ? "the same line without --dry-run"
                             : "the same line with " + needs + " in place of --dry-run");
  return 0;
}

/// The archive that the strategy would build on; null for a full.
template <class = void>
Result<std::unique_ptr<ArchiveReader>> dry_run_base(Session& session) {
  Core& core = *session.core;
  LIFEBOAT_TRY(const Catalog chain, core.catalog());
  Limits limits = core.parts().limits;
  limits.now = core.clock().now();
  const auto id = chain.findings.empty() ? core.parts().strategy->base(chain.view(), limits) : std::nullopt;
  const ArchiveRecord* record = id ? chain.view().find(*id) : nullptr;
  if (record == nullptr) return std::unique_ptr<ArchiveReader>();
  return ArchiveReader::open(core.repository(), core.source_id(), record->facts, core.parts().verifier.get());
}

}  // namespace detail

/// `lifeboat backup --dry-run`.
template <class = void>
Result<int> dry_run_command(Session& session) {
  Parts parts;
  std::unique_ptr<ArchiveReader> base;
  SourcePort* source = nullptr;
  const Status opened = open_core(session, {.source = true});
  if (opened) {
    source = session.core->parts().source.get();
    LIFEBOAT_TRY(base, detail::dry_run_base(session));
  } else {
    const ErrorId id = opened.error().id();
    const bool would_create = id == ErrorId::medium_missing || id == ErrorId::medium_empty;
    LIFEBOAT_TRY(const std::string url, medium_url(session.arguments));
    LIFEBOAT_TRY(const std::string state, state_path(session.arguments));
    LIFEBOAT_TRY(const std::uint64_t remembered, remembered_archives(state, url));
    if (!would_create || remembered != 0) return opened.error();
    LIFEBOAT_TRY(parts, session.open(session.arguments, {.source = true, .medium = false}, {}, false));
    source = parts.source.get();
    session.say("a repository would be made: " + printable(url));
  }
  DryRunSink sink;
  LIFEBOAT_TRY(const SourceFacts facts, source->facts());
  LIFEBOAT_CHECK(sink.begin(base.get(), facts.times_prove));
  LIFEBOAT_CHECK(source->scan(sink, session.stop()));
  LIFEBOAT_CHECK(sink.settle());
  session.say(std::string("would take a") + (base ? "n archive on " + short_id(base->facts().archive) : " full") +
              " | " + count_text(sink.entries, "entry", "entries") + ": " + std::to_string(sink.added) + " new, " +
              std::to_string(sink.changed) + " changed, " + std::to_string(sink.removed) + " removed | read " +
              bytes_text(sink.read_bytes) + " of " + bytes_text(sink.content_bytes) + " | " +
              std::to_string(sink.unreadables) + " unreadable, " + std::to_string(sink.skips) + " skipped");
  Json& json = session.json;
  json["base"] = base ? id_json(base->facts().archive) : Json(nullptr);
  json["entries"] = sink.entries;
  json["content_bytes"] = sink.content_bytes;
  json["read_bytes"] = sink.read_bytes;
  json["added_entries"] = sink.added;
  json["changed_entries"] = sink.changed;
  json["removed_entries"] = sink.removed;
  json["unreadable"] = sink.unreadables;
  json["skipped"] = sink.skips;
  return detail::end_dry_run(session);
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
