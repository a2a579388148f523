// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <deque>

#include <lifeboat/archive/tar_writer.hpp>
#include <lifeboat/archive/verify_chunk.hpp>
#include <lifeboat/archive/verify_gaps.hpp>

// One pass over the data stream of an archive: every byte of it is under a digest, and is compared with it.
namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// The pass itself: the owner walks the manifest and cuts the stream into chunks, workers read and prove them, and the
/// owner takes them back in order.
template <class = void>
class BasicStreamPass {
 public:
  BasicStreamPass(const VerifyInput& input, VerifyReport& report, FindingList& findings, DamageMap& damage,
                  Workers& workers, VerifyBudget& budget)
      : input_(input), report_(report), findings_(findings), damage_(damage), workers_(workers), budget_(budget) {}
  ~BasicStreamPass() { drain(); }
  BasicStreamPass(const BasicStreamPass&) = delete;
  BasicStreamPass& operator=(const BasicStreamPass&) = delete;

  /// Goes over the stream of `archive`, all below `from` was proved before. True where it reached the end; else `stood`
  /// is where it stopped.
  Result<bool> run(const ArchiveReader& archive, std::uint64_t from) {
    archive_ = &archive;
    from_ = from;
    const std::uint64_t volume = archive.manifest().volume_length;
    volume_begin_ = from / volume * volume;
    LIFEBOAT_TRY(const std::unique_ptr<HashPort> gap_hash, archive.repository().structural->begin());
    LIFEBOAT_TRY(const std::unique_ptr<EntryWalk> walk, archive.walk());
    GapHash gaps(archive, *gap_hash, from / volume);
    gaps_ = &gaps;
    at_ = stood_ = 0;
    LIFEBOAT_TRY(const bool ended, chunks(walk->cursor));
    if (!ended) {
      drain();
      return false;
    }
    LIFEBOAT_CHECK(check_end());
    return true;
  }

  [[nodiscard]] std::uint64_t stood() const noexcept { return stood_; }

 private:
  struct Item {
    std::unique_ptr<StreamChunk> chunk;
    std::unique_ptr<TableJob> table;
  };

  Result<bool> chunks(ManifestCursor& cursor) {
    while (true) {
      if (input_.stop.stop_requested()) return VerifyBudget::stopped();
      LIFEBOAT_TRY(const bool more, cursor.next());
      if (!more) break;
      const ManifestEntry& m = cursor.current();
      if (m.entry.type == EntryType::file) LIFEBOAT_CHECK(add_file(m));
      if (stopped_) return false;
    }
    const std::uint64_t covered = archive_->manifest().covered;
    LIFEBOAT_CHECK(add_gap(covered));
    LIFEBOAT_CHECK(flush());
    while (!items_.empty() && !stopped_) LIFEBOAT_CHECK(take_front());
    if (stopped_) return false;
    std::vector<std::uint64_t> bad;
    LIFEBOAT_CHECK(gaps_->go_to(covered, bad));
    report_volumes(bad);
    return true;
  }

  Status add_file(const ManifestEntry& m) {
    bool own = !m.extents.empty();
    for (const Extent& extent : m.extents) {
      if (extent.archive != 0) {
        own = false;
        continue;
      }
      const std::uint64_t length = extent_bytes(extent, m.leaf, m.entry.size);
      if (extent.data < at_ || extent.data + length > archive_->manifest().covered) {
        findings_.add(ErrorId::corrupt, archive_prefix(archive_->source(), archive_->facts().archive) + "manifest",
                      archive_->facts().archive,
                      "archive " + to_hex(archive_->facts().archive.view()) + ": '" + m.entry.path +
                          "' claims bytes of the stream that lie before or behind where they can be");
        own = false;
        continue;
      }
      if (m.leaf == 0 && length > single_leaf_max)
        LIFEBOAT_CHECK(add_long_leaf(extent, length));
      else
        LIFEBOAT_CHECK(add_content(m, extent, length));
      if (stopped_) return ok();
    }
    if (own && (m.leaf != 0 || m.entry.size > single_leaf_max) && at_ > from_)
      return queue({nullptr, std::make_unique<TableJob>(*archive_, m)});
    return ok();
  }

  Status add_content(const ManifestEntry& m, const Extent& extent, std::uint64_t length) {
    LIFEBOAT_CHECK(add_gap(extent.data));
    const std::size_t size = archive_->verifier().traits().size;
    for (std::uint64_t done = 0; done < length;) {
      LIFEBOAT_CHECK(begin_chunk());
      const std::uint64_t piece = std::min(length - done, StreamChunk::span_max);
      StreamCheck check;
      check.path = m.entry.path;
      check.at = extent.data + done;
      check.length = piece;
      check.leaf = m.leaf;
      check.file_offset = (m.leaf == 0 ? 0 : extent.first << m.leaf) + done;
      if (m.leaf == 0)
        check.digest = m.digest;
      else
        check.table = extent.table + (done >> m.leaf) * size;
      current_->checks.push_back(std::move(check));
      done += piece;
      at_ += piece;
      current_->to = at_;
      LIFEBOAT_CHECK(flush_full());
    }
    return ok();
  }

  /// A leaf that is too long for one read is proved by a job that streams it.
  Status add_long_leaf(const Extent& extent, std::uint64_t length) {
    LIFEBOAT_CHECK(add_gap(extent.data));
    LIFEBOAT_CHECK(flush());
    at_ += length;
    report_.bytes += length;
    return ok();
  }

  /// What lies up to `to` is nobody's content.
  Status add_gap(std::uint64_t to) {
    while (at_ < to && !stopped_) {
      LIFEBOAT_CHECK(begin_chunk());
      const std::uint64_t room = StreamChunk::span_max - std::min(StreamChunk::span_max, at_ - current_->from);
      at_ += std::min(to - at_, std::max<std::uint64_t>(room, 512));
      current_->to = at_;
      LIFEBOAT_CHECK(flush_full());
    }
    return ok();
  }

  Status begin_chunk() {
    if (current_) return ok();
    if (free_.empty()) {
      current_ = std::make_unique<StreamChunk>();
    } else {
      current_ = std::move(free_.back());
      free_.pop_back();
    }
    current_->reset(*archive_, at_);
    return ok();
  }

  Status flush_full() {
    return current_->to - current_->from >= StreamChunk::span_max || current_->checks.size() >= 512 ? flush() : ok();
  }

  Status flush() {
    if (!current_) return ok();
    if (current_->to <= volume_begin_) {  // proved before, and so is its volume
      stood_ = current_->to;
      free_.push_back(std::move(current_));
      return ok();
    }
    current_->gaps_only = current_->to <= from_;
    return queue({std::move(current_), nullptr});
  }

  Status queue(Item item) {
    // As many chunks at once as the memory allows, and no more than keep all threads at work.
    const std::uint64_t in_memory = std::max<std::uint64_t>(input_.budgets.memory / (4 * StreamChunk::span_max), 2);
    const std::uint64_t wanted = std::min<std::uint64_t>(in_memory, workers_.threads() * 4ULL);
    while (items_.size() >= wanted && !stopped_) LIFEBOAT_CHECK(take_front());
    LIFEBOAT_CHECK(budget_.throttle.pass(bytes_of(item)));
    Job& job = item.chunk ? static_cast<Job&>(*item.chunk) : *item.table;
    workers_.submit(job);
    items_.push_back(std::move(item));
    return ok();
  }

  /// What is read for it, but for digests.
  static std::uint64_t bytes_of(const Item& item) {
    if (item.chunk) return item.chunk->gaps_only ? 0 : item.chunk->to - item.chunk->from;
    const ManifestEntry& m = item.table->entry();
    return m.leaf == 0 ? m.entry.size : 0;
  }

  Status take_front() {
    Item& item = items_.front();
    if (item.table) {
      workers_.wait(*item.table);
      const std::unique_ptr<TableJob> table = std::move(item.table);
      items_.pop_front();
      return take_table(*table);
    }
    workers_.wait(*item.chunk);
    std::unique_ptr<StreamChunk> chunk = std::move(item.chunk);
    items_.pop_front();
    if (chunk->error) return *chunk->error;
    for (VerifyFinding& finding : chunk->damaged) {
      damage_.add(finding.archive, finding.stream_begin, finding.stream_end);
      findings_.add(std::move(finding));
    }
    std::vector<std::uint64_t> bad;
    LIFEBOAT_CHECK(chunk->each_gap([&](std::uint64_t at, ByteView bytes) {
      if (chunk->gaps_only) report_.bytes += bytes.size();
      return gaps_->feed(at, bytes, bad);
    }));
    LIFEBOAT_CHECK(gaps_->go_to(chunk->to, bad));
    report_volumes(bad);
    if (!chunk->gaps_only) report_.bytes += chunk->to - chunk->from;
    stood_ = chunk->to;
    input_.log.tell(Progress{"verify",
                             chunk->checks.empty() ? std::string_view() : std::string_view(chunk->checks.back().path),
                             report_.bytes, report_.expected, 0});
    free_.push_back(std::move(chunk));
    if (stood_ > from_ && budget_.used_up()) stopped_ = true;
    return ok();
  }

  Status take_table(const TableJob& table) {
    if (!table.error) return ok();
    if (table.error->id() == ErrorId::crypto) return *table.error;
    const ManifestEntry& m = table.entry();
    VerifyFinding finding;
    finding.id = table.error->id();
    finding.has_archive = true;
    finding.archive = archive_->facts().archive;
    finding.object = archive_prefix(archive_->source(), finding.archive);
    finding.path = m.entry.path;
    finding.file_end = m.entry.size;
    finding.text = table.error->sentence();
    for (const Extent& extent : m.extents) {
      const std::uint64_t end = extent.data + extent_bytes(extent, m.leaf, m.entry.size);
      damage_.add(finding.archive, extent.data, end);  // nothing of the file can be proved
      finding.stream_begin = finding.stream_end == 0 ? extent.data : finding.stream_begin;
      finding.stream_end = end;
    }
    findings_.add(std::move(finding));
    return ok();
  }

  void report_volumes(const std::vector<std::uint64_t>& bad) {
    const Manifest& manifest = archive_->manifest();
    for (const std::uint64_t volume : bad) {
      VerifyFinding finding;
      finding.object = volume_name(archive_->source(), manifest.archive, volume);
      finding.has_archive = true;
      finding.archive = manifest.archive;
      finding.stream_begin = volume * manifest.volume_length;
      finding.stream_end = std::min(finding.stream_begin + manifest.volume_length, manifest.covered);
      finding.text = finding.object +
                     ": what stands between the files' contents (headers, filling, leaf digests) in bytes 0 to " +
                     std::to_string(finding.stream_end - finding.stream_begin - 1) + " does not fit its digest";
      findings_.add(std::move(finding));
    }
  }

  /// The last member repeats the manifest, and the stream ends with zeros.
  Status check_end() {
    const BackupFacts& facts = archive_->facts();
    const Manifest& manifest = archive_->manifest();
    auto begin = ArchiveReader::manifest_in_stream(facts);
    Bytes wanted;
    encode_own_member(wanted, facts.archive, "manifest", facts.manifest_length, manifest.covered);
    if (!begin || manifest.covered + wanted.size() != *begin)
      return end_damaged(manifest.covered, facts.stream_length,
                         "has no room for the copy of the manifest that belongs there");
    const StreamReader& stream = archive_->stream(0);
    Bytes found(wanted.size());
    if (!stream.read(manifest.covered, found) || found != wanted)
      LIFEBOAT_CHECK(end_damaged(manifest.covered, *begin, "is no header of the manifest's copy"));
    const std::uint64_t copy_end = *begin + facts.manifest_length;
    constexpr std::uint64_t step = std::uint64_t{1} << 18U;
    for (std::uint64_t at = *begin; at < facts.stream_length; at += step) {
      const std::uint64_t end = std::min(at + step, facts.stream_length);
      found.resize(static_cast<std::size_t>(end - at));
      wanted.assign(found.size(), std::byte{0});
      const std::uint64_t in_copy = at < copy_end ? std::min(end, copy_end) - at : 0;
      if (in_copy != 0)
        LIFEBOAT_CHECK(archive_->manifest_bytes().read(at - *begin,
                                                       MutableBytes(wanted).first(static_cast<std::size_t>(in_copy))));
      if (!stream.read(at, found)) {
        LIFEBOAT_CHECK(end_damaged(at, end, "can not be read"));
        continue;
      }
      if (found == wanted) continue;
      const auto first = std::mismatch(found.begin(), found.end(), wanted.begin()).first - found.begin();
      LIFEBOAT_CHECK(end_damaged(at + static_cast<std::uint64_t>(first), end,
                                 "is not the copy of the manifest, with zeros behind it, that belongs there"));
    }
    report_.bytes += facts.stream_length - manifest.covered;
    stood_ = facts.stream_length;
    return ok();
  }

  Status end_damaged(std::uint64_t begin, std::uint64_t end, const char* what) {
    const BackupFacts& facts = archive_->facts();
    VerifyFinding finding;
    finding.has_archive = true;
    finding.archive = facts.archive;
    finding.object = volume_name(archive_->source(), facts.archive, begin / facts.volume_length);
    finding.stream_begin = begin;
    finding.stream_end = end;
    finding.text = finding.object + ": the end of the stream from byte " + std::to_string(begin % facts.volume_length) +
                   " on " + what;
    findings_.add(std::move(finding));
    return ok();
  }

  /// Nothing of this pass is at work any more.
  void drain() {
    for (Item& item : items_) workers_.wait(item.chunk ? static_cast<Job&>(*item.chunk) : *item.table);
    items_.clear();
    current_.reset();
  }

  const VerifyInput& input_;
  VerifyReport& report_;
  FindingList& findings_;
  DamageMap& damage_;
  Workers& workers_;
  VerifyBudget& budget_;
  const ArchiveReader* archive_ = nullptr;
  GapHash* gaps_ = nullptr;
  std::uint64_t from_ = 0;
  std::uint64_t volume_begin_ = 0;
  std::uint64_t at_ = 0;     ///< up to here the stream is in chunks
  std::uint64_t stood_ = 0;  ///< up to here chunks were taken back
  bool stopped_ = false;
  std::unique_ptr<StreamChunk> current_;
  std::vector<std::unique_ptr<StreamChunk>> free_;
  std::deque<Item> items_;
};
using StreamPass = BasicStreamPass<>;

}  // namespace detail

}  // namespace lifeboat::inline LIFEBOAT_ABI
