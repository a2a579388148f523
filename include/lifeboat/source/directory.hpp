// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <lifeboat/core/file_system.hpp>
#include <lifeboat/core/shell_word.hpp>
#include <lifeboat/source/freeze.hpp>
#include <lifeboat/source/scan.hpp>
#include <lifeboat/source/source.hpp>
#include <lifeboat/source/source_id.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// Passes a scan on and lets a frozen engine go when its budget is used up, however long the scan takes.
template <class = void>
class BasicFreezeWatch final : public EntrySink {
 public:
  BasicFreezeWatch(EntrySink& sink, Freeze& freeze) noexcept : sink_(sink), freeze_(freeze) {}
  Status entry(Entry&& entry, std::unique_ptr<Content> content) override {
    freeze_.watch();
    return sink_.entry(std::move(entry), std::move(content));
  }
  Status unreadable(Entry&& entry, Error error) override {
    freeze_.watch();
    return sink_.unreadable(std::move(entry), std::move(error));
  }
  void skipped(std::string_view path, const Error& error) override { sink_.skipped(path, error); }
  Status settle() override { return sink_.settle(); }

 private:
  EntrySink& sink_;
  Freeze& freeze_;
};

}  // namespace detail

/// A folder and all below it, as a source. The folder is opened anew for each look, so that what is mounted there
/// meanwhile is seen; its path is made absolute once, when the source is opened.
template <class = void>
class BasicDirectory {
 public:
  struct Config {
    std::string id{};                        ///< names it on a medium; empty: default_source_id(root)
    std::string root{};                      ///< the folder; required
    std::vector<std::string> exclude{};      ///< lines of gitignore's syntax: what is left out
    std::vector<std::string> only{};         ///< the same: where given, what is taken, and nothing else
    std::vector<std::string> append_only{};  ///< the same: files that only grow, of which the stable prefix is stored
    bool cross_mounts = false;               ///< enter file systems mounted below the root
    FreezeHook* freeze = nullptr;            ///< how the engine stands still; outlives the source
    std::chrono::nanoseconds freeze_budget = std::chrono::seconds(1);
  };

  static constexpr std::string_view name = "directory";

  /// Errors: config (no root), source_missing, source_unreadable, source_id, pattern.
  static Result<BasicDirectory> open(Config config);

  [[nodiscard]] const std::string& id() const noexcept { return config_.id; }
  /// The absolute path.
  [[nodiscard]] const std::string& root() const noexcept { return config_.root; }

  Result<SourceFacts> facts() const;
  /// Writes the file system's caches out, so that a later store through a mapping moves the times of its file; files
  /// that changed later than 2 s before it began are told as racy by the scans that follow.
  Status flush();
  Result<Cut> freeze() { return freeze_.begin(); }
  [[nodiscard]] Cut kept(const Cut& promised) noexcept { return freeze_.kept(promised); }
  void thaw() noexcept { freeze_.end(); }
  Status scan(EntrySink& sink, std::stop_token stop);

 private:
  BasicDirectory(Config config, Rules rules, PatternList append_only) noexcept
      : config_(std::move(config)),
        rules_(std::move(rules)),
        append_only_(std::move(append_only)),
        freeze_(config_.freeze, config_.freeze_budget) {}

  static Error missing(const std::string& path, int error) {
    if (error == ENOENT || error == ENOTDIR)
      return Error{ErrorId::source_missing,
                   "the source " + path + (error == ENOENT ? " is not there" : " is no folder")}
          .because(error)
          .next("ls -ld " + shell_quoted(path))
          .unchanged();
    return Error{ErrorId::source_unreadable, "the source " + path + " can not be opened"}.because(error).unchanged();
  }
  static Result<FileDescriptor> opened(const std::string& path) {
    auto folder = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
    if (!folder) return missing(path, folder.error);
    return std::move(folder.value);
  }
  static Timestamp two_seconds_ago() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return {static_cast<std::int64_t>(now.tv_sec) - 2, static_cast<std::uint32_t>(now.tv_nsec)};
  }
  static bool is_mount(int folder) noexcept {
    struct statx own {};
    struct statx above {};
    if (detail::statx_at(folder, "", own) != 0) return false;
    if (detail::is_mount_root(own)) return true;
    if (detail::statx_at(folder, "..", above) != 0) return false;
    return detail::device_of(own) != detail::device_of(above) || own.stx_ino == above.stx_ino;
  }

  Config config_;
  Rules rules_;
  PatternList append_only_;
  Freeze freeze_;
  bool flushed_ = false;
  Timestamp racy_after_;
};
using Directory = BasicDirectory<>;

template <class T>
Result<BasicDirectory<T>> BasicDirectory<T>::open(Config config) {
  if (config.root.empty())
    return Error{ErrorId::config, "the source has no root: name the folder to protect"}
        .next("--source DIR")
        .unchanged();
  LIFEBOAT_CHECK(opened(config.root));
  struct Free {
    void operator()(char* text) const noexcept { std::free(text); }
  };
  if (!config.root.starts_with('/')) {
    const std::unique_ptr<char, Free> here(::getcwd(nullptr, 0));
    if (here == nullptr) return missing(config.root, errno);
    config.root = std::string(here.get()) + "/" + config.root;
  }
  if (config.id.empty()) {  // "." and "x/.." have their name from what they are
    const std::unique_ptr<char, Free> real(::realpath(config.root.c_str(), nullptr));
    const bool has_name = !config.root.ends_with("/.") && !config.root.ends_with("/..");
    config.id = default_source_id(has_name || real == nullptr ? std::string_view(config.root) : real.get());
  }
  LIFEBOAT_CHECK(check_source_id(config.id));
  LIFEBOAT_TRY(Rules rules, Rules::parse(config.exclude, config.only));
  LIFEBOAT_TRY(PatternList append_only, PatternList::parse(config.append_only));
  return BasicDirectory(std::move(config), std::move(rules), std::move(append_only));
}

template <class T>
Result<SourceFacts> BasicDirectory<T>::facts() const {
  LIFEBOAT_TRY(const FileDescriptor folder, opened(config_.root));
  const auto found = stat_of(folder.get());
  if (!found) return missing(config_.root, found.error);
  SourceFacts facts;
  facts.id = config_.id;
  facts.url = config_.root;
  facts.device = device_text(found.value);
  facts.times_prove = source_file_system(folder.get()).times_trusted;
  facts.is_mount = is_mount(folder.get());
  if (const auto below = file_system_of(folder.get()); below && !config_.cross_mounts)
    facts.used_bytes = below.value.total_bytes - std::min(below.value.free_bytes, below.value.total_bytes);
  for (const std::string& line : config_.exclude) facts.rules.push_back("exclude " + line);
  for (const std::string& line : config_.only) facts.rules.push_back("only " + line);
  for (const std::string& line : config_.append_only) facts.rules.push_back("append-only " + line);
  if (config_.cross_mounts) facts.rules.emplace_back("other file systems too");
  return facts;
}

template <class T>
Status BasicDirectory<T>::flush() {
  LIFEBOAT_TRY(const FileDescriptor folder, opened(config_.root));
  racy_after_ = two_seconds_ago();
  flushed_ = true;
  if (const int error = sync_file_system(folder.get()))
    return Error{ErrorId::source_unreadable, "the file system of " + config_.root + " can not be flushed"}
        .because(error)
        .unchanged();
  return ok();
}

template <class T>
Status BasicDirectory<T>::scan(EntrySink& sink, std::stop_token stop) {
  LIFEBOAT_TRY(const FileDescriptor folder, opened(freeze_.snapshot().empty() ? config_.root : freeze_.snapshot()));
  ScanOptions options;
  options.rules = &rules_;
  options.append_only = append_only_.empty() ? nullptr : &append_only_;
  options.cross_mounts = config_.cross_mounts;
  options.racy_after = flushed_ ? racy_after_ : two_seconds_ago();
  if (!freeze_.has_hook()) return scan_tree(folder.get(), options, sink, stop);
  detail::BasicFreezeWatch<T> watched(sink, freeze_);
  return scan_tree(folder.get(), options, watched, stop);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
