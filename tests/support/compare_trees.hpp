// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// Compares two trees with nothing of the library, so that a fault of its scan can not hide one of its restore.
namespace support {

struct CompareOptions {
  bool owners = true;
  bool attributes = true;
  bool times = true;  ///< mtimes, to the nanosecond
  bool holes = true;  ///< a hole in the first must not be data in the second
  bool root_metadata = true;
};

/// What a tree holds, by path. The root is "".
struct TreeRecord {
  struct stat state {};
  std::string target;  ///< of a symbolic link
  std::map<std::string, std::string> attributes;
  std::uint64_t content = 0;     ///< a hash of the size and of all that is not zero, with its place
  std::uint64_t data_bytes = 0;  ///< outside holes
  std::string first_name;        ///< of a file with several names: the first in byte order
};
using TreeRecords = std::map<std::string, TreeRecord>;

namespace compare_detail {

inline std::string shown(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 32 && byte < 127 && c != '\\') {
      out.push_back(c);
    } else {
      constexpr char digits[] = "0123456789abcdef";
      out += {'\\', 'x', digits[byte / 16], digits[byte % 16]};
    }
    if (out.size() > 300) return out + "...";
  }
  return out;
}

inline std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash ^= value + 0x9E3779B97F4A7C15ULL + (hash << 6) + (hash >> 2);
  hash *= 0xFF51AFD7ED558CCDULL;
  return hash ^ (hash >> 33);
}

inline void read_content(int fd, TreeRecord& record) {
  const off_t size = record.state.st_size;
  record.content = mix(1, static_cast<std::uint64_t>(size));
  std::vector<char> block(4096);
  for (off_t at = 0; at < size;) {
    off_t data = ::lseek(fd, at, SEEK_DATA);
    if (data < 0) break;
    off_t hole = ::lseek(fd, data, SEEK_HOLE);
    if (hole < 0 || hole > size) hole = size;
    record.data_bytes += static_cast<std::uint64_t>(hole - data);
    for (off_t from = data - data % 4096; from < hole; from += 4096) {
      const ssize_t n = ::pread(fd, block.data(), block.size(), from);
      if (n <= 0) throw std::runtime_error("compare_trees can not read a file");
      block.resize(4096);
      std::uint64_t hash = 7;
      bool zero = true;
      for (ssize_t i = 0; i < n; ++i) {
        const auto byte = static_cast<unsigned char>(block[static_cast<std::size_t>(i)]);
        zero = zero && byte == 0;
        hash = (hash ^ byte) * 0x100000001B3ULL;
      }
      if (!zero) record.content = mix(mix(record.content, static_cast<std::uint64_t>(from)), hash);
    }
    at = hole;
  }
}

inline void read_attributes(const std::string& place, TreeRecord& record) {
  std::vector<char> names(70000);
  const ssize_t n = ::llistxattr(place.c_str(), names.data(), names.size());
  for (ssize_t at = 0; at < n;) {
    const std::string name = names.data() + at;
    at += static_cast<ssize_t>(name.size()) + 1;
    std::vector<char> value(70000);
    const ssize_t length = ::lgetxattr(place.c_str(), name.c_str(), value.data(), value.size());
    if (length >= 0) record.attributes[name] = std::string(value.data(), static_cast<std::size_t>(length));
  }
}

/// Reads the folder `fd`, which it takes, and all below. One descriptor is open at a time, whatever the depth.
inline int read_folder(int fd, const std::string& path, TreeRecords& records,
                       std::map<std::pair<dev_t, ino_t>, std::string>& firsts) {
  std::map<std::string, bool> names;
  const int listed = ::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* stream = listed < 0 ? nullptr : ::fdopendir(listed);
  if (stream == nullptr) throw std::runtime_error("compare_trees can not list " + shown(path));
  while (const dirent* entry = ::readdir(stream)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names[name] = true;
  }
  ::closedir(stream);
  for (const auto& [name, unused] : names) {
    (void)unused;
    const std::string below = path.empty() ? name : path + "/" + name;
    TreeRecord record;
    if (::fstatat(fd, name.c_str(), &record.state, AT_SYMLINK_NOFOLLOW) != 0)
      throw std::runtime_error("compare_trees can not look at " + shown(below));
    read_attributes("/proc/self/fd/" + std::to_string(fd) + "/" + name, record);
    if (S_ISLNK(record.state.st_mode)) {
      record.target.resize(70000);
      const ssize_t n = ::readlinkat(fd, name.c_str(), record.target.data(), record.target.size());
      record.target.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    }
    if (S_ISREG(record.state.st_mode)) {
      const int file = ::openat(fd, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
      if (file < 0) throw std::runtime_error("compare_trees can not open " + shown(below));
      read_content(file, record);
      ::close(file);
      if (record.state.st_nlink > 1)
        record.first_name = firsts.try_emplace({record.state.st_dev, record.state.st_ino}, below).first->second;
    }
    const bool folder = S_ISDIR(record.state.st_mode);
    records[below] = std::move(record);
    if (!folder) continue;
    const int inside = ::openat(fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inside < 0) throw std::runtime_error("compare_trees can not open " + shown(below));
    ::close(fd);
    const int after = read_folder(inside, below, records, firsts);
    fd = ::openat(after, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ::close(after);
    if (fd < 0) throw std::runtime_error("compare_trees can not go back from " + shown(below));
  }
  return fd;
}

}  // namespace compare_detail

/// Reads a whole tree.
inline TreeRecords read_tree(const std::string& root) {
  TreeRecords records;
  const int fd = ::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) throw std::runtime_error("compare_trees can not open " + root + ": " + std::strerror(errno));
  TreeRecord own;
  ::fstat(fd, &own.state);
  compare_detail::read_attributes("/proc/self/fd/" + std::to_string(fd) + "/.", own);
  records[""] = own;
  std::map<std::pair<dev_t, ino_t>, std::string> firsts;
  ::close(compare_detail::read_folder(fd, "", records, firsts));
  return records;
}

/// The first difference between two trees by content and metadata, as a sentence; empty where there is none.
inline std::string first_difference(const TreeRecords& a, const TreeRecords& b, const CompareOptions& options = {}) {
  using compare_detail::shown;
  const auto number = [](auto value) { return std::to_string(value); };
  auto other = b.begin();
  for (const auto& [path, record] : a) {
    if (other != b.end() && other->first < path) return "'" + shown(other->first) + "' is in the second tree only";
    if (other == b.end() || other->first != path) return "'" + shown(path) + "' is in the first tree only";
    const TreeRecord& twin = (other++)->second;
    const struct stat& x = record.state;
    const struct stat& y = twin.state;
    const std::string name = "'" + shown(path) + "': ";
    const auto differ = [&](const char* what, const std::string& first, const std::string& second) {
      return name + what + " " + first + " and " + second;
    };
    if (path.empty() && !options.root_metadata) continue;
    if ((x.st_mode & S_IFMT) != (y.st_mode & S_IFMT))
      return differ("types", number(x.st_mode & S_IFMT), number(y.st_mode & S_IFMT));
    if (!S_ISLNK(x.st_mode) && x.st_mode != y.st_mode)
      return differ("modes", number(x.st_mode & 07777), number(y.st_mode & 07777));
    if (options.owners && (x.st_uid != y.st_uid || x.st_gid != y.st_gid))
      return differ("owners", number(x.st_uid) + ":" + number(x.st_gid), number(y.st_uid) + ":" + number(y.st_gid));
    if (S_ISREG(x.st_mode)) {
      if (x.st_size != y.st_size) return differ("sizes", number(x.st_size), number(y.st_size));
      if (record.content != twin.content) return name + "contents differ";
      if (record.first_name != twin.first_name)
        return differ("first names", "'" + shown(record.first_name) + "'", "'" + shown(twin.first_name) + "'");
      if (options.holes && twin.data_bytes > record.data_bytes)
        return differ("bytes outside holes", number(record.data_bytes), number(twin.data_bytes));
    }
    if ((S_ISCHR(x.st_mode) || S_ISBLK(x.st_mode)) && x.st_rdev != y.st_rdev)
      return differ("devices", number(x.st_rdev), number(y.st_rdev));
    if (record.target != twin.target)
      return differ("targets", "'" + shown(record.target) + "'", "'" + shown(twin.target) + "'");
    if (options.times && (x.st_mtim.tv_sec != y.st_mtim.tv_sec || x.st_mtim.tv_nsec != y.st_mtim.tv_nsec))
      return differ("mtimes", number(x.st_mtim.tv_sec) + "." + number(x.st_mtim.tv_nsec),
                    number(y.st_mtim.tv_sec) + "." + number(y.st_mtim.tv_nsec));
    if (options.attributes && record.attributes != twin.attributes) {
      std::string first;
      std::string second;
      for (const auto& [key, value] : record.attributes) first += key + "=" + shown(value) + " ";
      for (const auto& [key, value] : twin.attributes) second += key + "=" + shown(value) + " ";
      return differ("attributes", "(" + first + ")", "(" + second + ")");
    }
  }
  if (other != b.end()) return "'" + shown(other->first) + "' is in the second tree only";
  return {};
}

inline std::string first_difference(const std::string& a, const std::string& b, const CompareOptions& options = {}) {
  return first_difference(read_tree(a), read_tree(b), options);
}

}  // namespace support
