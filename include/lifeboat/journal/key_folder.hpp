// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>

#include <lifeboat/core/file_system.hpp>
#include <lifeboat/core/owner.hpp>
#include <lifeboat/core/random.hpp>
#include <lifeboat/core/shell_word.hpp>
#include <lifeboat/journal/key_set.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The folder of known keys, and its lock.
struct KeysPlace {
  FileDescriptor folder;
  FileDescriptor lock;
};

/// Opens the folder, or makes it, for the one process that uses it. Errors: busy, medium_io, medium_full.
template <class = void>
Result<KeysPlace> lock_keys(const std::string& path) {
  KeysPlace place;
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return keys_not_written(path, "their folder can not be made", errno).unchanged();
  auto opened = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
  if (!opened)
    return not_opened(ErrorId::medium_io, "the known keys " + path + " can not be opened", path, opened.error);
  place.folder = std::move(opened.value);
  auto lock = open_at(place.folder.get(), "lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  if (lock.error == EACCES)
    return not_opened(ErrorId::medium_io, "the known keys " + path + " can not be locked", path + "/lock", EACCES);
  if (!lock) return keys_not_written(path, "their lock can not be opened", lock.error).unchanged();
  place.lock = std::move(lock.value);
  if (const int error = try_lock(place.lock.get())) {
    if (error != EAGAIN) return keys_not_written(path, "they can not be locked", error).unchanged();
    return Error{ErrorId::busy, "another process, or this one, holds the known keys " + path}
        .next("fuser -v " + shell_quoted(path + "/lock"))
        .unchanged();
  }
  const auto above = open_at(place.folder.get(), "..", O_RDONLY | O_DIRECTORY);
  if (const int error = above ? sync_file(above.value.get()) : above.error)
    return keys_not_written(path, "their folder can not be made durable", error);
  return place;
}

/// Removes runs that a set does not name: they were not finished, or were merged.
template <class = void>
void sweep_runs(int folder, const KeySet& set) {
  std::vector<std::string> left;
  (void)read_folder(folder, [&](std::string_view name, unsigned char) {
    const auto named = [&](const KeyRunInfo& run) { return key_run_name(run.number) == name; };
    if (name.starts_with("run-") && std::none_of(set.runs.begin(), set.runs.end(), named)) left.emplace_back(name);
  });
  for (const std::string& name : left) (void)remove_file(folder, name.c_str());
}

/// The folder of kept keys: its lock, its runs, and the set that names them. Whatever moment a crash comes at, the set
/// names whole runs. One thread at a time.
template <class = void>
class BasicKeyFolder {
 public:
  using Runs = std::shared_ptr<const std::vector<std::shared_ptr<const KeyRun>>>;

  /// Opens the folder, or makes it; removes what a crash left. Errors: busy, corrupt, format_version, medium_io,
  /// medium_full.
  static Result<BasicKeyFolder> open(const std::string& path, RandomPort& random) {
    BasicKeyFolder folder;
    folder.path_ = path;
    folder.random_ = &random;
    LIFEBOAT_TRY(KeysPlace place, lock_keys(path));
    folder.folder_ = std::move(place.folder);
    folder.lock_ = std::move(place.lock);
    LIFEBOAT_TRY(std::optional<KeySet> set, read_key_set(folder.folder_.get(), path));
    if (set)
      folder.set_ = std::move(*set);
    else
      LIFEBOAT_CHECK(folder.begin());
    LIFEBOAT_CHECK(folder.open_runs());
    sweep_runs(folder.folder_.get(), folder.set_);
    random.fill({reinterpret_cast<std::byte*>(&folder.salt_), sizeof folder.salt_});
    return folder;
  }

  [[nodiscard]] const KeySet& set() const noexcept { return set_; }
  [[nodiscard]] const Runs& runs() const noexcept { return runs_; }

  /// A number that is used once and never again, also where what is written under it comes to nothing.
  Result<KeyRunWriter> begin_run() {
    const std::uint64_t number = set_.next++;
    const std::uint64_t salt = xxh3_64({reinterpret_cast<const std::byte*>(&number), sizeof number}, salt_);
    return KeyRunWriter::create(folder_.get(), path_, number, salt, set_.seed);
  }

  /// Publishes a run, if there is one, and what is covered with it.
  Status add(const std::shared_ptr<const KeyRun>& run, Position covered) {
    std::vector<std::shared_ptr<const KeyRun>> runs = *runs_;
    if (run != nullptr) runs.push_back(run);
    KeySet set = set_;
    set.covered = covered;
    return publish(std::move(set), std::move(runs));
  }

  /// Puts one run, or none, in the place of others that follow each other, and removes those.
  Status replace(const std::vector<std::shared_ptr<const KeyRun>>& old, const std::shared_ptr<const KeyRun>& by,
                 Position horizon) {
    std::vector<std::shared_ptr<const KeyRun>> runs = *runs_;
    const auto at = std::find(runs.begin(), runs.end(), old.front());
    const auto place = runs.erase(at, at + static_cast<std::ptrdiff_t>(old.size()));
    if (by != nullptr) runs.insert(place, by);
    KeySet set = set_;
    set.horizon = horizon;
    LIFEBOAT_CHECK(publish(std::move(set), std::move(runs)));
    for (const auto& run : old) (void)remove_file(folder_.get(), key_run_name(run->info().number).c_str());
    return ok();
  }

 private:
  BasicKeyFolder() = default;

  /// Begins a new set: never where runs say that there was one.
  Status begin() {
    bool found = false;
    const int error = read_folder(
        folder_.get(), [&](std::string_view name, unsigned char) { found = found || name.starts_with("run-"); });
    if (error != 0) return Error{ErrorId::medium_io, "the known keys " + path_ + " can not be listed"}.because(error);
    if (found)
      return Error{ErrorId::corrupt, "the known keys " + path_ + " have runs, and no list of them"}
          .next("rm -r " + shell_quoted(path_) + "    # they are made again from the journal")
          .unchanged();
    random_->fill({reinterpret_cast<std::byte*>(&set_.seed), sizeof set_.seed});
    return write_key_set(folder_.get(), path_, set_);
  }

  Status open_runs() {
    std::vector<std::shared_ptr<const KeyRun>> runs;
    for (const KeyRunInfo& info : set_.runs) {
      LIFEBOAT_TRY(std::shared_ptr<const KeyRun> run, KeyRun::open(folder_.get(), path_, info, set_.seed));
      runs.push_back(std::move(run));
    }
    runs_ = std::make_shared<const std::vector<std::shared_ptr<const KeyRun>>>(std::move(runs));
    return ok();
  }

  Status publish(KeySet set, std::vector<std::shared_ptr<const KeyRun>> runs) {
    set.runs.clear();
    for (const auto& run : runs) set.runs.push_back(run->info());
    auto published = std::make_shared<const std::vector<std::shared_ptr<const KeyRun>>>(std::move(runs));
    LIFEBOAT_CHECK(write_key_set(folder_.get(), path_, set));
    set_ = std::move(set);
    runs_ = std::move(published);
    return ok();
  }

  std::string path_;
  FileDescriptor folder_;
  FileDescriptor lock_;
  RandomPort* random_ = nullptr;  ///< for `open` alone
  std::uint64_t salt_ = 0;        ///< random: the salts of runs are made of it
  KeySet set_;
  Runs runs_;
};
using KeyFolder = BasicKeyFolder<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
