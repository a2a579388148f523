// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/opening.hpp>
#include <lifeboat/cli/record_output.hpp>
#include <lifeboat/cli/record_sums.hpp>
#include <lifeboat/cli/verify_journal.hpp>
#include <lifeboat/journal/piece_reader.hpp>
#include <lifeboat/restore/extract_mark.hpp>
#include <lifeboat/restore/staging.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

namespace detail {

/// A file of rows that is made as they come, with its digest.
template <class = void>
class BasicRowFile {
 public:
  Status open(int folder, const std::string& name) {
    name_ = name;
    LIFEBOAT_TRY(sha256_, open_structural(StructuralId::sha256));
    LIFEBOAT_TRY(hash_, sha256_->begin());
    auto file = open_at(folder, name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    if (!file) return failed(file.error);
    file_ = std::move(file.value);
    return ok();
  }
  Status add(std::string_view row) {
    rows_.append(row);
    return rows_.size() < (256U << 10U) ? ok() : flush();
  }
  /// Durable when it returns; the digest.
  Result<std::string> finish() {
    LIFEBOAT_CHECK(flush());
    if (const int error = sync_file(file_.get())) return failed(error);
    std::byte digest[32];
    LIFEBOAT_CHECK(hash_->finish(digest));
    return to_hex(digest);
  }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return at_; }

 private:
  Status flush() {
    LIFEBOAT_CHECK(hash_->update(as_bytes(rows_)));
    if (const int error = pwrite_full(file_.get(), at_, as_bytes(rows_))) return failed(error);
    at_ += rows_.size();
    rows_.clear();
    return ok();
  }
  Error failed(int error) const { return Error{ErrorId::target_io, name_ + " can not be written"}.because(error); }

  std::string name_;
  std::unique_ptr<VerifierPort> sha256_;
  std::unique_ptr<HashPort> hash_;
  FileDescriptor file_;
  std::uint64_t at_ = 0;
  std::string rows_;
};

/// The records of a journal that fit, written out: of a folder, also while it is written, or of what a medium has.
template <class = void>
class BasicRecordExtract {
 public:
  explicit BasicRecordExtract(Session& session) : session_(session) {}

  /// Reads the choice by the types that the newest header names. Errors: usage, path_unknown, those of times.
  Status choose(const SegmentHeader& newest) {
    const Arguments& arguments = session_.arguments;
    const Timestamp now = clock_now(session_.host.environment).wall;
    LIFEBOAT_TRY(const RowFormat format, row_format(arguments));
    csv_ = format == RowFormat::csv;
    types_.learn(newest.schemas, session_);
    for (const std::string& text : arguments.all("--where")) {
      LIFEBOAT_TRY(choice_.filters.emplace_back(), parse_condition(text, types_.all(), now));
    }
    if (arguments.has("--since")) {
      LIFEBOAT_TRY(choice_.since, parse_bound("--since", arguments.text("--since"), newest.epoch, now));
    }
    if (arguments.has("--before")) {
      LIFEBOAT_TRY(before_, parse_time(arguments.text("--before"), now, "--before"));
    }
    if (!arguments.has("--position")) return ok();
    LIFEBOAT_TRY(const Position position, named_position(arguments));
    choice_.until = RecordBound{position, {}};
    return ok();
  }

  /// Writes to `rows`, or only counts where there is none.
  Status from_journal(const std::string& folder, BasicRowFile<>* rows) {
    LIFEBOAT_CHECK(begin(rows));
    while (true) {
      LIFEBOAT_TRY(JournalReader reader, JournalReader::open(folder, behind_read()));
      while (true) {
        LIFEBOAT_CHECK(check_stop());
        LIFEBOAT_TRY(const std::optional<JournalGroup> group, reader.next());
        if (!group) break;
        if (choice_.is_over(*group)) return ok();
        LIFEBOAT_CHECK(take(*group, reader.header()));
      }
      const Result<JournalVerdict> verdict = reader.verify();
      if (verdict) return ok();
      if (verdict.error().id() != ErrorId::corrupt) return verdict.error();
      // Damage, or the writer overtook it: then it goes on behind what was read.
      LIFEBOAT_TRY([[maybe_unused]] const JournalVerdict whole, verify_living_journal(folder));
    }
  }
  Status from_medium(MediumPort& medium, const std::string& source, const JournalHistory& history,
                     BasicRowFile<>* rows) {
    LIFEBOAT_CHECK(begin(rows));
    Position from{};
    if (choice_.since && choice_.since->position && choice_.since->position->sequence != 0)
      from = {choice_.since->position->epoch, choice_.since->position->sequence - 1};
    Position upto{~std::uint64_t{0}, 0};
    if (choice_.until && choice_.until->position) upto = *choice_.until->position;
    LIFEBOAT_TRY(PieceReader reader, PieceReader::open(medium, source, history, from, upto));
    while (true) {
      const auto next = reader.next_batch();
      if (!next) return before_gap(next.error());
      if (*next == nullptr) return ok();
      BatchGroups groups(**next);
      while (const auto group = groups.next()) {
        LIFEBOAT_CHECK(check_stop());
        if (choice_.is_over(*group)) return ok();
        LIFEBOAT_CHECK(take(*group, reader.header()));
      }
    }
  }

  [[nodiscard]] bool csv() const noexcept { return csv_; }
  [[nodiscard]] std::uint64_t groups() const noexcept { return groups_; }
  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
  [[nodiscard]] Position read_to() const noexcept { return read_to_; }
  [[nodiscard]] const RecordSums& sums() const noexcept { return sums_; }

 private:
  [[nodiscard]] Position behind_read() const noexcept {
    return read_to_ == Position{} ? Position{} : Position{read_to_.epoch, read_to_.sequence + 1};
  }
  /// What is missing or damaged is read over by nobody; what is before it can be had.
  [[nodiscard]] Error before_gap(const Error& error) const {
    if (!lifeboat::detail::is_lost_piece(error.id()) || read_to_ == Position{}) return error;
    return Error(error).next("--position " + to_text(read_to_) +
                             "    # up to there; or --since EPOCH:SEQUENCE, behind it");
  }
  Status check_stop() const {
    return session_.stop().stop_requested() ? Status(Error{ErrorId::interrupted, "the extract was stopped"}) : ok();
  }

  Status begin(BasicRowFile<>* rows) {
    rows_ = rows;
    if (!csv_) return ok();
    std::vector<const Schema*> shown;
    for (const Schema& schema : types_.all())
      if (choice_.may_take(schema)) shown.push_back(&schema);
    return rows_ == nullptr ? ok() : rows_->add(table_.emplace(shown).head());
  }

  Status take(const JournalGroup& group, const SegmentHeader& header) {
    read_to_ = group.position;
    if (header.number != segment_ || header.salt != salt_) {
      segment_ = header.number;
      salt_ = header.salt;
      types_.learn(header.schemas, session_);
    }
    if (!choice_.in_bounds(group) || (before_ && group.time >= *before_)) return ok();
    bool good = true;
    const std::vector<ShownRecord> records = types_.read(group, good);
    if (!good) return Error{ErrorId::corrupt, "group " + to_text(group.position) + " holds what are no records"};
    bool any = false;
    for (const ShownRecord& record : records) {
      if (!choice_.takes(record)) continue;
      any = true;
      ++records_;
      if (!sums_.add(record))
        return Error{ErrorId::limit, "a sum at " + to_text(group.position) + " does not fit into 128 bits"};
      if (rows_ != nullptr) LIFEBOAT_CHECK(rows_->add(csv_ ? table_->row(group, record) : record_row(group, record)));
    }
    groups_ += any ? 1U : 0U;
    return ok();
  }

  Session& session_;
  RecordTypes types_;
  RecordChoice choice_;
  std::optional<Timestamp> before_;
  RecordSums sums_;
  std::optional<RecordTable> table_;
  BasicRowFile<>* rows_ = nullptr;
  bool csv_ = false;
  std::uint64_t segment_ = 0;
  std::uint64_t salt_ = 0;
  std::uint64_t groups_ = 0;
  std::uint64_t records_ = 0;
  Position read_to_;
};

}  // namespace detail

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
