// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/compare.hpp>
#include <lifeboat/cli/show.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// Compares an archive with a living tree, seen with the archive's own rules.
template <class = void>
Result<CompareReport> compare_with_tree(Session& session, const ArchiveReader& archive, const std::string& root) {
  const Needs needs{.source = true, .medium = false, .root = root, .rules = archive.manifest().rules};
  LIFEBOAT_TRY(const Parts parts, session.open(session.arguments, needs, {}, false));
  SourcePort& source = *parts.source;
  const Budgets budgets = session.core->parts().budgets;
  LIFEBOAT_TRY(const std::unique_ptr<CompareSink> sink,
               CompareSink::open(archive, budgets, session.log(), session.stop()));
  LIFEBOAT_CHECK(source.flush());
  LIFEBOAT_TRY(const Cut cut, source.freeze());
  (void)cut;
  Status scanned = source.scan(*sink, session.stop());
  if (scanned) scanned = sink->settle();
  source.thaw();
  LIFEBOAT_CHECK(std::move(scanned));
  return sink->report();
}

/// Prints a comparison. Gives whether anything differs that no later change explains.
template <class = void>
bool print_comparison(Session& session, const ArchiveReader& archive, const CompareReport& report) {
  Json list = Json::array();
  for (const LivingDifference& found : report.list) {
    session.say((found.moved_on ? "moved on: " : "DIFFERS: ") + difference_text(found.kinds) + ": " +
                (found.path.empty() ? "." : printable(found.path)));
    Json entry;
    put_text(entry, "path", found.path);
    entry["differs_in"] = difference_text(found.kinds);
    entry["moved_on"] = found.moved_on;
    list.push_back(std::move(entry));
  }
  const std::uint64_t all = report.different + report.moved_on;
  if (all > report.list.size()) session.say("and " + std::to_string(all - report.list.size()) + " more");
  session.say("compared with " + short_id(archive.facts().archive) + " | " +
              count_text(report.entries, "entry", "entries") + ", " + bytes_text(report.bytes) +
              " read and compared by digest | " + count_text(report.different, "difference", "differences") + " | " +
              std::to_string(report.moved_on) + " moved on since " + utc_text(archive.facts().cut_began));
  session.json["archive"] = id_json(archive.facts().archive);
  session.json["entries"] = report.entries;
  session.json["bytes"] = report.bytes;
  session.json["different"] = report.different;
  session.json["moved_on"] = report.moved_on;
  session.json["differences"] = std::move(list);
  return report.different != 0;
}

namespace detail {

/// The two archives that are meant: those named, the latest for a missing second, or the latest two.
template <class = void>
Result<std::pair<std::string, std::string>> which_two(const Arguments& arguments, const Catalog& chain) {
  const std::vector<std::string>& given = arguments.arguments();
  if (given.size() == 2) return std::pair(given[0], given[1]);
  if (given.size() == 1) return std::pair(given[0], std::string("latest"));
  if (chain.archives.size() < 2)
    return Error{ErrorId::archive_unknown, chain.source + " has one archive, and nothing before it"}
        .next("lifeboat diff latest --compare DIR")
        .unchanged();
  return std::pair(to_hex(chain.archives[chain.archives.size() - 2].facts.archive.view()), std::string("latest"));
}

template <class = void>
Result<int> diff_two(Session& session, const Catalog& chain, const Scope& scope) {
  LIFEBOAT_TRY(const auto names, which_two(session.arguments, chain));
  LIFEBOAT_TRY(const std::unique_ptr<ArchiveReader> before, open_archive(session, chain, names.first));
  LIFEBOAT_TRY(const std::unique_ptr<ArchiveReader> after, open_archive(session, chain, names.second));
  session.json["before"] = id_json(before->facts().archive);
  session.json["after"] = id_json(after->facts().archive);
  session.begin_array("differences");
  std::uint64_t count = 0;
  LIFEBOAT_CHECK(diff_archives(*before, *after, session.stop(), [&](const ArchiveDifference& found) {
    const Entry& shown = found.after != nullptr ? found.after->entry : found.before->entry;
    if (scope.match(found.path, shown.type) != Verdict::take) return ok();
    ++count;
    session.say(difference_text(found.kinds) + ": " + (found.path.empty() ? "." : printable(found.path)));
    Json entry;
    put_text(entry, "path", found.path);
    entry["differs_in"] = difference_text(found.kinds);
    if (found.before != nullptr) entry["before"] = tree_entry_json(*found.before);
    if (found.after != nullptr) entry["after"] = tree_entry_json(*found.after);
    session.item(entry);
    return ok();
  }));
  session.say("from " + short_id(before->facts().archive) + " to " + short_id(after->facts().archive) + ": " +
              count_text(count, "difference", "differences"));
  session.json["difference_count"] = count;
  return count == 0 ? 0 : 1;
}

}  // namespace detail

/// `lifeboat diff`. Status 1: they differ.
template <class = void>
Result<int> diff_command(Session& session) {
  const Arguments& arguments = session.arguments;
  LIFEBOAT_TRY(const Scope scope, Scope::parse(arguments.all("--only"), arguments.all("--exclude")));
  const bool living = arguments.has("--compare");
  if (living && (!scope.whole() || arguments.arguments().size() > 1))
    return Error{ErrorId::usage, "--compare is with one archive, and the whole of it"}
        .next("lifeboat diff latest --compare " + shell_quoted(arguments.text("--compare")))
        .unchanged();
  LIFEBOAT_CHECK(open_core(session, {}));
  LIFEBOAT_TRY(const Catalog chain, look_at_chain(session));
  if (!living) return detail::diff_two(session, chain, scope);
  const std::string name = arguments.arguments().empty() ? "latest" : arguments.arguments().front();
  LIFEBOAT_TRY(const std::unique_ptr<ArchiveReader> archive, open_archive(session, chain, name));
  LIFEBOAT_TRY(const CompareReport report, compare_with_tree(session, *archive, arguments.text("--compare")));
  print_comparison(session, *archive, report);
  return report.different + report.moved_on == 0 ? 0 : 1;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
