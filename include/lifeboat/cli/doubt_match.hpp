// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/doubt_listing.hpp>
#include <lifeboat/restore/journal_payments.hpp>
#include <lifeboat/restore/statement_match.hpp>

// A partner's statement beside what is here: what is listed in the window, and the payments of the journal.
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// What a file covers, by --since and --until. Errors: usage, time_zone, time_syntax.
struct Covered {
  Timestamp from;
  Timestamp until;
};
template <class = void>
Result<std::optional<Covered>> covered_time(Session& session) {
  const Arguments& arguments = session.arguments;
  if (!arguments.has("--since") && !arguments.has("--until")) return std::optional<Covered>();
  for (const std::string_view option : {"--since", "--until"})
    if (!arguments.has(option))
      return Error{ErrorId::usage, "what a statement covers has a beginning and an end"}
          .next(std::string(option) + " TIME")
          .unchanged();
  const Timestamp now = clock_now(session.host.environment).wall;
  Covered covered;
  LIFEBOAT_TRY(covered.from, parse_time(arguments.text("--since"), now, "--since"));
  LIFEBOAT_TRY(covered.until, parse_time(arguments.text("--until"), now, "--until"));
  if (covered.until < covered.from)
    return Error{ErrorId::usage, "--until is before --since"}.next("--until TIME").unchanged();
  return std::optional(covered);
}

namespace detail {

/// A statement that can not be opened.
template <class = void>
Error no_statement(Session& session, const Error& error) {
  session.refused = error.id() == ErrorId::object_missing;
  return session.refused ? Error(error).next("--statement FILE") : error;
}

template <class = void>
class BasicDoubtMatch {
 public:
  BasicDoubtMatch(Session& session, const DoubtPlace& place, RowFormat format)
      : session_(session), place_(place), format_(format) {}

  /// Status 1: they differ.
  Result<int> run(const DoubtState& state) {
    path_ = absolute_path(session_.arguments.text("--statement"));
    LIFEBOAT_TRY(covered_, covered_time(session_));
    const Result<StatementFormat> format = statement_format(path_);
    if (!format) return no_statement(session_, format.error());
    // Read once to know whose lines are asked of the journal, and that all of it can be read.
    LIFEBOAT_TRY([[maybe_unused]] const StatementFacts asked, read_statement(path_, *format, [&](const auto& line) {
                   wanted_.try_emplace(line.key);
                   return ok();
                 }));
    state.each_open([&](const DoubtListed& listed) { match_.add_ours(listed_line(listed)); });
    LIFEBOAT_CHECK(read_journal());
    put_text(session_.json, "statement", path_);
    if (format_ == RowFormat::csv) session_.out.out(csv_header());
    if (format_ == RowFormat::none) session_.begin_array("differences");
    const auto known = [&](const StatementLine& theirs) -> Result<std::optional<StatementLine>> {
      const auto found = wanted_.find(theirs.key);
      return found == wanted_.end() ? std::optional<StatementLine>() : found->second;
    };
    Status shown = ok();
    LIFEBOAT_TRY(const StatementFacts facts, match_.run(path_, *format, known, [&](const Difference& difference) {
      if (shown) shown = show(difference);
    }));
    LIFEBOAT_CHECK(std::move(shown));
    finish(facts);
    return differences_ == 0 ? 0 : 1;
  }

 private:
  Status read_journal() {
    if (place_.journal.empty()) return ok();
    LIFEBOAT_TRY(const Position first, each_payment(place_.journal, session_.stop(), [&](const StatementLine& line) {
                   const auto wanted = wanted_.find(line.key);
                   if (wanted != wanted_.end() && !wanted->second) wanted->second = line;
                   if (covered_ && *line.time >= covered_->from && *line.time <= covered_->until)
                     due_.try_emplace(line.key, line);
                   return ok();
                 }));
    for (auto& [key, line] : due_) match_.add_ours(std::move(line));
    if (first.sequence != 1)
      session_.warn(ErrorId::object_missing, place_.journal,
                    "the journal begins at " + to_text(first) +
                        ": payments of before it are known to the engine alone, and stand here as unknown");
    return ok();
  }

  Status show(const Difference& difference) {
    ++differences_;
    ++by_kind_[difference.kind];
    if (format_ != RowFormat::none) {
      Status done = ok();
      difference.each_line([&](const StatementLine& line) {
        if (done) done = print_row(session_, format_, line);
      });
      return done;
    }
    const std::string name(to_string(difference.kind));
    const auto side = [&](const char* who, const StatementLine* line) {
      return line == nullptr ? std::string() : std::string(" | ") + who + " " + statement_text(*line);
    };
    session_.say("differs " + name + side("there", difference.theirs) + side("here", difference.ours));
    if (!session_.wants_json()) return ok();
    Json object;
    object["kind"] = name;
    object["there"] = difference.theirs != nullptr ? statement_json(*difference.theirs) : Json(nullptr);
    object["here"] = difference.ours != nullptr ? statement_json(*difference.ours) : Json(nullptr);
    session_.item(object);
    return ok();
  }

  void finish(const StatementFacts& facts) {
    if (format_ != RowFormat::none) return;
    std::string text;
    Json counts = Json::object();
    for (const auto& [kind, count] : by_kind_) {
      text += ", " + std::to_string(count) + " " + std::string(to_string(kind));
      counts[std::string(to_string(kind))] = count;
    }
    const std::string digest = to_hex(std::as_bytes(std::span(facts.digest)));
    session_.say((differences_ == 0 ? "equal   " : "compared ") + count_text(facts.lines, "line", "lines") + " of " +
                 printable(path_) + ": " + count_text(differences_, "difference", "differences") + text + " | sha256 " +
                 digest + " | nothing was closed");
    session_.json["lines"] = facts.lines;
    session_.json["digest"] = digest;
    session_.json["difference_count"] = differences_;
    session_.json["counts"] = std::move(counts);
  }

  Session& session_;
  const DoubtPlace& place_;
  RowFormat format_;
  std::string path_;
  std::optional<Covered> covered_;
  std::map<std::string, std::optional<StatementLine>, std::less<>> wanted_;  ///< whose keys the statement has
  std::map<std::string, StatementLine, std::less<>> due_;                    ///< paid in the time that it covers
  StatementMatch match_;
  std::uint64_t differences_ = 0;
  std::map<DifferenceKind, std::uint64_t> by_kind_;
};
using DoubtMatch = BasicDoubtMatch<>;

}  // namespace detail

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
