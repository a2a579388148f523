// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <lifeboat/core/fork_guard.hpp>
#include <lifeboat/journal/head.hpp>
#include <lifeboat/journal/reader.hpp>
#include <lifeboat/journal/segment_writer.hpp>
#include <lifeboat/journal/shipped.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// How the folder of a replica is opened.
struct ReplicaConfig {
  std::string folder{};                         ///< made where it is not there, none above it
  std::uint64_t segment_length = 16ULL << 20U;  ///< as of a journal; not less than twice the origin's queue
  std::optional<JournalHead> begins{};          ///< of a folder that holds nothing: what comes first goes on from here
  RandomPort* random = nullptr;                 ///< null: the machine's
};

/// The second copy of a journal: a folder that grows by what is shipped, and by nothing else. It has the origin's id,
/// epochs, sequences, chain and schemas, and segments of its own. JournalReader reads it, and after a promotion
/// Journal::open goes on with it. One receiver per folder, one thread at a time.
template <class = void>
class BasicJournalReplica {
 public:
  /// Opens the folder as the journal's writer does: its lock, a torn tail that is cut.
  /// Errors: config, busy, corrupt (with the position), medium_io, medium_full.
  static Result<std::unique_ptr<BasicJournalReplica>> open(ReplicaConfig config) {
    if (config.folder.empty()) return Error{ErrorId::config, "a replica of a journal needs a folder"}.unchanged();
    if (config.segment_length % segment_page != 0 || config.segment_length < 64 * segment_page)
      return Error{ErrorId::config, "a segment's length is a multiple of 4096, of 262144 bytes or more"}.unchanged();
    std::unique_ptr<BasicJournalReplica> replica(new BasicJournalReplica(config));
    LIFEBOAT_TRY(replica->writer_, SegmentWriter::open({.folder = std::move(config.folder),
                                                        .segment_length = config.segment_length,
                                                        .random = config.random},
                                                       false));
    LIFEBOAT_TRY(replica->structural_, open_structural(StructuralId::sha256));
    LIFEBOAT_TRY(replica->sha256_, replica->structural_->begin());
    return replica;
  }
  BasicJournalReplica(const BasicJournalReplica&) = delete;
  BasicJournalReplica& operator=(const BasicJournalReplica&) = delete;
  ~BasicJournalReplica() = default;

  /// Where the replica stands: durable.
  [[nodiscard]] JournalHead head() const noexcept {
    if (!writer_->begun()) return begins_;
    return {{writer_->epoch(), writer_->point().last}, writer_->point().chain};
  }
  [[nodiscard]] Position last() const noexcept { return head().last; }
  [[nodiscard]] ChainValue chain() const noexcept { return head().chain; }
  /// The id of the journal that it is a replica of; zeros while it holds nothing.
  [[nodiscard]] Id journal() const noexcept { return writer_->begun() ? writer_->header().journal : Id{}; }
  /// The record types that it knows, as docs/records.md has them.
  [[nodiscard]] const std::vector<Bytes>& schemas() const noexcept { return writer_->header().schemas; }
  /// What was found when it was opened.
  [[nodiscard]] const JournalRecovery& recovery() const noexcept { return writer_->recovery(); }

  /// Takes batches of a journal, in order: proves that each follows on the one before by epoch, sequence and chain,
  /// with the chain computed anew from the groups, makes all of them durable by one flush, and gives the last. What it
  /// has already is compared and skipped, so a run may come again.
  ///
  /// `origin` says which journal, and the record types. Errors, each before anything was changed: replica_strange for
  /// another journal, fenced for groups of an epoch that was left, diverged (with both heads), object_missing with
  /// the range that has to come before, corrupt for groups that are not what their chain says. And medium_io,
  /// medium_full: what reached the disk is then known to the next `open` alone, until then it answers stopped.
  Result<Position> receive(const ShippedOrigin& origin, std::span<const ShippedBatch> batches) {
    LIFEBOAT_CHECK(guard_.check("the replica of a journal"));
    if (stopped_)
      return Error{ErrorId::stopped, where() + " stopped when a write failed"}
          .because(failed_with_)
          .next("open the replica again");
    if (writer_->begun() && origin.journal != writer_->header().journal)
      return Error{ErrorId::replica_strange, where() + " is of the journal " + to_hex(writer_->header().journal.bytes) +
                                                 ", not of " + to_hex(origin.journal.bytes)}
          .unchanged();
    while (!batches.empty() && begun_with(batches.front())) batches = batches.subspan(1);
    LIFEBOAT_TRY(const std::size_t known, compare_known(batches));
    batches = batches.subspan(known);
    LIFEBOAT_CHECK(check_all(batches));
    LIFEBOAT_CHECK(write_all(origin, batches));
    return last();
  }

  /// Makes a piece of the next segment: after what was received was acknowledged. What fails shows when it is needed.
  void prepare() noexcept {
    if (!stopped_ && writer_->begun()) writer_->prepare_piece();
  }

 private:
  explicit BasicJournalReplica(const ReplicaConfig& config)
      : path_(config.folder), segment_length_(config.segment_length) {
    if (config.begins) begins_ = *config.begins;
  }

  std::string where() const { return "the replica " + path_; }

  /// Below what an empty replica was told to begin with: that is somewhere else.
  [[nodiscard]] bool begun_with(const ShippedBatch& batch) const noexcept {
    return !writer_->begun() && Position{batch.epoch, batch.last} <= begins_.last;
  }

  Error diverged(const ShippedBatch& batch, const JournalHead& own) const {
    return Error{ErrorId::diverged, where() + " stands at " + head_text(own) + "; what was shipped goes on from " +
                                        head_text({{batch.epoch, batch.after}, batch.before}) + " to " +
                                        head_text({{batch.epoch, batch.last}, batch.chain}) +
                                        ": these are two histories"}
        .next("keep both folders; the one that is not to go on is moved away and seeded anew")
        .unchanged();
  }
  Error fenced(const ShippedBatch& batch) const {
    return Error{ErrorId::fenced, where() + " is in epoch " + std::to_string(head().last.epoch) + "; groups " +
                                      to_text(Position{batch.epoch, batch.first}) + " to " +
                                      to_text(Position{batch.epoch, batch.last}) +
                                      " were written in an epoch that was left"}
        .next("the origin was promoted away from: stop it, and keep its journal as evidence")
        .unchanged();
  }

  /// How many of the first batches stand here already, each the same.
  Result<std::size_t> compare_known(std::span<const ShippedBatch> batches) const {
    if (batches.empty() || !writer_->begun()) return std::size_t{0};
    const JournalHead own = head();
    if (Position{batches.front().epoch, batches.front().first} > own.last) return std::size_t{0};
    auto reader = JournalReader::open(path_, {batches.front().epoch, batches.front().first});
    // What this folder keeps no more can not be compared; what comes behind proves it by its chain.
    if (!reader && reader.error().id() != ErrorId::object_missing) return std::move(reader).error();
    std::size_t known = 0;
    for (; known != batches.size(); ++known) {
      const ShippedBatch& batch = batches[known];
      if (Position{batch.epoch, batch.first} > own.last) break;
      if (!reader) continue;
      LIFEBOAT_TRY(const JournalBatch* const here, reader->next_batch());
      if (here == nullptr || here->epoch > batch.epoch)  // an epoch of its own went on from before this batch
        return batch.epoch < own.last.epoch ? fenced(batch) : diverged(batch, own);
      if (here->epoch != batch.epoch || here->after != batch.after || here->first != batch.first ||
          here->last != batch.last || here->before != batch.before || here->chain != batch.chain)
        return diverged(batch, own);
    }
    return known;
  }

  /// That each follows on the one before, and is what its chain says.
  Status check_all(std::span<const ShippedBatch> batches) {
    JournalHead at = head();
    // A crash may have left an epoch that was begun, without its first group.
    std::uint64_t next = writer_->begun() ? writer_->point().next_sequence : 0;
    for (const ShippedBatch& batch : batches) {
      LIFEBOAT_CHECK(check_follows(batch, at, next));
      LIFEBOAT_CHECK(check_shipped(batch, *sha256_, where()));
      if (batch.frames.size() > segment_length_ / 2)
        return Error{ErrorId::limit, where() + " has segments of " + std::to_string(segment_length_) +
                                         " bytes; the batch " + to_text(Position{batch.epoch, batch.first}) + " has " +
                                         std::to_string(batch.frames.size())}
            .next("open the replica with segments as long as the origin's")
            .unchanged();
      at = {{batch.epoch, batch.last}, batch.chain};
      next = batch.last + 1;
    }
    return ok();
  }

  Status check_follows(const ShippedBatch& batch, const JournalHead& at, std::uint64_t next) const {
    if (batch.epoch < at.last.epoch) return fenced(batch);
    if (batch.after < at.last.sequence) return diverged(batch, at);
    if (batch.after == at.last.sequence) {
      if (batch.before != at.chain) return diverged(batch, at);
      // Only a new epoch may leave out sequences.
      if (batch.first == batch.after + 1 || batch.first == next || batch.epoch > at.last.epoch) return ok();
    }
    return Error{ErrorId::object_missing, where() + " ends at " + to_text(at.last) +
                                              " and needs what comes between it and " +
                                              to_text(Position{batch.epoch, batch.first}) + " first"}
        .unchanged();
  }

  Status write_all(const ShippedOrigin& origin, std::span<const ShippedBatch> batches) {
    if (batches.empty()) return ok();
    std::uint64_t durable = writer_->point().last;
    for (const ShippedBatch& batch : batches) {
      LIFEBOAT_TRY(const bool begun, begin_for(origin, batch));
      if (begun) durable = batch.after;
      buffer_.resize(batch.frames.size() + commit_bytes);
      std::memcpy(buffer_.data(), batch.frames.data(), batch.frames.size());
      if (const int error = writer_->put(buffer_, batch.last, durable).error) return stop(error);
      if (writer_->point().chain != batch.chain) return stop(EIO);
    }
    if (const int error = writer_->flush()) return stop(error);
    writer_->mark(batches.back().last);
    return ok();
  }

  /// Begins a segment where the epoch or a record type is new; everything before it is then durable.
  Result<bool> begin_for(const ShippedOrigin& origin, const ShippedBatch& batch) {
    std::vector<Bytes> all;
    if (writer_->begun()) all = writer_->header().schemas;
    const std::size_t known = all.size();
    for (const Bytes& schema : origin.schemas)
      if (std::find(all.begin(), all.end(), schema) == all.end()) all.push_back(schema);
    if (writer_->begun() && all.size() == known && batch.epoch == writer_->epoch()) return false;
    SegmentHeader like;
    like.journal = origin.journal;
    like.epoch = batch.epoch;
    like.after = batch.after;
    like.first = batch.first;
    like.chain = batch.before;
    like.created = group_head(Frame{FrameType::group, 0, batch.frames})->time;
    like.schemas = std::move(all);
    Status begun = writer_->begin(std::move(like));
    if (!begun) {
      stopped_ = true;
      failed_with_ = begun.error().system_error();
      return std::move(begun).error();
    }
    return true;
  }

  Error stop(int error) {
    stopped_ = true;
    failed_with_ = error;
    const bool full = error == ENOSPC || error == EDQUOT;
    return Error{full ? ErrorId::medium_full : ErrorId::medium_io, where() + " can not be written"}.because(error).next(
        "open the replica again: it finds out what reached the disk");
  }

  std::string path_;
  std::uint64_t segment_length_;
  JournalHead begins_;
  ForkGuard guard_;
  std::unique_ptr<SegmentWriter> writer_;
  std::unique_ptr<VerifierPort> structural_;
  std::unique_ptr<HashPort> sha256_;
  Bytes buffer_;
  bool stopped_ = false;
  int failed_with_ = 0;
};
using JournalReplica = BasicJournalReplica<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
