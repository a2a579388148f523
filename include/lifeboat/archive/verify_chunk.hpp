// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/content_reader.hpp>
#include <lifeboat/archive/verify_input.hpp>
#include <lifeboat/core/workers.hpp>

// What the workers of a verification do with a stretch of a stream, and with the digests of a file.
namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// Content of one file within a chunk.
struct StreamCheck {
  std::string path;
  std::uint64_t at = 0;  ///< in the stream
  std::uint64_t length = 0;
  std::uint64_t file_offset = 0;
  std::uint8_t leaf = 0;
  std::uint64_t table = 0;  ///< where the digests of its leaves stand; not for a single leaf
  Digest digest;            ///< of the file, for a single leaf
};

/// A stretch of a stream: content, which a worker reads and proves, and what lies between, which it only reads.
template <class = void>
class BasicStreamChunk final : public Job {
 public:
  static constexpr std::uint64_t span_max = std::uint64_t{1} << 20U;

  void reset(const ArchiveReader& archive, std::uint64_t begin) {
    archive_ = &archive;
    from = to = begin;
    gaps_only = false;
    checks.clear();
    damaged.clear();
    error.reset();
  }

  void run() noexcept override {
    if (auto done = work(); !done) error = std::move(done).error();
  }

  /// Calls with each stretch that is nobody's content: its offset and its bytes.
  template <class F>
  Status each_gap(F&& call) const {
    std::uint64_t at = from;
    for (const StreamCheck& check : checks) {
      if (at < check.at) LIFEBOAT_CHECK(call(at, bytes(at, check.at - at)));
      at = check.at + check.length;
    }
    return at < to ? call(at, bytes(at, to - at)) : ok();
  }

  std::uint64_t from = 0;
  std::uint64_t to = 0;
  bool gaps_only = false;  ///< the content was proved in a run before
  std::vector<StreamCheck> checks;
  std::vector<VerifyFinding> damaged;
  std::optional<Error> error;  ///< that has nothing to do with what is stored

 private:
  [[nodiscard]] MutableBytes bytes(std::uint64_t at, std::uint64_t length) const noexcept {
    return {data_.get() + (at - from), static_cast<std::size_t>(length)};
  }

  Status work() {
    const StreamReader& stream = archive_->stream(0);
    if (to - from > room_) {
      room_ = static_cast<std::size_t>(to - from);
      data_ = std::make_unique_for_overwrite<std::byte[]>(room_);
    }
    const bool whole = !gaps_only && stream.read(from, bytes(from, to - from)).has_value();
    if (!whole)
      LIFEBOAT_CHECK(each_gap([&](std::uint64_t at, MutableBytes gap) {
        // What can not be read is zeros, and its volume's digest will not fit.
        if (!stream.read(at, gap)) std::fill(gap.begin(), gap.end(), std::byte{0});
        return ok();
      }));
    if (gaps_only) return ok();
    for (std::size_t i = 0; i < checks.size();) {
      const StreamCheck& check = checks[i];
      if (!whole) {
        if (auto read = stream.read(check.at, bytes(check.at, check.length)); !read) {
          damage(check, 0, check.length, " can not be read: " + read.error().sentence());
          ++i;
          continue;
        }
      }
      if (check.leaf == 0) {
        LIFEBOAT_CHECK(prove_single(check));
        ++i;
      } else {
        std::size_t end = i + 1;
        while (end < checks.size() && whole && goes_on(checks[end - 1], checks[end])) ++end;
        LIFEBOAT_CHECK(prove_leaves(i, end));
        i = end;
      }
    }
    return ok();
  }

  [[nodiscard]] std::uint64_t leaves_of(const StreamCheck& check) const noexcept {
    return leaf_count(check.leaf, check.length);
  }
  [[nodiscard]] bool goes_on(const StreamCheck& a, const StreamCheck& b) const noexcept {
    return b.leaf != 0 && b.table == a.table + leaves_of(a) * archive_->verifier().traits().size;
  }

  Status prove_single(const StreamCheck& check) {
    if (!hash_) {
      LIFEBOAT_TRY(hash_, archive_->repository().structural->begin());
    }
    const VerifierTraits& traits = archive_->verifier().traits();
    const ByteView data = bytes(check.at, check.length);
    std::byte leaf[64];
    FileDigest digest;
    LIFEBOAT_CHECK(digest.begin(*hash_, check.length, 0, traits));
    LIFEBOAT_CHECK(archive_->verifier().leaves(data, data.size(), {leaf, traits.size}));
    LIFEBOAT_CHECK(digest.add(0, {leaf, traits.size}));
    LIFEBOAT_TRY(const Digest found, digest.finish());
    if (found != check.digest) damage(check, 0, check.length, " do not fit their digest");
    return ok();
  }

  /// Leaves whose digests stand together.
  Status prove_leaves(std::size_t begin, std::size_t end) {
    const std::size_t size = archive_->verifier().traits().size;
    std::uint64_t count = 0;
    for (std::size_t i = begin; i < end; ++i) count += leaves_of(checks[i]);
    wanted_.resize(static_cast<std::size_t>(count) * size);
    const auto table = archive_->stream(0).read(checks[begin].table, wanted_);
    const std::byte* at = wanted_.data();
    for (std::size_t i = begin; i < end; ++i) {
      const StreamCheck& check = checks[i];
      const auto leaves = static_cast<std::size_t>(leaves_of(check));
      if (!table) {
        damage(check, 0, check.length, " have leaf digests that can not be read: " + table.error().sentence());
        continue;
      }
      found_.resize(leaves * size);
      const std::size_t step = std::size_t{1} << check.leaf;
      LIFEBOAT_CHECK(archive_->verifier().leaves(bytes(check.at, check.length), step, found_));
      if (std::memcmp(found_.data(), at, found_.size()) != 0)
        for (std::size_t leaf = 0; leaf < leaves; ++leaf)
          if (std::memcmp(found_.data() + leaf * size, at + leaf * size, size) != 0)
            damage(check, leaf * step, std::min<std::uint64_t>((leaf + 1) * step, check.length),
                   " do not fit their digests");
      at += leaves * size;
    }
    return ok();
  }

  void damage(const StreamCheck& check, std::uint64_t begin, std::uint64_t end, std::string what) {
    VerifyFinding finding;
    finding.has_archive = true;
    finding.archive = archive_->facts().archive;
    finding.path = check.path;
    finding.file_begin = check.file_offset + begin;
    finding.file_end = check.file_offset + end;
    finding.stream_begin = check.at + begin;
    finding.stream_end = check.at + end;
    finding.text = std::move(what);  // the rest of the sentence is known when no more joins it
    damaged.push_back(std::move(finding));
  }

  const ArchiveReader* archive_ = nullptr;
  std::unique_ptr<std::byte[]> data_;
  std::size_t room_ = 0;
  std::unique_ptr<HashPort> hash_;
  Bytes wanted_;
  Bytes found_;
};
using StreamChunk = BasicStreamChunk<>;

/// Proves the digest of a file, all of whose content is in this archive, by the digests of its leaves.
template <class = void>
class BasicTableJob final : public Job {
 public:
  BasicTableJob(const ArchiveReader& archive, ManifestEntry entry) : archive_(archive), entry_(std::move(entry)) {}
  void run() noexcept override {
    auto hash = archive_.repository().structural->begin();
    if (!hash) {
      error = std::move(hash).error();
      return;
    }
    if (auto opened = ContentReader::open(archive_, entry_, **hash); !opened) error = std::move(opened).error();
  }
  [[nodiscard]] const ManifestEntry& entry() const noexcept { return entry_; }
  std::optional<Error> error;

 private:
  const ArchiveReader& archive_;
  ManifestEntry entry_;
};
using TableJob = BasicTableJob<>;

}  // namespace detail

}  // namespace lifeboat::inline LIFEBOAT_ABI
