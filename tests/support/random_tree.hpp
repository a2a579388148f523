// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace support {

struct TreeShape {
  std::size_t entries = 60;
  std::size_t largest = 300 * 1024;  ///< bytes of a file outside holes
  bool owners = ::geteuid() == 0;    ///< give entries away; needs root
  bool devices = ::geteuid() == 0;
  bool attributes = true;  ///< where the file system takes them
  bool odd_names = true;
};

/// A tree of everything that Linux keeps, and changes to it, all from one seed: the same seed and calls, the same tree.
/// Print `seed()` in every test that uses it.
class RandomTree {
 public:
  RandomTree(std::string root, std::uint64_t seed, TreeShape shape = {})
      : root_(std::move(root)), seed_(seed), shape_(shape), random_(seed) {}

  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }

  /// Fills the root, which exists.
  void create() {
    for (std::size_t i = 0; i < shape_.entries; ++i) add(pick_folder());
    decorate(root_);
  }

  /// Makes `count` random changes and says which.
  std::string change(std::size_t count) {
    std::string story;
    for (std::size_t i = 0; i < count; ++i) story += one_change() + "\n";
    return story;
  }

  /// Paths of all entries, the root first; relative, sorted.
  [[nodiscard]] std::vector<std::string> paths() const {
    std::vector<std::string> all{""};
    collect("", all);
    std::sort(all.begin(), all.end());
    return all;
  }

 private:
  std::uint64_t up_to(std::uint64_t limit) { return std::uniform_int_distribution<std::uint64_t>(0, limit)(random_); }
  bool one_in(unsigned n) { return up_to(n - 1) == 0; }
  [[nodiscard]] std::string at(const std::string& path) const { return path.empty() ? root_ : root_ + "/" + path; }
  [[nodiscard]] static mode_t type_of(const std::string& full) {
    struct stat found {};
    return ::lstat(full.c_str(), &found) == 0 ? found.st_mode & S_IFMT : 0;
  }

  void collect(const std::string& folder, std::vector<std::string>& all) const {
    DIR* stream = ::opendir(at(folder).c_str());
    if (stream == nullptr) return;
    std::vector<std::string> folders;
    while (const dirent* entry = ::readdir(stream)) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      const std::string path = folder.empty() ? name : folder + "/" + name;
      all.push_back(path);
      if (type_of(at(path)) == S_IFDIR) folders.push_back(path);
    }
    ::closedir(stream);
    for (const std::string& below : folders) collect(below, all);
  }

  std::string pick(mode_t type) {
    std::vector<std::string> fitting;
    for (const std::string& path : paths())
      if (type_of(at(path)) == type && (type == S_IFDIR || !path.empty())) fitting.push_back(path);
    return fitting.empty() ? std::string() : fitting[up_to(fitting.size() - 1)];
  }
  std::string pick_folder() { return pick(S_IFDIR); }
  std::string pick_any() {
    const auto all = paths();
    return all.size() < 2 ? std::string() : all[1 + up_to(all.size() - 2)];
  }

  std::string fresh_name(const std::string& folder) {
    static const char* const odd[] = {"new\nline", "sp ace",   "\xff\xfe",    "-dash",
                                      ".hidden",   "tab\t",    "a.b",         "a",
                                      "star*",     "quote'\"", "back\\slash", "\xe4\xb8\xad\xe6\x96\x87",
                                      "#hash",     "a-b"};
    for (;;) {
      std::string name =
          shape_.odd_names && one_in(3) ? odd[up_to(std::size(odd) - 1)] : "n" + std::to_string(up_to(9999));
      if (shape_.odd_names && one_in(40)) name = std::string(255, static_cast<char>('A' + up_to(25)));
      if (one_in(5)) name += std::to_string(up_to(99));
      name.resize(std::min<std::size_t>(name.size(), 255));
      const std::string path = folder.empty() ? name : folder + "/" + name;
      if (path.size() < 3000 && type_of(at(path)) == 0) return path;
    }
  }

  std::string bytes(std::size_t count) {
    std::string out(count, '\0');
    const bool plain = one_in(3);
    for (char& c : out) c = plain ? static_cast<char>('a' + random_() % 4) : static_cast<char>(random_());
    return out;
  }
  std::size_t file_size() {
    static const std::size_t edges[] = {0, 1, 511, 512, 4095, 4096, 4097, 65535, 65536, 65537, 131071, 131072, 131073};
    std::size_t size = one_in(3) ? edges[up_to(std::size(edges) - 1)] : up_to(one_in(3) ? shape_.largest : 5000);
    return std::min(size, shape_.largest);
  }
  void write_at(const std::string& full, off_t where, const std::string& data) {
    const int fd = ::open(full.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return;
    for (std::size_t done = 0; done < data.size();) {
      const ssize_t n = ::pwrite(fd, data.data() + done, data.size() - done, where + static_cast<off_t>(done));
      if (n <= 0) break;
      done += static_cast<std::size_t>(n);
    }
    ::close(fd);
  }

  void make_file(const std::string& full) {
    write_at(full, 0, bytes(file_size()));
    if (!one_in(6)) return;
    const auto far = static_cast<off_t>(up_to(8 * 1024 * 1024));  // holes: between, and at the end
    write_at(full, far, bytes(up_to(9000)));
    if (one_in(2) && ::truncate(full.c_str(), far + static_cast<off_t>(up_to(4 * 1024 * 1024))) != 0) return;
  }

  std::string add(const std::string& folder) {
    const std::string path = fresh_name(folder);
    const std::string full = at(path);
    const std::uint64_t kind = up_to(99);
    const auto mode = static_cast<mode_t>(0600);
    const std::string existing = kind >= 80 && kind < 88 ? pick(S_IFREG) : std::string();
    if (kind < 20) {
      ::mkdir(full.c_str(), 0700);
    } else if (kind >= 70 && kind < 80) {
      std::string target = one_in(4) ? std::string("/nowhere/") + std::string(up_to(1000), 'x') : "../" + pick_any();
      if (::symlink(target.substr(0, 4000).c_str(), full.c_str()) != 0) return "nothing";
    } else if (!existing.empty()) {
      if (::link(at(existing).c_str(), full.c_str()) != 0) return "nothing";
      return "link '" + path + "' to '" + existing + "'";
    } else if (kind >= 96) {
      ::mkfifo(full.c_str(), mode);
    } else if (kind >= 92 && shape_.devices) {
      const mode_t type = one_in(2) ? S_IFCHR : S_IFBLK;
      ::mknod(full.c_str(), type | mode,
              makedev(static_cast<unsigned>(up_to(4000)), static_cast<unsigned>(up_to(1 << 18))));
    } else {
      make_file(full);
    }
    decorate(full);
    return "add '" + path + "'";
  }

  /// Owner, attributes, mode and times, in the order that lets each stay.
  void decorate(const std::string& full) {
    const mode_t type = type_of(full);
    if (shape_.owners && one_in(3)) {
      const auto uid = static_cast<uid_t>(one_in(2) ? 0 : up_to(70000));
      if (::lchown(full.c_str(), uid, static_cast<gid_t>(up_to(200))) != 0) return;
    }
    if (shape_.attributes && one_in(4)) set_attributes(full, type);
    if (type != S_IFLNK && one_in(2)) {
      mode_t mode = static_cast<mode_t>(up_to(07777));
      if (::geteuid() != 0) mode |= type == S_IFDIR ? 0700 : 0600;
      if (::chmod(full.c_str(), mode) != 0) return;
    }
    if (!one_in(4)) touch(full);
  }
  void touch(const std::string& full) {
    struct timespec times[2] = {{0, UTIME_OMIT}, {}};
    times[1].tv_sec = one_in(5) ? -static_cast<time_t>(up_to(2000000000)) : static_cast<time_t>(up_to(4000000000U));
    times[1].tv_nsec = one_in(4) ? 0 : static_cast<long>(up_to(999999999));
    ::utimensat(AT_FDCWD, full.c_str(), times, AT_SYMLINK_NOFOLLOW);
  }
  void set_attributes(const std::string& full, mode_t type) {
    const std::string value = bytes(up_to(one_in(5) ? 2000 : 40));
    if (type == S_IFREG || type == S_IFDIR) {
      ::lsetxattr(full.c_str(), ("user.n" + std::to_string(up_to(4))).c_str(), value.data(), value.size(), 0);
      if (one_in(3)) ::lsetxattr(full.c_str(), "user.empty=percent%", "", 0, 0);
      if (one_in(3)) {
        // version 2; user::rw-, user:12:r--, group::r--, mask::rw-, other::---
        const unsigned char acl[] = {2, 0,  0,   0,   1,   0,   6,  0, 255, 255, 255, 255, 2,   0,  4,
                                     0, 12, 0,   0,   0,   4,   0,  4, 0,   255, 255, 255, 255, 16, 0,
                                     6, 0,  255, 255, 255, 255, 32, 0, 0,   0,   255, 255, 255, 255};
        ::lsetxattr(full.c_str(), type == S_IFDIR && one_in(2) ? "system.posix_acl_default" : "system.posix_acl_access",
                    acl, sizeof acl, 0);
      }
    }
    if (::geteuid() == 0 && one_in(2)) ::lsetxattr(full.c_str(), "trusted.t", value.data(), value.size(), 0);
  }

  bool remove(const std::string& path) {
    if (type_of(at(path)) != S_IFDIR) return ::unlink(at(path).c_str()) == 0;
    std::vector<std::string> below;
    collect(path, below);
    std::sort(below.rbegin(), below.rend());  // what a folder holds sorts after it
    for (const std::string& one : below)
      if (type_of(at(one)) == S_IFDIR ? ::rmdir(at(one).c_str()) != 0 : ::unlink(at(one).c_str()) != 0) return false;
    return ::rmdir(at(path).c_str()) == 0;
  }

  std::string one_change() {
    const std::uint64_t kind = up_to(99);
    const std::string file = pick(S_IFREG);
    const std::string any = pick_any();
    if (kind < 25 && !file.empty()) {
      struct stat found {};
      ::stat(at(file).c_str(), &found);
      const auto size = static_cast<std::uint64_t>(found.st_size);
      const std::uint64_t where = kind < 15 ? up_to(size) : size;
      write_at(at(file), static_cast<off_t>(where), bytes(1 + up_to(kind % 2 == 0 ? 100 : 20000)));
      return "write into '" + file + "' at " + std::to_string(where);
    }
    if (kind < 30 && !file.empty()) {
      struct stat found {};
      ::stat(at(file).c_str(), &found);
      const auto size = static_cast<off_t>(up_to(static_cast<std::uint64_t>(found.st_size) + 5000));
      return ::truncate(at(file).c_str(), size) == 0 ? "resize '" + file + "' to " + std::to_string(size) : "nothing";
    }
    if (kind < 50) return add(pick_folder());
    if (any.empty()) return "nothing";
    if (kind < 62) return remove(any) ? "remove '" + any + "'" : "nothing";
    if (kind < 75) {
      const std::string to = fresh_name(pick_folder());
      return ::rename(at(any).c_str(), at(to).c_str()) == 0 ? "rename '" + any + "' to '" + to + "'" : "nothing";
    }
    if (kind < 80) {  // the same name, something else
      if (!remove(any)) return "nothing";
      if (one_in(2))
        ::mkdir(at(any).c_str(), 0755);
      else
        make_file(at(any));
      return "replace '" + any + "'";
    }
    if (kind < 85) {
      touch(at(any));
      return "touch '" + any + "'";
    }
    if (kind < 88 && !file.empty()) {  // new content, old size and mtime
      struct stat found {};
      ::stat(at(file).c_str(), &found);
      if (found.st_size == 0) return "nothing";
      write_at(at(file), 0, bytes(std::min<std::size_t>(static_cast<std::size_t>(found.st_size), 64)));
      const struct timespec times[2] = {{0, UTIME_OMIT}, found.st_mtim};
      ::utimensat(AT_FDCWD, at(file).c_str(), times, 0);
      return "write into '" + file + "' and set its time back";
    }
    decorate(at(any));
    return "change the metadata of '" + any + "'";
  }

  std::string root_;
  std::uint64_t seed_;
  TreeShape shape_;
  std::mt19937_64 random_;
};

}  // namespace support
