// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>

#include <lifeboat/archive/manifest_reader.hpp>
#include <lifeboat/archive/repository.hpp>
#include <lifeboat/verifier/known.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// One way through the entries of a manifest, with a hash of its own.
template <class = void>
struct BasicEntryWalk {
  BasicEntryWalk(std::unique_ptr<HashPort> own, const RandomReader& in, const Manifest& manifest,
                 std::uint64_t stream_length, std::size_t digest_size, std::string name)
      : hash(std::move(own)), cursor(in, manifest, *hash, stream_length, digest_size, std::move(name)) {}
  std::unique_ptr<HashPort> hash;
  ManifestCursor cursor;
};
using EntryWalk = BasicEntryWalk<>;

/// Where a manifest was read from.
enum class ManifestFrom : std::uint8_t { object, stream };

/// One archive opened for reading: its manifest, its verifier, and the streams that it refers to. Any number of threads
/// may use one that is open. Memory: the manifest's index.
template <class = void>
class BasicArchiveReader {
 public:
  using Opened = Result<std::unique_ptr<BasicArchiveReader>>;

  /// As the chain names it. A manifest object that is lost or damaged is read from the end of the stream. `own` is the
  /// engine's verifier, for archives made with one that is not of this library.
  /// Errors: object_missing, corrupt, format_version, feature_unknown, medium_io.
  static Opened open(const Repository& repository, const std::string& source, const BackupFacts& facts,
                     const VerifierPort* own = nullptr) {
    auto opened = open_from(repository, source, facts, ManifestFrom::object, own);
    if (opened || !may_be_lost(opened.error().id())) return opened;
    auto second = open_from(repository, source, facts, ManifestFrom::stream, own);
    return second ? std::move(second) : std::move(opened);
  }

  /// From one of the two places only.
  static Opened open_from(const Repository& repository, const std::string& source, const BackupFacts& facts,
                          ManifestFrom from, const VerifierPort* own = nullptr) {
    auto reader = std::unique_ptr<BasicArchiveReader>(new BasicArchiveReader);
    reader->repository_ = &repository;
    reader->source_ = source;
    reader->facts_ = facts;
    reader->from_ = from;
    MediumPort& medium = *repository.medium;
    reader->streams_.emplace_back(medium, source, facts.archive, facts.stream_length, facts.volume_length);
    if (from == ManifestFrom::object) {
      reader->name_ = manifest_name(source, facts.archive);
      reader->in_ = std::make_unique<ObjectReader>(medium, reader->name_);
    } else {
      reader->name_ = "the copy of the manifest at the end of " + archive_prefix(source, facts.archive) + "data";
      LIFEBOAT_TRY(const std::uint64_t at, manifest_in_stream(facts));
      reader->own_stream_ =
          std::make_unique<StreamReader>(medium, source, facts.archive, facts.stream_length, facts.volume_length);
      reader->in_ = std::make_unique<ShiftedReader>(*reader->own_stream_, at);
    }
    LIFEBOAT_TRY(const std::unique_ptr<HashPort> hash, repository.structural->begin());
    LIFEBOAT_TRY(reader->manifest_,
                 read_manifest(*reader->in_, facts.manifest_length, facts.manifest_digest, *hash, reader->name_));
    LIFEBOAT_CHECK(reader->check());
    for (const ReferredArchive& archive : reader->manifest_.archives)
      reader->streams_.emplace_back(medium, source, archive.id, archive.stream_length, archive.volume_length);
    if (own != nullptr && own->traits().id == reader->manifest_.verifier) {
      reader->verifier_ = own;
    } else {
      LIFEBOAT_TRY(reader->opened_, open_verifier_by_id(reader->manifest_.verifier));
      reader->verifier_ = reader->opened_.get();
    }
    return reader;
  }

  /// Where the copy of the manifest begins in the stream.
  static Result<std::uint64_t> manifest_in_stream(const BackupFacts& facts) {
    constexpr std::uint64_t behind = 1024;
    const std::uint64_t limit = facts.stream_length;
    if (facts.manifest_length > limit || limit - facts.manifest_length < behind + 512)
      return Error{ErrorId::corrupt,
                   "the stream of archive " + to_hex(facts.archive.view()) + " is too short for its manifest"};
    const std::uint64_t blocks = (facts.manifest_length + 511) / 512 * 512;
    if (blocks + behind > limit) return Error{ErrorId::corrupt, "the stream is too short for its manifest"};
    return limit - behind - blocks;
  }

  [[nodiscard]] const Repository& repository() const noexcept { return *repository_; }
  [[nodiscard]] const std::string& source() const noexcept { return source_; }
  [[nodiscard]] const BackupFacts& facts() const noexcept { return facts_; }
  [[nodiscard]] const Manifest& manifest() const noexcept { return manifest_; }
  [[nodiscard]] const VerifierPort& verifier() const noexcept { return *verifier_; }
  [[nodiscard]] ManifestFrom from() const noexcept { return from_; }
  /// The bytes of the manifest, wherever they were found.
  [[nodiscard]] const RandomReader& manifest_bytes() const noexcept { return *in_; }

  /// The stream of the archive that an extent names.
  [[nodiscard]] const StreamReader& stream(std::uint32_t archive) const noexcept { return streams_[archive]; }
  /// How many streams its extents may name.
  [[nodiscard]] std::size_t streams() const noexcept { return streams_.size(); }

  /// A way through its entries. Each walk belongs to one thread.
  [[nodiscard]] Result<std::unique_ptr<EntryWalk>> walk() const {
    LIFEBOAT_TRY(std::unique_ptr<HashPort> hash, repository_->structural->begin());
    return std::make_unique<EntryWalk>(std::move(hash), *in_, manifest_, facts_.stream_length, verifier_->traits().size,
                                       name_);
  }

  /// Whether an error may come from an object that is gone or damaged, so that a copy may serve.
  static bool may_be_lost(ErrorId id) noexcept {
    return id == ErrorId::object_missing || id == ErrorId::corrupt || id == ErrorId::medium_io;
  }

 private:
  BasicArchiveReader() = default;

  Status check() const {
    const Manifest& m = manifest_;
    if (m.archive != facts_.archive || m.source != source_ || m.repository != repository_->id ||
        m.verifier != facts_.verifier || m.volume_length != facts_.volume_length || m.covered > facts_.stream_length ||
        m.structural != static_cast<std::uint8_t>(repository_->structural_id) || m.archives.size() > 0xFFFFFFFEU)
      return Error{ErrorId::corrupt, name_ + " belongs to another archive than its chain entry says"};
    return ok();
  }

  const Repository* repository_ = nullptr;
  std::string source_;
  BackupFacts facts_;
  ManifestFrom from_ = ManifestFrom::object;
  std::string name_;
  std::unique_ptr<StreamReader> own_stream_;
  std::unique_ptr<RandomReader> in_;
  Manifest manifest_;
  std::vector<StreamReader> streams_;
  std::unique_ptr<VerifierPort> opened_;
  const VerifierPort* verifier_ = nullptr;
};
using ArchiveReader = BasicArchiveReader<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
