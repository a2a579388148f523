// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <condition_variable>

#include <lifeboat/cli/opening.hpp>
#include <lifeboat/cli/record_output.hpp>
#include <lifeboat/cli/record_sums.hpp>
#include <lifeboat/cli/verify_journal.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

inline constexpr std::uint64_t groups_around = 5;  ///< that --around shows before and after

namespace detail {

/// One walk through a journal, shown as it goes.
template <class = void>
class BasicRecordsListing {
 public:
  explicit BasicRecordsListing(Session& session) : session_(session) {}

  Result<int> run() {
    const Arguments& arguments = session_.arguments;
    folder_ = absolute_path(arguments.text("--journal"));
    follows_ = arguments.has("--follow");
    LIFEBOAT_CHECK(begin());
    const Status walked = walk();
    if (!walked && walked.error().id() != ErrorId::interrupted) return walked.error();
    LIFEBOAT_CHECK(finish());
    if (walked) return bad_ ? 1 : 0;
    Error stopped{ErrorId::interrupted, follows_ ? "the journal was followed" + up_to() : "the listing was stopped"};
    if (follows_ && read_to_.sequence != 0)
      stopped = std::move(stopped).next("--since " + to_text(Position{read_to_.epoch, read_to_.sequence + 1}));
    return stopped;
  }

 private:
  std::string up_to() const { return read_to_.sequence == 0 ? "" : " to " + to_text(read_to_); }

  Status begin() {
    const Arguments& arguments = session_.arguments;
    LIFEBOAT_TRY(const RowFormat format, row_format(arguments));
    as_rows_ = format != RowFormat::none;
    csv_ = format == RowFormat::csv;
    if (arguments.has("--limit")) {
      LIFEBOAT_TRY(limit_, parse_count("--limit", arguments.text("--limit"), 1, 0xFFFF'FFFF));
    }
    LIFEBOAT_CHECK(open_reader({}));
    first_ = {reader_->header().epoch, reader_->header().first};
    LIFEBOAT_TRY(const SegmentHeader newest, newest_header(folder_));
    types_.learn(newest.schemas, session_);
    const Timestamp now = clock_now(session_.host.environment).wall;
    for (const std::string& text : arguments.all("--where")) {
      Result<RecordFilter> filter = parse_condition(text, types_.all(), now);
      if (!filter) return with_fields(filter.error(), folder_);
      choice_.filters.push_back(std::move(*filter));
    }
    const auto bound = [&](const std::string& option, std::optional<RecordBound>& to) -> Status {
      if (!arguments.has(option)) return ok();
      LIFEBOAT_TRY(to, parse_bound(option, arguments.text(option), newest.epoch, now));
      return ok();
    };
    LIFEBOAT_CHECK(bound("--since", choice_.since));
    LIFEBOAT_CHECK(bound("--until", choice_.until));
    LIFEBOAT_CHECK(read_around());
    LIFEBOAT_CHECK(seek());
    put_text(session_.json, "journal", folder_);
    if (csv_) {
      std::vector<const Schema*> shown;
      for (const Schema& schema : types_.all())
        if (choice_.may_take(schema)) shown.push_back(&schema);
      session_.out.out(table_.emplace(shown).head());
    }
    if (!as_rows_) session_.begin_array("groups");
    return ok();
  }

  Status read_around() {
    if (!session_.arguments.has("--around")) return ok();
    const std::string text = session_.arguments.text("--around");
    around_ = parse_position(text);
    if (!around_)
      return Error{ErrorId::usage, "--around takes a position, not \"" + text + "\""}
          .next("--around " + to_text(first_))
          .unchanged();
    const std::uint64_t at = around_->sequence;
    choice_.since = RecordBound{Position{around_->epoch, at > groups_around ? at - groups_around : 1}, {}};
    choice_.until = RecordBound{Position{around_->epoch, at + groups_around}, {}};
    return ok();
  }

  Status open_reader(Position from) {
    Result<JournalReader> opened = JournalReader::open(folder_, from);
    if (!opened) return from == Position{} ? without_journal(session_, opened.error()) : opened.error();
    reader_.emplace(std::move(*opened));
    return ok();
  }

  /// Begins where a position says; what was recycled meanwhile is said.
  Status seek() {
    if (!choice_.since || !choice_.since->position) return ok();
    const Position from = *choice_.since->position;
    if (from >= first_) return open_reader(from);
    if (!around_ && reader_->header().number != 1)
      session_.warn(ErrorId::object_missing, folder_,
                    "the journal begins at " + to_text(first_) + ": what was before it was recycled");
    return ok();
  }

  /// Goes on behind what was read.
  Status open_again() {
    return open_reader(read_to_ == Position{} ? Position{} : Position{read_to_.epoch, read_to_.sequence + 1});
  }

  Status walk() {
    while (true) {
      if (session_.stop().stop_requested()) return Error{ErrorId::interrupted, "stopped"};
      if (session_.out.failed() != 0) return ok();  // its reader has enough
      LIFEBOAT_TRY(const std::optional<JournalGroup> group, reader_->next());
      if (!group) {
        if (follows_) {
          LIFEBOAT_CHECK(wait());
          continue;
        }
        LIFEBOAT_TRY(const bool ended, is_end());
        if (ended) return ok();
        continue;
      }
      quiet_ = 0;
      if (choice_.is_over(*group)) return ok();
      read_to_ = group->position;
      LIFEBOAT_TRY(const bool more, show(*group));
      if (!more) return ok();
    }
  }

  /// False where enough was shown.
  Result<bool> show(const JournalGroup& group) {
    if (reader_->header().number != segment_) {
      segment_ = reader_->header().number;
      types_.learn(reader_->header().schemas, session_);
    }
    if (!choice_.in_bounds(group)) return true;
    bool good = true;
    const std::vector<ShownRecord> records = types_.read(group, good);
    if (!good) found_bad("group " + to_text(group.position) + " holds what are no records");
    const auto takes = [&](const ShownRecord& record) { return choice_.takes(record); };
    if (!choice_.filters.empty() && std::none_of(records.begin(), records.end(), takes)) return true;
    ++groups_;
    if (around_ && group.position == *around_) around_seen_ = true;
    Json list = Json::array();
    const std::string place = to_text(group.position) + " " + utc_text(group.time, Fraction::milliseconds) + " ";
    for (const ShownRecord& record : records) {
      if (record.schema != nullptr && !record.value)
        found_bad("a record of group " + to_text(group.position) + " breaks the rules of its schema " + record.title());
      if (as_rows_ && !takes(record)) continue;  // a row is asked for itself
      ++records_;
      if (!record.value) ++unread_;
      if (as_rows_) {
        row(group, record);
      } else {
        session_.say(place + printable(record_text(record)));
        if (session_.wants_json()) list.push_back(record_json(record));
      }
      if (session_.arguments.has("--sum") && !sums_.add(record))
        return Error{ErrorId::limit, "a sum at " + to_text(group.position) + " does not fit into 128 bits"};
    }
    if (session_.wants_json()) {
      Json object;
      object["position"] = to_text(group.position);
      object["time"] = time_json(group.time);
      object["records"] = std::move(list);
      session_.item(object);
    }
    return limit_ == 0 || groups_ < limit_;
  }

  void row(const JournalGroup& group, const ShownRecord& record) {
    session_.out.out(csv_ ? table_->row(group, record) : record_row(group, record));
  }

  void found_bad(const std::string& sentence) {
    bad_ = true;
    session_.warn(ErrorId::corrupt, folder_, sentence);
  }

  /// Waits for what comes next. When nothing has come for the first time, and again where the reader stays while there
  /// is a newer segment, the journal is proved: damage looks like an end.
  Status wait() {
    session_.out.flush();
    if (!proved_) {
      LIFEBOAT_TRY([[maybe_unused]] const JournalVerdict verdict, verify_living_journal(folder_));
      proved_ = true;
      return ok();
    }
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    const auto pause = std::chrono::milliseconds(quiet_ < 20 ? 10 : 100);
    (void)never.wait_for(lock, session_.stop(), pause, [] { return false; });
    if (++quiet_ % 20 != 0) return ok();
    LIFEBOAT_TRY(const SegmentHeader newest, newest_header(folder_));
    if (newest.number <= reader_->header().number) return ok();
    LIFEBOAT_TRY([[maybe_unused]] const JournalVerdict verdict, verify_living_journal(folder_));
    return open_again();
  }

  /// " | journal 1:1 to 1:42", or how far it was read.
  std::string where_text() const {
    if (last_)
      return last_->sequence < first_.sequence ? " | the journal is empty"
                                               : " | journal " + to_text(first_) + " to " + to_text(*last_);
    return read_to_.sequence == 0 ? "" : " | read to " + to_text(read_to_);
  }

  Status finish() {
    if (around_ && !around_seen_) {
      session_.refused = true;
      Error none = Error{ErrorId::object_missing,
                         "the journal " + folder_ + " has no group " + to_text(*around_) + ": it was read" + up_to()}
                       .unchanged();
      // The nearest one that there is, before it or else behind it.
      const Position before = read_to_.sequence != 0 && read_to_ < *around_ ? read_to_ : last_.value_or(Position{});
      const Position nearest = before < first_ || *around_ < first_ ? first_ : before;
      if (last_ && last_->sequence < first_.sequence)
        return std::move(none).next("lifeboat records --verify --journal " + shell_quoted(folder_));
      return std::move(none).next("--around " + to_text(nearest));
    }
    if (as_rows_) return ok();
    session_.say(count_text(groups_, "group", "groups") + ", " + count_text(records_, "record", "records") +
                 (unread_ == 0 ? "" : ", " + std::to_string(unread_) + " of them not readable here") + where_text() +
                 (above_ == 0
                      ? ""
                      : " | " + count_text(above_, "whole group", "whole groups") + " above, not known to be durable"));
    session_.json["group_count"] = groups_;
    session_.json["record_count"] = records_;
    session_.json["unread_count"] = unread_;
    session_.json["first"] = to_text(first_);
    session_.json["read_to"] = read_to_.sequence == 0 ? Json(nullptr) : Json(to_text(read_to_));
    session_.json["above_count"] = above_;
    if (session_.arguments.has("--sum")) sums_.print(session_);
    return ok();
  }

  /// The walk met nothing whole: an end, damage, or the writer overtook it; then it goes on behind what was read.
  Result<bool> is_end() {
    const Result<JournalVerdict> verdict = reader_->verify();
    if (verdict) {
      last_ = {verdict->last.epoch, std::min(verdict->durable, verdict->last.sequence)};
      above_ = verdict->last.sequence - last_->sequence;
      return true;
    }
    if (verdict.error().id() != ErrorId::corrupt) return verdict.error();
    LIFEBOAT_TRY([[maybe_unused]] const JournalVerdict whole, verify_living_journal(folder_));
    LIFEBOAT_CHECK(open_again());
    return false;
  }

  Session& session_;
  std::string folder_;
  std::optional<JournalReader> reader_;
  RecordTypes types_;
  RecordChoice choice_;
  RecordSums sums_;
  std::optional<RecordTable> table_;
  std::optional<Position> around_;
  Position first_;
  Position read_to_;
  std::optional<Position> last_;  ///< known once the end was met
  std::uint64_t limit_ = 0;
  std::uint64_t segment_ = 0;
  std::uint64_t groups_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t unread_ = 0;
  std::uint64_t above_ = 0;
  std::uint64_t quiet_ = 0;
  bool follows_ = false;
  bool as_rows_ = false;
  bool csv_ = false;
  bool proved_ = false;
  bool around_seen_ = false;
  bool bad_ = false;
};

}  // namespace detail

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
