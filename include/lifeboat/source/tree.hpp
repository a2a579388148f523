// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <lifeboat/core/port.hpp>
#include <lifeboat/core/position.hpp>
#include <lifeboat/core/time.hpp>

// What a tree of files is, between the sources, the archive and the replica: entries, and the ports to read and write
// them. No policy of the room is needed to use it.
namespace lifeboat::inline LIFEBOAT_ABI {

/// Values stand in archives and never change (docs/format.md, "Entries").
enum class EntryType : std::uint8_t {
  file = 1,
  directory = 2,
  symlink = 3,
  hardlink = 4,  ///< another name of an entry that came before: `target` is that entry's path
  char_device = 5,
  block_device = 6,
  fifo = 7,
};

/// Bits of Entry::flags; they stand in archives and never change.
namespace entry_flag {
inline constexpr std::uint32_t torn = 1;         ///< changed while it was read
inline constexpr std::uint32_t unreadable = 2;   ///< could not be read; content and metadata are the base's, if any
inline constexpr std::uint32_t racy = 4;         ///< changed so shortly before the scan that its times prove nothing
inline constexpr std::uint32_t prefix = 8;       ///< append-only: the stable prefix of a growing file
inline constexpr std::uint32_t no_content = 16;  ///< known to exist, but no content was ever read
inline constexpr std::uint32_t mount_point = 32; ///< a folder on which another file system is mounted, not entered
}  // namespace entry_flag

struct ExtendedAttribute {
  std::string name;  ///< with its namespace: "user.comment", "system.posix_acl_access"
  Bytes value;
  friend bool operator==(const ExtendedAttribute&, const ExtendedAttribute&) = default;
};

/// A part of a file that holds data; what lies between is a hole.
struct Segment {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  friend bool operator==(const Segment&, const Segment&) = default;
};

/// One entry of a tree. `path` is relative to the root, components joined by '/', any bytes but NUL; the root is "".
struct Entry {
  std::string path;
  EntryType type = EntryType::file;
  std::uint32_t flags = 0;
  std::uint32_t mode = 0;  ///< the twelve permission bits
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string owner;       ///< empty where the number has no name
  std::string group;
  Timestamp mtime;
  Timestamp ctime;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t links = 1;
  std::uint64_t size = 0;  ///< of files
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  bool sparse = false;     ///< of files: fewer blocks than the size needs, so that holes are worth asking for
  std::string target;      ///< of symbolic links: their text; of hard links: the path of the first name
  std::vector<ExtendedAttribute> attributes;  ///< sorted by name; ACLs among them, as the kernel stores them
};

/// Orders paths by their components: a folder comes right before what it holds ("a", "a/b", "a.b").
template <class = void>
std::strong_ordering compare_paths(std::string_view a, std::string_view b) noexcept {
  const std::size_t common = a.size() < b.size() ? a.size() : b.size();
  for (std::size_t i = 0; i < common; ++i) {
    if (a[i] == b[i]) continue;
    if (a[i] == '/') return std::strong_ordering::less;
    if (b[i] == '/') return std::strong_ordering::greater;
    return static_cast<unsigned char>(a[i]) <=> static_cast<unsigned char>(b[i]);
  }
  return a.size() <=> b.size();
}

/// Whether `path` is `folder` or lies below it. The root "" holds everything.
constexpr bool is_below(std::string_view path, std::string_view folder) noexcept {
  return folder.empty() || (path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/'));
}

/// What tells whether a file changed between two looks.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  Timestamp mtime;
  Timestamp ctime;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// The stamp that a scanned entry had.
inline FileStamp stamp_of(const Entry& entry) noexcept {
  return {entry.device, entry.inode, entry.size, entry.mtime, entry.ctime};
}

/// Whether nothing that a plain stat shows tells two looks at one path apart. What lies on a file system whose times
/// can be trusted, and was not changed in the last moment, is then the same.
inline bool same_stamp(const Entry& before, const Entry& now) noexcept {
  return before.type == now.type && before.device == now.device && before.inode == now.inode &&
         before.mtime == now.mtime && before.ctime == now.ctime &&
         (now.type != EntryType::file || before.size == now.size);
}

/// A handle on one scanned entry. It keeps what it needs (its folder's descriptor) open and outlives the call that
/// handed it out; a worker thread may use it after the scan has gone on. One thread at a time, but `read`, which any
/// number of threads may call at once after `open`.
struct Content {
  /// Fills in what a plain stat does not tell: link target, extended attributes, owner names.
  virtual Status details(Entry& entry) = 0;
  /// Opens a regular file without following links, and fails with entry_vanished where another has taken its name.
  virtual Status open() = 0;
  virtual Result<FileStamp> stamp() = 0;
  /// The data segments of an open file, in order, until the callback fails. One segment where the file system knows no
  /// holes.
  virtual Status segments(FunctionRef<Status(Segment)> each) = 0;
  /// Short only at the end of the file.
  virtual Result<std::size_t> read(std::uint64_t at, MutableBytes out) = 0;
  virtual void close() noexcept = 0;
  virtual ~Content() = default;
};

/// Takes what a scan finds: the root first, then every entry in the order of compare_paths.
struct EntrySink {
  /// `content` serves this entry; its `details` are not filled in yet.
  virtual Status entry(Entry&& entry, std::unique_ptr<Content> content) = 0;
  /// An entry or a whole folder that is there but can not be read (`error` says why): never taken for a deleted one.
  virtual Status unreadable(Entry&& entry, Error error) = 0;
  /// Something found and left out on purpose: a socket, another mount.
  virtual void skipped(std::string_view path, const Error& error) = 0;
  /// The scan is through, and the source may be let go: whatever was handed out has been read when this returns.
  virtual Status settle() { return ok(); }
  virtual ~EntrySink() = default;
};

/// How consistent what was read is; values stand in archives.
enum class CutKind : std::uint8_t {
  frozen = 1,    ///< the source stood still for the whole of the reading
  snapshot = 2,  ///< the source stood still while a snapshot was taken, and that was read
  per_file = 3,  ///< each file is as it was at one moment, files among each other are not
  torn = 4,      ///< at least one file changed while it was read
};

/// What `freeze` answers: how consistent the reading will be, and the last position whose effect is in the source.
struct Cut {
  CutKind kind = CutKind::per_file;
  bool has_position = false;
  Position position{};
};

/// Writes the content of one file into a tree being restored or replicated. `write` may be called by several threads
/// at once on disjoint ranges; what is never written is a hole. `finish` makes the size, metadata and times right.
struct FileOutput {
  virtual Status write(std::uint64_t at, ByteView data) = 0;
  virtual Status finish() = 0;
  virtual ~FileOutput() = default;
};

/// A tree being built in a place of its own. Entries come in the order of compare_paths, so a folder comes before what
/// it holds; metadata of folders are set when the tree is finished. No path leads outside, whatever it says.
struct TreeOutput {
  /// Anything but a regular file's content: folders, links, devices.
  virtual Status place(const Entry& entry) = 0;
  virtual Result<std::unique_ptr<FileOutput>> create(const Entry& entry) = 0;
  /// Sets the metadata of folders, deepest first, and makes everything durable.
  virtual Status finish() = 0;
  virtual ~TreeOutput() = default;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
