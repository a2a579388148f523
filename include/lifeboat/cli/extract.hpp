// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/extract_records.hpp>
#include <lifeboat/cli/restore.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

namespace detail {

/// The conditions that chose it, a line each.
template <class = void>
std::string scope_text(const Arguments& arguments) {
  std::string text;
  for (const std::string_view option : {"--only", "--exclude", "--where", "--since", "--before", "--position"})
    for (const std::string& value : arguments.all(option))
      text.append(text.empty() ? "" : "\n").append(option.substr(2)).append(" ").append(value);
  return text;
}

/// What the mark of an extract tells.
template <class = void>
std::string extract_text(const Session& session, const ExtractFacts& facts) {
  const std::string source = session.core ? session.core->source_id() : std::string();
  return "lifeboat-extract-1\n" + (source.empty() ? "" : "source " + source + "\n") +
         (facts.archive == ArchiveId{} ? "" : "archive " + to_hex(facts.archive.view()) + "\n") +
         (facts.upto == Position{} ? "" : "position " + to_text(facts.upto) + "\n") + facts.scope + "\nitems " +
         std::to_string(facts.items) + "\n";
}

/// Enters an extract into the chain of the repository that is open. It stands, whether or not it could be entered.
template <class = void>
void record_extract(Session& session, const ExtractFacts& facts) {
  std::string why = "no medium is named";
  session.json["recorded"] = false;
  if (session.core) {
    ChainEntry entry;
    session.core->sign(entry, actor_of(session.arguments));
    entry.kind = EntryKind::extract;
    entry.extract = facts;
    Result<Catalog> chain = session.core->catalog();
    const Status recorded = chain ? session.core->record(*chain, entry) : Status(chain.error());
    if (recorded) {
      session.say("in the chain as " + std::to_string(entry.epoch) + "-" + std::to_string(entry.generation));
      session.json["recorded"] = true;
      return;
    }
    why = recorded.error().sentence();
    session.warn(ErrorId::not_recorded, {}, "the extract is not in the chain: " + why);
  } else {
    session.say("not in a chain: " + why);
  }
  put_text(session.json, "not_recorded", why);
}

/// What is left of an extract is removed, never gone on with.
template <class = void>
Error begun_anew(const Error& error, const std::string& target) {
  if (!error.next().starts_with("the same line with --resume")) return error;
  return Error(error).next("lifeboat restore --discard --target " + shell_quoted(target));
}

/// Files of an archive: a restore with a scope.
template <class = void>
Result<int> extract_files(Session& session) {
  LIFEBOAT_TRY(const RestoreRequest request, request_of(session));
  LIFEBOAT_CHECK(open_core(session, {}));
  LIFEBOAT_CHECK(check_target_apart(session.json["medium"].get<std::string>(), request.target));
  LIFEBOAT_TRY(const Catalog chain, look_at_chain(session));
  print_findings(session, chain.findings);
  LIFEBOAT_TRY(const std::unique_ptr<Restoring> restoring, Restoring::plan(*session.core, request, session.stop()));
  print_restore_plan(session, *restoring, request.point);
  const RestorePlan& plan = restoring->plan();
  const std::string needs = acceptance_of(session.arguments, plan.refusals);
  if (session.arguments.has("--dry-run") && (plan.possible() || !needs.empty())) return end_dry_run(session, needs);
  if (!plan.possible()) {
    session.refused = outcome_of(plan.refusals.front().id()) != Outcome::usage;
    return begun_anew(plan.refusals.front(), request.target);
  }
  const auto began = std::chrono::steady_clock::now();
  const Result<RestoreReport> done = restoring->execute();
  if (!done) return begun_anew(done.error(), request.target);
  const RestoreReport& report = *done;
  const auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - began);
  const ExtractFacts facts{scope_text(session.arguments), report.archive, {}, report.entries};
  const auto root = open_at(AT_FDCWD, request.target.c_str(), O_RDONLY | O_DIRECTORY);
  if (!root) return Error{ErrorId::target_io, request.target + " can not be opened"}.because(root.error);
  LIFEBOAT_CHECK(mark_extract(root.value.get(), extract_text(session, facts)));
  print_restored(session, *restoring, report, static_cast<std::uint64_t>(took.count()));
  record_extract(session, facts);
  return report.not_restored + report.torn + report.unreadable != 0 ? 4 : 0;
}

/// Records of a journal, of a folder or of a medium, in a file of a folder of their own.
template <class = void>
class BasicRecordsOut {
 public:
  explicit BasicRecordsOut(Session& session) : session_(session), extract_(session) {}

  Result<int> run() {
    LIFEBOAT_TRY(const std::string target, target_of(session_.arguments));
    LIFEBOAT_CHECK(open());
    if (session_.arguments.has("--dry-run")) {
      LIFEBOAT_CHECK(read(nullptr));
      print("would extract ", {});
      return end_dry_run(session_);
    }
    auto looked = StagingPlace::look(target);
    session_.refused = !looked && looked.error().id() == ErrorId::target_io;
    LIFEBOAT_TRY(StagingPlace place, std::move(looked));
    if (place.taken())
      return Error{ErrorId::target_exists, target + " exists and is not an empty folder"}
          .next("a --target that does not exist")
          .unchanged();
    if (place.in_use())
      return Error{ErrorId::staging_exists, "an interrupted extract left " + place.staging_path()}
          .next("lifeboat restore --discard --target " + shell_quoted(target))
          .unchanged();
    const Status made = make(std::move(place), target);
    if (!made) {
      if (auto left = StagingPlace::look(target); left && left->in_use()) (void)left->discard().has_value();
      return made.error();
    }
    session_.say("        for looking, never the state");
    record_extract(session_, facts());
    return 0;
  }

 private:
  Status open() {
    const Arguments& arguments = session_.arguments;
    const bool named = arguments.has("--medium") || std::getenv("LIFEBOAT_MEDIUM") != nullptr;
    if (named || !arguments.has("--journal")) LIFEBOAT_CHECK(open_core(session_, {}));
    if (arguments.has("--journal")) {
      folder_ = absolute_path(arguments.text("--journal"));
      put_text(session_.json, "journal", folder_);
      const Result<JournalReader> reader = JournalReader::open(folder_);
      if (!reader) {
        session_.refused = reader.error().id() == ErrorId::object_missing;
        return reader.error();
      }
      LIFEBOAT_TRY(const SegmentHeader newest, newest_header(folder_));
      const Status chosen = extract_.choose(newest);
      return chosen ? chosen : with_fields(chosen.error(), folder_);
    }
    const std::string& source = session_.core->source_id();
    MediumPort& medium = *session_.core->parts().medium;
    LIFEBOAT_TRY(history_, list_journal(medium, source));
    if (history_.empty()) {
      session_.refused = true;
      return Error{ErrorId::object_missing, session_.json["medium"].get<std::string>() + " has no journal of " +
                                                source + ": records are of a journal"}
          .next("lifeboat extract --target " + shell_quoted(arguments.text("--target")) + " --only PATTERN")
          .unchanged();
    }
    LIFEBOAT_TRY(const SegmentHeader newest, newest_piece_header(medium, source, history_));
    return extract_.choose(newest);
  }

  Status read(BasicRowFile<>* rows) {
    if (!folder_.empty()) return extract_.from_journal(folder_, rows);
    return extract_.from_medium(*session_.core->parts().medium, session_.core->source_id(), history_, rows);
  }

  [[nodiscard]] ExtractFacts facts() const {
    return {scope_text(session_.arguments), {}, extract_.read_to(), extract_.records()};
  }

  /// By value: whoever removes what it left of a failure needs its lock.
  Status make(StagingPlace place, const std::string& target) {
    const std::string name = extract_.csv() ? "records.csv" : "records.jsonl";
    LIFEBOAT_TRY(const FileDescriptor folder, place.begin("lifeboat-extract-1\n", false));
    BasicRowFile<> rows;
    LIFEBOAT_CHECK(rows.open(folder.get(), name));
    LIFEBOAT_CHECK(read(&rows));
    LIFEBOAT_TRY(const std::string digest, rows.finish());
    LIFEBOAT_CHECK(mark_extract(folder.get(), extract_text(session_, facts())));
    LIFEBOAT_CHECK(place.publish(clock_now(session_.host.environment).wall));
    put_text(session_.json, "target", target);
    session_.json["file"] = name;
    session_.json["bytes"] = rows.bytes();
    session_.json["digest"] = digest;
    print("extracted ",
          " to " + printable(target + "/" + name) + ", " + bytes_text(rows.bytes()) + ", sha256 " + digest);
    return ok();
  }

  void print(const std::string& what, const std::string& where) {
    session_.say(what + count_text(extract_.records(), "record", "records") + " of " +
                 count_text(extract_.groups(), "group", "groups") + where + " | read to " +
                 to_text(extract_.read_to()));
    session_.json["group_count"] = extract_.groups();
    session_.json["record_count"] = extract_.records();
    session_.json["read_to"] = to_text(extract_.read_to());
    extract_.sums().print(session_);
  }

  Session& session_;
  BasicRecordExtract<> extract_;
  std::string folder_;  ///< of the journal; empty: what the medium has of it
  JournalHistory history_;
};

template <class = void>
Status check_extract_options(const Arguments& arguments) {
  for (const std::string files : {"--only", "--exclude", "--archive", "--no-owner", "--accept-torn"})
    LIFEBOAT_CHECK(refuse_together(arguments, files, "--where --since --journal --as"));
  LIFEBOAT_CHECK(refuse_together(arguments, "--before", "--position --archive"));
  LIFEBOAT_CHECK(refuse_together(arguments, "--position", "--archive"));
  if (scope_text(arguments).empty())
    return Error{ErrorId::usage, "an extract is of a part: files by --only, or records by --where and their time"}
        .next(arguments.has("--journal") || arguments.has("--as") ? "--where FIELD=VALUE" : "--only PATTERN")
        .unchanged();
  return ok();
}

}  // namespace detail

/// `lifeboat extract`. Status 4 as of a restore.
template <class = void>
Result<int> extract_command(Session& session) {
  const Arguments& arguments = session.arguments;
  LIFEBOAT_CHECK(detail::check_extract_options(arguments));
  const bool files = arguments.has("--only") || arguments.has("--exclude");
  session.json["kind"] = files ? "files" : "records";
  put_text(session.json, "scope", detail::scope_text(arguments));
  return files ? detail::extract_files(session) : detail::BasicRecordsOut<>(session).run();
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
