// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace support {

/// Removes what `folder` holds, whatever its depth, names and modes; follows no link. Takes the descriptor.
inline void remove_below(int folder) {
  // A folder found inside is moved up beside it before it is emptied, so that depth costs neither stack nor path.
  ::fchmod(folder, 0700);
  unsigned number = 0;
  for (bool again = true; again;) {
    again = false;
    ::lseek(folder, 0, SEEK_SET);
    DIR* stream = ::fdopendir(::dup(folder));
    if (stream == nullptr) break;
    ::rewinddir(stream);
    while (const dirent* entry = ::readdir(stream)) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (::unlinkat(folder, name.c_str(), 0) == 0 || ::unlinkat(folder, name.c_str(), AT_REMOVEDIR) == 0) {
        again = true;
        continue;
      }
      const int inside = ::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (inside < 0) {
        if (errno == EACCES && ::fchmodat(folder, name.c_str(), 0700, 0) == 0) again = true;
        continue;
      }
      ::fchmod(inside, 0700);
      if (DIR* inner = ::fdopendir(::dup(inside))) {
        while (const dirent* child = ::readdir(inner)) {
          const std::string from = child->d_name;
          if (from == "." || from == "..") continue;
          const std::string to = "removed-" + std::to_string(::getpid()) + "-" + std::to_string(number++);
          if (::unlinkat(inside, from.c_str(), 0) == 0 || ::renameat(inside, from.c_str(), folder, to.c_str()) == 0)
            again = true;
        }
        ::closedir(inner);
      }
      ::close(inside);
      if (::unlinkat(folder, name.c_str(), AT_REMOVEDIR) == 0) again = true;
    }
    ::closedir(stream);
  }
  ::close(folder);
}

/// A fresh folder, removed with all that it holds at the end. Below $TMPDIR or /tmp unless told where.
class TempFolder {
 public:
  explicit TempFolder(const std::string& where = std::getenv("TMPDIR") != nullptr ? std::getenv("TMPDIR") : "/tmp") {
    path_ = where + "/lifeboat-test-XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary folder in " + where);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    const int folder = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder >= 0) remove_below(folder);
    ::rmdir(path_.c_str());
  }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// The path of something in it.
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace support
