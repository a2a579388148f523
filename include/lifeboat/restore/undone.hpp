// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/json_text.hpp>
#include <lifeboat/restore/evidence.hpp>
#include <lifeboat/restore/journal_tail.hpp>
#include <lifeboat/restore/restored_mark.hpp>
#include <lifeboat/restore/staging.hpp>
#include <lifeboat/restore/statement_reader.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// One record as a line: what every list of payments has, and the record as people read it.
template <class = void>
std::string undone_line(const SeenGroup& group, const SeenRecord& record) {
  std::string line = "{\"position\":\"" + to_text(group.position) + "\",\"time\":\"" +
                     utc_text(group.time, Fraction::nanoseconds) + "\"";
  const RoleFields& roles = *record.roles;
  const auto has = [&](const std::optional<PlacedField>& field) {
    return field && !field->sensitive && field->is_in(record.value);
  };
  if (has(roles.key)) append_json(line.append(",\"key\":"), roles.key->of(record.value).inner().as_text_view());
  if (has(roles.money)) {
    const std::string money = to_text(roles.money->of(record.value).inner().as_money());
    const std::size_t space = money.find(' ');
    line.append(",\"amount\":\"").append(money.substr(0, space));
    line.append("\",\"currency\":\"").append(money.substr(space + 1)).append("\"");
  }
  append_json(line.append(",\"state\":\"undone\",\"type\":"), record.schema->title());
  append_json(line.append(",\"record\":"), value_text(record.value));
  return line.append("}\n");
}

}  // namespace detail

/// The name of the list within the journal that was restored, so that it goes wherever that one goes.
inline constexpr const char* undone_name = "restored.undone.jsonl";

/// Where the list stands beside the target of a restore.
template <class = void>
std::string undone_beside(const std::string& target) {
  return plain_target(target) + ".undone.jsonl";
}

namespace detail {

/// Writes one text into several files.
template <class = void>
class BasicUndoneFiles {
 public:
  explicit BasicUndoneFiles(const std::vector<std::string>& paths) : paths_(paths) {}

  Status open() {
    LIFEBOAT_TRY(sha256_, open_structural(StructuralId::sha256));
    LIFEBOAT_TRY(hash_, sha256_->begin());
    for (const std::string& path : paths_) {
      auto file = open_at(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
      if (!file) return failed(path, file.error);
      files_.push_back(std::move(file.value));
    }
    return ok();
  }
  void add(std::string_view line) {
    lines_.append(line);
    ++list_.lines;
  }
  [[nodiscard]] bool is_full() const noexcept { return lines_.size() > (256U << 10U); }
  Status flush() {
    LIFEBOAT_CHECK(hash_->update(as_bytes(lines_)));
    for (std::size_t i = 0; i < files_.size(); ++i)
      if (const int error = pwrite_full(files_[i].get(), at_, as_bytes(lines_))) return failed(paths_[i], error);
    at_ += lines_.size();
    lines_.clear();
    return ok();
  }
  Result<UndoneList> finish() {
    LIFEBOAT_CHECK(flush());
    for (std::size_t i = 0; i < files_.size(); ++i)
      if (const int error = sync_file(files_[i].get())) return failed(paths_[i], error);
    std::byte digest[32];
    LIFEBOAT_CHECK(hash_->finish(digest));
    list_.sha256 = to_hex(digest);
    return std::move(list_);
  }

 private:
  static Error failed(const std::string& path, int error) {
    return Error{ErrorId::target_io, path + ", the list of what is undone, can not be written"}.because(error);
  }

  const std::vector<std::string>& paths_;
  std::vector<FileDescriptor> files_;
  std::unique_ptr<VerifierPort> sha256_;
  std::unique_ptr<HashPort> hash_;
  std::string lines_;
  std::uint64_t at_ = 0;
  UndoneList list_;
};

}  // namespace detail

/// Writes down what lies behind the point of a restore: a line of JSON for each record, in order, alike in each of
/// `paths`. Written anew each time, and durable when it returns. Errors: target_io, crypto, and those of reading the
/// journal.
template <class = void>
Result<UndoneList> write_undone(MediumPort& medium, const std::string& source, const JournalTail& tail,
                                const std::vector<std::string>& paths, const std::stop_token& stop) {
  detail::BasicUndoneFiles<> files(paths);
  LIFEBOAT_CHECK(files.open());
  SeenGroups groups;
  const Status read = walk_pieces(
      medium, source, tail.history, tail.upto, stop,
      [&](const WalkedBatch& walked) -> Result<bool> {
        BatchGroups walk(walked.batch);
        while (const auto group = walk.next()) {
          if (group->position <= tail.upto) continue;
          LIFEBOAT_TRY(const SeenGroup seen, groups.see(*group, walked.header));
          for (const SeenRecord& record : seen.records) files.add(detail::undone_line(seen, record));
          if (seen.unknown != 0)
            files.add("{\"position\":\"" + to_text(seen.position) +
                      "\",\"state\":\"undone\",\"unknown_records\":" + std::to_string(seen.unknown) + "}\n");
        }
        if (files.is_full()) LIFEBOAT_CHECK(files.flush());
        return true;
      },
      [&](const JournalGap& gap, const Error& why) -> Result<bool> {
        if (gap.after < tail.upto) return why;
        files.add("{\"position\":\"" + to_text(gap.upto) + "\",\"state\":\"undone\",\"unread\":\"" +
                  std::to_string(gap.groups) + " groups behind " + to_text(gap.after) + "\"}\n");
        return true;
      });
  if (!read) return read.error();
  return files.finish();
}

/// The payments in a list of what is undone, which is the one that `wanted` tells of. Errors: damage, where it is
/// another; statement, object_missing, medium_io.
template <class = void>
Result<UndonePayments> read_undone(const std::string& path, const UndoneList& wanted) {
  UndonePayments found;
  const auto keep = [&](const StatementLine& line) {
    if (!line.key.empty()) found.lines.push_back(line);
    return ok();
  };
  LIFEBOAT_TRY(const std::string sha256, file_sha256(path));
  if (sha256 == wanted.sha256) {
    LIFEBOAT_TRY(const StatementFacts facts, read_statement(path, StatementFormat::undone, keep, &found.unknown));
    const ByteView digest = std::as_bytes(std::span(facts.digest));
    if (to_hex(digest) == wanted.sha256) return found;
  }
  return Error{ErrorId::damage, path + " is not the list of " + std::to_string(wanted.lines) +
                                    (wanted.lines == 1 ? " line" : " lines") + " that the restore wrote"}
      .unchanged();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
