// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <lifeboat/archive/archive_despite.hpp>
#include <lifeboat/cli/paths.hpp>
#include <lifeboat/cli/session.hpp>
#include <lifeboat/source/rules.hpp>
#include <lifeboat/source/source_id.hpp>

// From words to an open repository: which medium, which source, which state folder.
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// The URL of the medium; a disk's path is made absolute, because it is remembered. Errors: usage.
template <class = void>
Result<std::string> medium_url(const Arguments& arguments) {
  std::string url = arguments.text("--medium");
  if (const char* told = std::getenv("LIFEBOAT_MEDIUM"); url.empty() && told != nullptr) url = told;
  if (url.empty()) return Error{ErrorId::usage, "no medium is named"}.next("--medium disk:/backup").unchanged();
  constexpr std::string_view disk = "disk:";
  if (url.starts_with(disk) && url.size() > disk.size())
    url = std::string(disk).append(absolute_path(std::string_view(url).substr(disk.size())));
  return url;
}

/// The source id that the words give: by --id, or by the name of --source; empty where neither is given.
template <class = void>
Result<std::string> named_source(const Arguments& arguments) {
  if (arguments.has("--id")) {
    std::string id = arguments.text("--id");
    LIFEBOAT_CHECK(check_source_id(id));
    return id;
  }
  if (!arguments.has("--source")) return std::string();
  return default_source_id(absolute_path(arguments.text("--source")));
}

/// The state folder: --state, or the one of --source; empty where neither is given.
template <class = void>
Result<std::string> state_path(const Arguments& arguments) {
  if (arguments.has("--state")) return absolute_path(arguments.text("--state"));
  if (!arguments.has("--source")) return std::string();
  LIFEBOAT_TRY(const auto sha256, open_structural(StructuralId::sha256));
  return default_state_folder(absolute_path(arguments.text("--source")), *sha256);
}

/// The folder of a disk, with no link in its path; empty for another medium.
template <class = void>
std::string medium_folder(std::string_view url) {
  constexpr std::string_view disk = "disk:";
  return url.starts_with(disk) ? real_path(url.substr(disk.size())) : std::string();
}

/// A backup of its own medium would double with each archive. Errors: combination, with the pattern that leaves it out.
template <class = void>
Status check_medium_apart(const Arguments& arguments) {
  LIFEBOAT_TRY(const std::string url, medium_url(arguments));
  const std::string folder = medium_folder(url);
  if (folder.empty() || !arguments.has("--source")) return ok();
  const auto below = path_below(folder, real_path(arguments.text("--source")));
  if (!below) return ok();
  LIFEBOAT_TRY(const Rules rules, Rules::parse(arguments.all("--exclude"), arguments.all("--only")));
  if (!below->empty() && rules.match(*below, true) != Verdict::take) return ok();
  Error error{ErrorId::combination,
              "the medium " + url + (below->empty() ? " is the source itself" : " is inside the source")};
  std::string pattern = "/";  // of that very path, whatever gitignore's syntax would read in its name
  for (const char c : *below)
    pattern.append(std::string_view("\\*?[ ").find(c) == std::string_view::npos ? "" : "\\").push_back(c);
  if (!below->empty()) error = std::move(error).next("--exclude " + shell_quoted(pattern));
  return std::move(error).unchanged();
}

/// How many archives the source remembers on a medium.
template <class = void>
Result<std::uint64_t> remembered_archives(const std::string& state, const std::string& url) {
  if (state.empty()) return std::uint64_t{0};
  LIFEBOAT_TRY(const auto folder, StateFolder::open(state, false));
  LIFEBOAT_TRY(const std::vector<KnownMedium> media, folder.media());
  for (const KnownMedium& medium : media)
    if (medium.url == url) return medium.archives;
  return std::uint64_t{0};
}

namespace detail {

template <class = void>
Error which_source(std::string sentence, const std::vector<std::string>& sources) {
  for (std::size_t i = 0; i < sources.size(); ++i) sentence.append(i == 0 ? ": " : ", ").append(sources[i]);
  Error error{ErrorId::source_unknown, std::move(sentence)};
  if (!sources.empty()) error = std::move(error).next("--id " + sources.front());
  return std::move(error).unchanged();
}

/// Objects of archives, and no chain that vouches for them.
template <class = void>
Error without_chain(const std::string& url, const std::string& source, const std::vector<ArchiveId>& ids) {
  std::string sentence = url + " holds something of " + count_text(ids.size(), "archive", "archives") + " of " +
                         source + ", and no chain that names them:";
  for (const ArchiveId& id : ids) sentence.append(" ").append(to_hex(id.view()).substr(0, 12));
  return Error{ErrorId::source_unknown, std::move(sentence)}
      .next("lifeboat restore --id " + source + " --archive " + to_hex(ids.back().view()).substr(0, 12) +
            " --despite chain --target DIR")
      .unchanged();
}

/// Which source of the medium is meant where the words do not say: the only one.
template <class = void>
Result<std::string> only_source(MediumPort& medium, const std::string& url) {
  LIFEBOAT_TRY(std::vector<std::string> sources, list_sources(medium));
  if (sources.empty()) {
    LIFEBOAT_TRY(sources, list_sources(medium, "archive/"));
  }
  if (sources.size() > 1) return which_source(url + " holds several sources", sources);
  return sources.empty() ? std::string() : sources.front();
}

template <class = void>
Result<Budgets> budgets_of(const Arguments& arguments) {
  Budgets budgets;
  if (arguments.has("--threads")) {
    LIFEBOAT_TRY(budgets.threads, parse_count("--threads", arguments.text("--threads"), 1, 4096));
  }
  if (arguments.has("--limit-rate")) {
    LIFEBOAT_TRY(budgets.bytes_per_second, parse_rate("--limit-rate", arguments.text("--limit-rate")));
  }
  return budgets;
}

}  // namespace detail

/// Opens what a command needs as `session.core`. What only looks needs no source and no state: a medium is enough.
template <class = void>
Status open_core(Session& session, const Needs& needs) {
  const Arguments& arguments = session.arguments;
  if (needs.source && !arguments.has("--source"))
    return Error{ErrorId::usage, std::string(arguments.command().name) + " needs a source"}
        .next("--source DIR")
        .unchanged();
  LIFEBOAT_TRY(const std::string url, medium_url(arguments));
  LIFEBOAT_TRY(const std::string named, named_source(arguments));
  LIFEBOAT_TRY(const Budgets budgets, detail::budgets_of(arguments));
  auto state = state_path(arguments);
  if (!state && needs.create) return std::move(state).error();
  const std::string state_folder = state ? *state : std::string();
  // A folder where archives were and that is gone is far more often not mounted than to be made anew.
  LIFEBOAT_TRY(const std::uint64_t remembered, remembered_archives(state_folder, url));
  auto opened = session.open(arguments, needs, url, needs.create && remembered == 0);
  if (!opened) {
    if (opened.error().id() == ErrorId::medium_missing && remembered != 0)
      return Error{ErrorId::medium_missing, url + " is not there, but " +
                                                count_text(remembered, "archive was", "archives were") +
                                                " written there: is it mounted?"}
          .because(opened.error().system_error())
          .next("the same command again    # when it is mounted")
          .unchanged();
    return std::move(opened).error();
  }
  Parts parts = std::move(*opened);
  parts.source_id = named;
  if (parts.source_id.empty()) {
    LIFEBOAT_TRY(parts.source_id, detail::only_source(*parts.medium, url));
  }
  parts.state_path = state_folder;
  parts.create = needs.create;
  parts.budgets = budgets;
  parts.log = session.log();
  parts.environment = session.host.environment;
  parts.invariants = session.host.invariants;
  session.core.emplace(std::move(parts));
  LIFEBOAT_CHECK(session.core->open());
  session.json["source"] = session.core->source_id();
  session.json["medium"] = url;
  return ok();
}

/// The chain of the source that is looked at. Errors: source_unknown, naming the sources that there are.
template <class = void>
Result<Catalog> look_at_chain(Session& session) {
  const Core& core = *session.core;
  MediumPort& medium = *core.parts().medium;
  const std::string url = session.json["medium"].get<std::string>();
  if (core.source_id().empty())
    return detail::which_source(url + " holds no source yet", {}).next("lifeboat backup --source DIR");
  LIFEBOAT_TRY(Catalog chain, core.catalog());
  if (!chain.entries.empty() || !chain.findings.empty()) return chain;
  LIFEBOAT_TRY(const std::vector<ArchiveId> ids, list_archive_ids(medium, core.source_id()));
  if (!ids.empty()) return detail::without_chain(url, core.source_id(), ids);
  LIFEBOAT_TRY(const std::vector<std::string> sources, list_sources(medium));
  return detail::which_source(url + " holds nothing of " + core.source_id() + (sources.empty() ? "" : ", but of"),
                              sources);
}

/// Who acts, as the words say.
template <class = void>
Actor actor_of(const Arguments& arguments) {
  return {arguments.text("--by"), arguments.text("--reason"), arguments.text("--ticket"), arguments.text("--second")};
}

/// How many digits of an id tell the archives of a chain apart, at least 8.
template <class = void>
std::size_t id_width(const Catalog& chain) {
  std::vector<ArchiveId> ids;
  for (const ArchiveRecord& record : chain.archives) ids.push_back(record.facts.archive);
  std::sort(ids.begin(), ids.end());
  std::size_t width = 8;
  for (std::size_t i = 1; i < ids.size(); ++i) {
    const std::string a = to_hex(ids[i - 1].view());
    const std::string b = to_hex(ids[i].view());
    while (width < a.size() && a.compare(0, width, b, 0, width) == 0) ++width;
  }
  return width;
}

template <class = void>
std::string short_id(const Id& id, std::size_t width = 8) {
  return to_hex(id.view()).substr(0, width);
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
