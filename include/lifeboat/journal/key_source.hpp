// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/stat.h>

#include <string>
#include <utility>

#include <lifeboat/journal/key_set.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// So much of a run goes at once.
inline constexpr std::size_t key_part_bytes = 64 * key_page_bytes;

/// A part of a run, or where one is wanted from. Borrowed.
struct KeyRunPart {
  std::uint64_t number = 0;
  std::uint64_t offset = 0;
  ByteView bytes{};  ///< whole pages; none: the run is gone, and another set names what took its place
};

/// Reads known keys to copy them elsewhere, beside the process that uses them. One thread. Memory: the set, and a part.
template <class = void>
class BasicKeySource {
 public:
  explicit BasicKeySource(std::string folder) : path_(std::move(folder)) {}

  /// Looks whether the set is another one by now. Errors: corrupt, format_version, medium_io.
  Result<bool> look() {
    const auto there = stat_at(AT_FDCWD, (path_ + "/set").c_str());
    if (there.error == ENOENT || there.error == ENOTDIR) return false;
    if (there.error == 0 && there.value.st_ino == inode_ && there.value.st_mtim.tv_nsec == nanoseconds_ &&
        there.value.st_mtim.tv_sec == seconds_)
      return false;
    const auto folder = open_at(AT_FDCWD, path_.c_str(), O_RDONLY | O_DIRECTORY);
    if (!folder)
      return Error{ErrorId::medium_io, "the known keys " + path_ + " can not be opened"}.because(folder.error);
    LIFEBOAT_TRY(const std::optional<KeySet> set, read_key_set(folder.value.get(), path_));
    if (!set) return false;
    inode_ = there.value.st_ino;
    seconds_ = there.value.st_mtim.tv_sec;
    nanoseconds_ = there.value.st_mtim.tv_nsec;
    set_ = *set;
    bytes_ = encode_key_set(set_);
    return true;
  }

  /// The set as it was looked at; empty: there is none.
  [[nodiscard]] ByteView set_bytes() const noexcept { return bytes_; }
  [[nodiscard]] KeySetCheck check() const noexcept { return key_set_check(bytes_); }
  [[nodiscard]] const KeySet& set() const noexcept { return set_; }

  /// The next pages of a run of the set; the answer lives until the next call. Errors: corrupt where a page is damaged,
  /// medium_io.
  Result<KeyRunPart> read(std::uint64_t number, std::uint64_t offset) {
    const auto info =
        std::find_if(set_.runs.begin(), set_.runs.end(), [&](const KeyRunInfo& run) { return run.number == number; });
    if (info == set_.runs.end() || offset % key_page_bytes != 0 || offset >= info->pages() * key_page_bytes)
      return KeyRunPart{number, offset, {}};
    const std::string name = path_ + "/" + key_run_name(number);
    if (number != open_number_ || !run_) {
      auto file = open_at(AT_FDCWD, name.c_str(), O_RDONLY | O_NOFOLLOW);
      if (file.error == ENOENT) return KeyRunPart{number, offset, {}};  // merged meanwhile
      if (!file) return Error{ErrorId::medium_io, "the run of keys " + name + " can not be read"}.because(file.error);
      run_ = std::move(file.value);
      open_number_ = number;
    }
    part_.resize(std::min<std::uint64_t>(key_part_bytes, info->pages() * key_page_bytes - offset));
    const auto got = read_full(run_.get(), offset, part_);
    if (!got) return Error{ErrorId::medium_io, "the run of keys " + name + " can not be read"}.because(got.error);
    if (got.value != part_.size() || !key_pages_fit(part_, info->salt, offset))
      return Error{ErrorId::corrupt, "the run of keys " + name + " has a damaged page"}.next(
          "rm -r " + shell_quoted(path_) + "    # it is made again from the journal");
    return KeyRunPart{number, offset, part_};
  }

 private:
  std::string path_;
  ino_t inode_ = 0;
  std::int64_t seconds_ = 0;
  std::int64_t nanoseconds_ = 0;
  KeySet set_;
  Bytes bytes_;
  FileDescriptor run_;
  std::uint64_t open_number_ = 0;
  Bytes part_;
};
using KeySource = BasicKeySource<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
