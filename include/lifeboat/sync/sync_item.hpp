// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <lifeboat/core/throttle.hpp>
#include <lifeboat/core/workers.hpp>
#include <lifeboat/source/attributes.hpp>
#include <lifeboat/sync/content_digest.hpp>
#include <lifeboat/sync/replica_tree.hpp>
#include <lifeboat/sync/sync_record.hpp>

// One path of a pass: what the source, the last state and the replica have there, and the work that tells what to do.
namespace lifeboat::inline LIFEBOAT_ABI {

/// What looking at items needs. Any thread.
struct SyncTools {
  const VerifierPort& verifier;
  const VerifierPort& structural;
  int root = -1;   ///< of the replica
  int stage = -1;  ///< where new content is written; -1: nowhere
  Throttle& throttle;
  bool read_all = false;  ///< a verification: the replica's files are read even where their stamps are right
};

/// Whether two entries have the same metadata: owner, mode, time, attributes, and what links and devices point to.
/// Names of owners do not count.
template <class = void>
bool same_metadata(const Entry& a, const Entry& b, bool limited = false) {
  if (a.mtime != b.mtime || a.target != b.target) return false;
  if (a.device_major != b.device_major || a.device_minor != b.device_minor) return false;
  if (limited) return true;
  const bool has_mode = a.type != EntryType::symlink;
  return a.uid == b.uid && a.gid == b.gid && (!has_mode || a.mode == b.mode) && a.attributes == b.attributes;
}

/// How a replica's entry compares with what the last pass left there.
enum class ReplicaLook : std::uint8_t {
  absent,    ///< nothing is there
  unknown,   ///< something is there that no pass put there
  as_left,   ///< by its stamp, or by its content and metadata
  metadata,  ///< its content is as it was left, its metadata are not
  content,   ///< its content, or its type, is another
};

/// What became of the source's content.
enum class ContentLook : std::uint8_t {
  same,    ///< as the state, or the replica's own, already has it
  staged,  ///< new: it lies in the stage under `stage_name`
  linked,  ///< another name that it had before: the replica's file is linked into the stage
  vanished,
  gap,  ///< `gap` says why it could not be read, or that it was torn
};

template <class = void>
class BasicSyncItem final : public Job {
 public:
  explicit BasicSyncItem(const SyncTools& tools) noexcept : tools_(tools) {}

  // What is known.
  std::string path;
  std::optional<Entry> source;
  std::unique_ptr<Content> content;
  std::optional<SyncRecord> state;
  std::optional<SyncRecord> replica;     ///< a bare look: no attributes, no link's target
  std::optional<SyncRecord> moved_from;  ///< the file that had the source's inode at the last pass
  bool kept = false;                     ///< below something that could not be read
  std::uint64_t stage_name = 0;
  bool submitted = false;
  bool read_nothing = false;  ///< looked at already: `run` does nothing

  // What the work found.
  ReplicaLook replica_look = ReplicaLook::absent;
  ContentLook content_look = ContentLook::same;
  Digest digest;
  std::uint8_t leaf = 0;
  std::uint64_t bytes_read = 0;
  bool torn = false;  ///< and taken all the same, for there is no better copy
  std::optional<Error> gap;
  std::optional<Error> fatal;

  /// Whether the work is worth a thread.
  [[nodiscard]] bool reads_content() const noexcept {
    if (source && source->type == EntryType::file && !content_is_known()) return true;
    return state && replica && state->entry().type == EntryType::file && !stamp_is_right();
  }

  void run() noexcept override {
    if (Status done = work(); !done) fatal = std::move(done).error();
    if (content != nullptr) content->close();
    content.reset();
  }

 private:
  [[nodiscard]] bool content_is_known() const noexcept {
    constexpr std::uint32_t unsafe = entry_flag::racy | entry_flag::torn;
    return state && state->entry().type == EntryType::file && stamp_of(*source) == stamp_of(state->entry()) &&
           ((source->flags | state->entry().flags) & unsafe) == 0 && replica && !tools_.read_all && stamp_is_right();
  }
  [[nodiscard]] bool stamp_is_right() const noexcept {
    const Entry& left = state->entry();
    const Entry& now = replica->entry();
    if (tools_.read_all || (state->marks & replica_mark::young) != 0) return false;
    if (left.type != now.type || (left.type == EntryType::hardlink && left.target != now.target)) return false;
    return state->replica_inode == now.inode && state->replica_ctime == now.ctime &&
           (left.type != EntryType::file || left.size == now.size);
  }

  Status work() {
    if (read_nothing) return ok();
    LIFEBOAT_CHECK(look_at_replica());
    if (!source) return ok();
    if (Status read = look_at_source(); !read) {
      Error error = std::move(read).error();
      switch (error.id()) {
        case ErrorId::entry_vanished: content_look = ContentLook::vanished; break;
        case ErrorId::entry_unreadable:
        case ErrorId::entry_torn:
          content_look = ContentLook::gap;
          gap = std::move(error);
          break;
        default: return error;
      }
    }
    return ok();
  }

  /// Compares what lies in the replica with the state, by its stamp where that proves it.
  Status look_at_replica() {
    if (!replica) return ok();
    replica_look = ReplicaLook::unknown;
    if (!state) return ok();
    const Entry& left = state->entry();
    replica_look = ReplicaLook::content;
    if (left.type != replica->entry().type) return ok();
    // The first name of a file has its content, its other names only the place.
    if (left.type == EntryType::hardlink && left.target != replica->entry().target) return ok();
    if (left.type == EntryType::hardlink || stamp_is_right()) {
      replica_look = ReplicaLook::as_left;
      return ok();
    }
    Entry now = replica->entry();
    if (now.type == EntryType::file) {
      if (now.size != left.size) return ok();
      auto found = digest_of_replica(left.size);
      if (!found && found.error().id() != ErrorId::sync_difference && found.error().id() != ErrorId::target_io)
        return std::move(found).error();
      if (!found || *found != state->known.digest) return ok();
    }
    if (!read_metadata(now) || now.target != left.target || now.device_major != left.device_major ||
        now.device_minor != left.device_minor)
      return ok();
    const bool limited = (state->marks & replica_mark::limited) != 0;
    replica_look = same_metadata(now, left, limited) ? ReplicaLook::as_left : ReplicaLook::metadata;
    return ok();
  }

  bool read_metadata(Entry& now) const {
    ReplicaTree tree(tools_.root);
    const auto place = tree.find(path);
    if (!place) return false;
    if (now.type == EntryType::symlink) {
      now.target.resize(4096);
      const ssize_t n = ::readlinkat(place.value.folder, place.value.text(), now.target.data(), now.target.size());
      if (n < 0) return false;
      now.target.resize(static_cast<std::size_t>(n));
    }
    return read_attributes({place.value.folder, place.value.text()}, now.attributes) == 0;
  }

  Result<FileDescriptor> open_in_replica(const std::string& where) const {
    ReplicaTree tree(tools_.root);
    const auto place = tree.find(where);
    auto file = place ? open_at(place.value.folder, place.value.text(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOATIME)
                      : SystemResult<FileDescriptor>{{}, place.error};
    if (file.error == EPERM) file = open_at(place.value.folder, place.value.text(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (file) {
      // What was just written is read back from the disk where the kernel lets go of its own copy.
      if (tools_.read_all) (void)::posix_fadvise(file.value.get(), 0, 0, POSIX_FADV_DONTNEED);
      return std::move(file.value);
    }
    return Error{ErrorId::target_io, "'" + where + "' can not be opened in the replica"}.because(file.error);
  }
  Result<Digest> digest_of_replica(std::uint64_t size) {
    LIFEBOAT_TRY(const FileDescriptor file, open_in_replica(path));
    ContentDigest hash(tools_.verifier, tools_.structural);
    return digest_of_file(hash, file.get(), size, path, [this](std::uint64_t n) { return tools_.throttle.pass(n); });
  }

  Status look_at_source() {
    Entry& now = *source;
    const bool unchanged = state && state->entry().type == now.type && state->entry().ctime == now.ctime &&
                           state->entry().inode == now.inode &&
                           ((now.flags | state->entry().flags) & entry_flag::racy) == 0;
    if (unchanged) {
      now.attributes = state->entry().attributes;
      if (now.type == EntryType::symlink) now.target = state->entry().target;
    } else if (now.type != EntryType::hardlink) {
      LIFEBOAT_CHECK(content->details(now));
    }
    if (now.type != EntryType::file) return ok();
    const bool known = state && state->entry().type == EntryType::file;
    const bool replica_holds = replica_look == ReplicaLook::as_left || replica_look == ReplicaLook::metadata;
    constexpr std::uint32_t unsafe = entry_flag::racy | entry_flag::torn;
    if (known && replica_holds && stamp_of(now) == stamp_of(state->entry()) &&
        ((now.flags | state->entry().flags) & unsafe) == 0) {
      digest = state->known.digest;
      leaf = state->known.leaf;
      return ok();
    }
    if (now.size > file_size_limit())
      return Error{ErrorId::limit, "'" + path + "' has " + std::to_string(now.size) +
                                       " bytes, more than this process may write into a file"}
          .next("ulimit -f unlimited");
    LIFEBOAT_CHECK(content->open());
    if (known && replica_holds && now.size == state->entry().size && now.mtime == state->entry().mtime) {
      LIFEBOAT_TRY(const bool same, reads_as(state->known.digest));
      if (same) return ok();
    } else if (!state && replica && replica->entry().type == EntryType::file && replica->entry().size == now.size) {
      // The state was lost: what lies there may well be the copy.
      const auto there = digest_of_replica(now.size);
      LIFEBOAT_TRY(const bool same, there ? reads_as(*there) : Result<bool>(false));
      if (same) {
        replica_look = ReplicaLook::metadata;
        return ok();
      }
    } else if (moved_from) {
      LIFEBOAT_TRY(const bool same, reads_as(moved_from->known.digest));
      if (same && link_moved()) {
        content_look = ContentLook::linked;
        return ok();
      }
    }
    return stage();
  }

  /// Whether the source's content has this digest; what was read counts as the source's stamp.
  Result<bool> reads_as(const Digest& wanted) {
    LIFEBOAT_TRY(const bool whole, read_once(-1));
    return whole && digest == wanted;
  }

  /// Links the replica's file under its old name into the stage, where it still is what the last pass left.
  bool link_moved() {
    const SyncRecord& old = *moved_from;
    ReplicaTree tree(tools_.root);
    const auto place = tree.find(old.path());
    const auto found = place ? stat_at(place.value.folder, place.value.text()) : SystemResult<struct stat>{{}, ENOENT};
    if (!found || !S_ISREG(found.value.st_mode) || found.value.st_ino != old.replica_inode) return false;
    const Timestamp ctime{found.value.st_ctim.tv_sec, static_cast<std::uint32_t>(found.value.st_ctim.tv_nsec)};
    if (ctime != old.replica_ctime || (old.marks & replica_mark::young) != 0 || found.value.st_nlink != 1) return false;
    const std::string name = std::to_string(stage_name);
    return link_noreplace(place.value.folder, place.value.text(), tools_.stage, name.c_str()) == 0;
  }

  Status stage() {
    const std::string name = std::to_string(stage_name);
    auto file = open_at(tools_.stage, name.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    if (!file) return stage_error(file.error);
    content_look = ContentLook::staged;
    bool whole = false;
    Status read;
    for (int tries = 0; tries < 3 && !whole; ++tries) {
      if (const int error = set_size(file.value.get(), 0)) return stage_error(error);
      auto once = read_once(file.value.get());
      if (!once) {
        read = std::move(once).error();
        break;
      }
      whole = *once;
    }
    if (read && !whole) {
      // A copy of another moment is worth more than this one; this one is worth more than none.
      const bool better = state && state->entry().type == EntryType::file && replica_look != ReplicaLook::absent &&
                          replica_look != ReplicaLook::content;
      torn = !better;
      if (better) read = Error{ErrorId::entry_torn, "'" + path + "' changed while it was read"};
    }
    if (!read) (void)remove_file(tools_.stage, name.c_str());
    return read;
  }

  /// Reads the source once, into `out` where there is one. False where it changed meanwhile.
  Result<bool> read_once(int out) {
    LIFEBOAT_TRY(const FileStamp before, content->stamp());
    // What else changed since the scan is not known: the next pass looks at all of it.
    if (before.ctime != source->ctime) source->flags |= entry_flag::racy;
    source->size = before.size;
    source->mtime = before.mtime;
    source->ctime = before.ctime;
    ContentDigest hash(tools_.verifier, tools_.structural);
    LIFEBOAT_CHECK(hash.begin(before.size));
    leaf = hash.leaf();
    bool short_read = false;
    const auto read_segment = [&](Segment segment) -> Status {
      std::uint64_t at = segment.offset;
      std::uint64_t end = segment.offset + segment.length;
      if (end > before.size) end = before.size;
      while (at < end && !short_read) {
        LIFEBOAT_TRY(const MutableBytes room, hash.room(at, end - at));
        LIFEBOAT_CHECK(tools_.throttle.pass(room.size()));
        LIFEBOAT_TRY(const std::size_t got, content->read(at, room));
        short_read = got != room.size();
        hash.took(got);
        bytes_read += got;
        if (out != -1)
          if (const int error = pwrite_full(out, at, room.first(got))) return stage_error(error);
        at += got;
      }
      return ok();
    };
    // In a large file, blocks that were allocated before they are written can hide holes from the scan.
    if (source->sparse || before.size >= whole_file_max)
      LIFEBOAT_CHECK(content->segments(read_segment));
    else if (before.size != 0)
      LIFEBOAT_CHECK(read_segment({0, before.size}));
    if (out != -1)
      if (const int error = set_size(out, before.size)) return stage_error(error);
    LIFEBOAT_TRY(digest, hash.finish());
    LIFEBOAT_TRY(const FileStamp after, content->stamp());
    const bool only_grows = (source->flags & entry_flag::prefix) != 0;
    const bool grew = only_grows && after.inode == before.inode && after.size >= before.size;
    return !short_read && (after == before || grew);
  }

  static int set_size(int file, std::uint64_t size) noexcept {
    return detail::errno_of([&] { return ::ftruncate(file, static_cast<off_t>(size)); });
  }
  [[nodiscard]] Error stage_error(int error) const {
    if (error == ENOSPC || error == EDQUOT)
      return Error{ErrorId::target_io,
                   "the replica has no room for '" + path + "' (" + std::to_string(source->size) + " bytes)"}
          .because(error)
          .next("the same command again    # when there is room on the replica's disk")
          .unchanged();
    return Error{ErrorId::target_io, "'" + path + "' can not be written into the replica's stage"}
        .because(error)
        .unchanged();
  }

  const SyncTools& tools_;
};
using SyncItem = BasicSyncItem<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
