// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/content_pump.hpp>
#include <lifeboat/archive/verify_objects.hpp>
#include <lifeboat/archive/verify_stream.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// One verification under way.
template <class = void>
class BasicVerification final : private PumpSink {
 public:
  explicit BasicVerification(const VerifyInput& input)
      : input_(input), findings_(report_), budget_(input, report_), workers_(threads_of(input.budgets)) {}

  Result<VerifyReport> run() {
    report_.depth = input_.depth;
    LIFEBOAT_CHECK(BasicCatalogCheck<>(input_, report_, findings_).run());
    LIFEBOAT_CHECK(choose());
    BasicObjectCheck<> objects(input_, report_, findings_, damage_, budget_);
    for (const ArchiveRecord* record : order_) {
      const std::uint64_t before = report_.finding_count;
      LIFEBOAT_CHECK(check_stop());
      LIFEBOAT_CHECK(objects.run(*record));
      stored_ += record->facts.stream_length + record->facts.manifest_length;
      if (input_.depth < Depth::digests && report_.finding_count == before)
        report_.facts.complete.push_back(record->facts.archive);
      if (input_.depth < Depth::digests) verdict(*record).checked = true;
    }
    if (input_.depth >= Depth::digests) LIFEBOAT_CHECK(streams());
    LIFEBOAT_CHECK(judge());
    finish();
    return std::move(report_);
  }

 private:
  Status check_stop() const {
    return input_.stop.stop_requested() ? Status(VerifyBudget::stopped()) : ok();
  }

  ArchiveVerdict& verdict(const ArchiveRecord& record) {
    for (ArchiveVerdict& v : report_.archives)
      if (v.archive == record.facts.archive) return v;
    return report_.archives.emplace_back();  // not reached: `choose` made one for each
  }

  /// Which archives, those first that were verified longest ago; with a budget, where the last run stopped goes before.
  Status choose() {
    const Catalog& catalog = *input_.catalog;
    std::map<ArchiveId, std::uint64_t> verified;  // by the generation of the entry that says so, whatever was found
    const ChainEntry* last = nullptr;
    for (const ChainEntry& entry : catalog.entries) {
      if (entry.kind != EntryKind::verify || entry.verify.depth < input_.depth) continue;
      if (entry.verify.depth == input_.depth) last = &entry;
      for (const ArchiveId& id : entry.verify.complete) verified[id] = entry.generation;
      if (entry.verify.has_cursor && entry.verify.cursor_offset != 0)
        verified[entry.verify.cursor_archive] = entry.generation;
    }
    for (const ArchiveRecord& record : catalog.archives) {
      ArchiveVerdict verdict;
      verdict.archive = record.facts.archive;
      verdict.generation = record.generation;
      report_.archives.push_back(verdict);
      if (input_.archives.empty() ||
          std::find(input_.archives.begin(), input_.archives.end(), record.facts.archive) != input_.archives.end())
        order_.push_back(&record);
    }
    for (const ArchiveId& id : input_.archives)
      if (catalog.view().find(id) == nullptr)
        return Error{ErrorId::archive_unknown, catalog.source + " has no archive " + to_hex(id.view())}
            .next("lifeboat list --id " + catalog.source)
            .unchanged();
    if (!has_budget()) {
      for (const ArchiveRecord* record : order_) report_.expected += record->facts.stored_bytes;
      return ok();
    }
    std::sort(order_.begin(), order_.end(), [&](const ArchiveRecord* a, const ArchiveRecord* b) {
      const std::uint64_t first = verified[a->facts.archive];
      const std::uint64_t second = verified[b->facts.archive];
      return first != second ? first < second : a->generation < b->generation;
    });
    if (last == nullptr || !last->verify.has_cursor) return ok();
    beginning_good_ = last->verify.findings == 0;
    for (std::size_t i = 0; i < order_.size(); ++i)
      if (order_[i]->facts.archive == last->verify.cursor_archive) {
        std::rotate(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(i),
                    order_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        start_at_ = last->verify.cursor_offset;
        break;
      }
    return ok();
  }

  [[nodiscard]] bool has_budget() const noexcept { return input_.budget_bytes != 0 || input_.budget_ns != 0; }

  Status streams() {
    for (std::size_t i = 0; i < order_.size(); ++i) {
      LIFEBOAT_CHECK(check_stop());
      const ArchiveRecord& record = *order_[i];
      const std::uint64_t from = i == 0 ? start_at_ : 0;
      if (i != 0 && budget_.used_up()) {
        stop_at(record, 0);
        break;
      }
      LIFEBOAT_TRY(const bool ended, one_archive(record, from));
      if (!ended) break;
      verdict(record).checked = true;
      // Where the run before found something, nobody knows that it was not in this one's beginning.
      if (from == 0 || beginning_good_) report_.facts.complete.push_back(record.facts.archive);
    }
    return ok();
  }

  void stop_at(const ArchiveRecord& record, std::uint64_t offset) {
    report_.budget_ended = true;
    report_.facts.has_cursor = true;
    report_.facts.cursor_archive = record.facts.archive;
    report_.facts.cursor_offset = offset;
  }

  /// True where its end was reached.
  Result<bool> one_archive(const ArchiveRecord& record, std::uint64_t from) {
    const std::string name = manifest_name(input_.catalog->source, record.facts.archive);
    LIFEBOAT_TRY(const std::unique_ptr<ArchiveReader> archive, open(record, name));
    if (archive == nullptr) {
      verdict(record).restores_whole = false;
      return true;
    }
    if (from > archive->manifest().covered) from = archive->manifest().covered;
    StreamPass pass(input_, report_, findings_, damage_, workers_, budget_);
    auto ended = pass.run(*archive, from);
    if (ended && *ended && input_.depth >= Depth::restore) {
      auto proved = restore_all(*archive);
      if (!proved) ended = std::move(proved).error();
    }
    if (!ended) {
      if (!ArchiveReader::may_be_lost(ended.error().id())) return std::move(ended).error();
      findings_.add(ended.error().id(), name, record.facts.archive, ended.error().sentence());
      verdict(record).restores_whole = false;
      return true;
    }
    if (!*ended) stop_at(record, pass.stood());
    return *ended;
  }

  /// Opens an archive, by the copy of its manifest where the object is lost or damaged; null where both are.
  Result<std::unique_ptr<ArchiveReader>> open(const ArchiveRecord& record, const std::string& name) {
    auto archive = ArchiveReader::open_from(*input_.repository, input_.catalog->source, record.facts,
                                            ManifestFrom::object, input_.own);
    Status pages = archive ? check_pages(**archive) : Status(archive.error());
    if (pages) return archive;
    if (!ArchiveReader::may_be_lost(pages.error().id())) return std::move(pages).error();
    if (pages.error().id() != ErrorId::object_missing)  // that was said when objects were counted
      findings_.add(ErrorId::damage, name, record.facts.archive, pages.error().sentence());
    archive = ArchiveReader::open_from(*input_.repository, input_.catalog->source, record.facts, ManifestFrom::stream,
                                       input_.own);
    pages = archive ? check_pages(**archive) : Status(archive.error());
    if (pages) return archive;
    if (!ArchiveReader::may_be_lost(pages.error().id())) return std::move(pages).error();
    findings_.add(
        ErrorId::damage, archive_prefix(input_.catalog->source, record.facts.archive), record.facts.archive,
        "archive " + to_hex(record.facts.archive.view()) + " has no whole manifest: " + pages.error().sentence());
    return std::unique_ptr<ArchiveReader>();
  }

  /// Every page against its digest, so that the walk that follows stands on proved ground.
  Status check_pages(const ArchiveReader& archive) {
    const Manifest& m = archive.manifest();
    LIFEBOAT_TRY(const std::unique_ptr<HashPort> hash, input_.repository->structural->begin());
    Bytes page;
    for (std::size_t i = 0; i < m.pages.size(); ++i) {
      page.resize(m.pages[i].length);
      LIFEBOAT_CHECK(archive.manifest_bytes().read(m.pages[i].offset, page));
      std::byte number[8];
      store_le(number, static_cast<std::uint64_t>(i));
      LIFEBOAT_TRY(const Digest digest, tagged_digest(*hash, digest_tag::page, {m.salt.view(), number, page}));
      if (digest != m.pages[i].digest)
        return Error{ErrorId::corrupt, manifest_name(archive.source(), m.archive) + " is damaged in bytes " +
                                           std::to_string(m.pages[i].offset) + " to " +
                                           std::to_string(m.pages[i].offset + m.pages[i].length - 1)};
    }
    report_.bytes += archive.facts().manifest_length;
    return ok();
  }

  /// A restore into nothing, of every file whose content is not all in the stream that was just proved.
  Status restore_all(const ArchiveReader& archive) {
    proving_ = &archive;
    ContentPump pump(archive, workers_, input_.budgets, budget_.throttle, *this);
    LIFEBOAT_TRY(const std::unique_ptr<EntryWalk> walk, archive.walk());
    while (true) {
      LIFEBOAT_CHECK(check_stop());
      LIFEBOAT_TRY(const bool more, walk->cursor.next());
      if (!more) break;
      const ManifestEntry& m = walk->cursor.current();
      if (m.entry.type != EntryType::file) continue;
      const bool foreign =
          std::any_of(m.extents.begin(), m.extents.end(), [](const Extent& e) { return e.archive != 0; });
      if (foreign) LIFEBOAT_CHECK(pump.add({m, nullptr, {}}));
    }
    LIFEBOAT_CHECK(pump.finish());
    report_.bytes += pump.counts().read;
    return ok();
  }

  Status failed(const ManifestEntry& m, const Error& error) override {
    if (error.id() == ErrorId::crypto) return error;
    VerifyFinding finding;
    finding.id = error.id();
    finding.object = archive_prefix(proving_->source(), proving_->facts().archive);
    finding.has_archive = true;
    finding.archive = proving_->facts().archive;
    finding.path = m.entry.path;
    finding.file_end = m.entry.size;
    finding.text = error.sentence();
    findings_.add(std::move(finding));
    for (ArchiveVerdict& v : report_.archives)
      if (v.archive == proving_->facts().archive) v.restores_whole = false;
    return ok();
  }
  void done(const ManifestEntry&, std::uint64_t) override {}
  void moved(const ManifestEntry& m, std::uint64_t bytes) override {
    moved_ += bytes;
    input_.log.tell(Progress{"prove", m.entry.path, moved_, 0, 0});
  }

  /// Which archives still restore whole: those none of whose content is in damaged bytes.
  Status judge() {
    if (damage_.empty()) return ok();
    for (const ArchiveRecord& record : input_.catalog->archives) {
      LIFEBOAT_CHECK(check_stop());
      ArchiveVerdict& v = verdict(record);
      auto counted = count_touched(record, v);
      if (!counted) {
        if (!ArchiveReader::may_be_lost(counted.error().id())) return counted;
        v.restores_whole = false;
      }
      if (v.touched != 0) v.restores_whole = false;
    }
    return ok();
  }

  Status count_touched(const ArchiveRecord& record, ArchiveVerdict& v) {
    LIFEBOAT_TRY(const std::unique_ptr<ArchiveReader> archive,
                 ArchiveReader::open(*input_.repository, input_.catalog->source, record.facts, input_.own));
    LIFEBOAT_TRY(const std::unique_ptr<EntryWalk> walk, archive->walk());
    const std::size_t size = archive->verifier().traits().size;
    while (true) {
      LIFEBOAT_TRY(const bool more, walk->cursor.next());
      if (!more) return ok();
      const ManifestEntry& m = walk->cursor.current();
      const bool touched = std::any_of(m.extents.begin(), m.extents.end(), [&](const Extent& e) {
        const ArchiveId& id = archive->stream(e.archive).archive();
        return damage_.touches(id, e.data, e.data + extent_bytes(e, m.leaf, m.entry.size)) ||
               (m.leaf != 0 && damage_.touches(id, e.table, e.table + e.leaves * size));
      });
      if (!touched) continue;
      if (v.touched++ == 0) v.first_touched = m.entry.path;
    }
  }

  /// Sentences and sums.
  void finish() {
    for (VerifyFinding& finding : report_.findings) {
      if (finding.path.empty() || finding.text.empty() || finding.text.front() != ' ') continue;
      const std::uint64_t volume_length = input_.catalog->view().find(finding.archive)->facts.volume_length;
      finding.object = volume_name(input_.catalog->source, finding.archive, finding.stream_begin / volume_length);
      finding.text =
          "archive " + to_hex(finding.archive.view()) + ": bytes " + std::to_string(finding.file_begin) + " to " +
          std::to_string(finding.file_end == finding.file_begin ? finding.file_end : finding.file_end - 1) + " of '" +
          finding.path + "'" + finding.text + " (data." + zero_padded(finding.stream_begin / volume_length, 6) +
          ", byte " + std::to_string(finding.stream_begin % volume_length) + ")";
    }
    std::uint64_t read = report_.bytes;
    report_.unread = stored_ > read ? stored_ - read : 0;
    if (input_.depth >= Depth::digests && !report_.budget_ended) report_.unread = 0;
    VerifyFacts& facts = report_.facts;
    facts.depth = report_.depth;
    facts.objects = report_.objects;
    facts.bytes = report_.bytes;
    facts.unread = report_.unread;
    facts.findings = report_.finding_count;
    constexpr std::size_t texts_max = 100;
    for (std::size_t i = 0; i < report_.findings.size() && i < texts_max; ++i)
      facts.finding_texts.push_back(report_.findings[i].text);
  }

  VerifyInput input_;
  VerifyReport report_;
  FindingList findings_;
  DamageMap damage_;
  VerifyBudget budget_;
  std::vector<const ArchiveRecord*> order_;
  std::uint64_t start_at_ = 0;
  std::uint64_t moved_ = 0;  ///< content that was put together, for progress
  bool beginning_good_ = true;
  std::uint64_t stored_ = 0;
  const ArchiveReader* proving_ = nullptr;
  Workers workers_;
};

}  // namespace detail

/// Looks at what a source has on a medium, at the depth that is asked for:
///  - catalog: descriptor, RECOVER.txt, the chain and the anchor; every object there and of the right length;
///  - seals: the receipts too;
///  - digests: every stored byte is read once and proved, by all threads;
///  - restore: moreover every file of every archive is put together from all archives that it needs, into nothing.
/// What is damaged is no error here: it is in the report, with archive, path and byte range, and which archives still
/// restore whole. With a budget, what was verified longest ago comes first, and a later run goes on where this one
/// stopped, once its facts stand in the chain (a part of an archive that is put together from others is never cut).
/// Errors: interrupted, archive_unknown, crypto, and those of the medium where even the list of objects can not be had.
template <class = void>
Result<VerifyReport> verify(const VerifyInput& input) {
  return detail::BasicVerification<>(input).run();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
