// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <lifeboat/core/file_system.hpp>
#include <lifeboat/core/owner.hpp>
#include <lifeboat/core/random.hpp>
#include <lifeboat/core/shell_word.hpp>
#include <lifeboat/sync/sealed_file.hpp>
#include <lifeboat/sync/sync_record.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

inline constexpr std::string_view replica_own_name = ".lifeboat-sync";

/// What is known of the last pass.
struct PassFacts {
  Id replica;
  ClockReading began;  ///< when its scan began: the replica holds what the source had from then on
  std::uint64_t entries = 0;
  bool source_was_mount = false;
};

/// A replica and the folder of its own in it. Files there: `lock`, `replica` (whose it is), `state`, `pass`, while a
/// pass is under way `intents` and `state.next`; folders: `stage` and `aside`.
template <class = void>
class BasicReplicaFolder {
 public:
  /// Opens a replica that is there; `made` says whether it has a folder of its own. Nothing is changed.
  /// Errors: replica_strange, target_io.
  static Result<BasicReplicaFolder> open(const std::string& path) {
    BasicReplicaFolder folder;
    folder.path_ = path;
    auto root = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
    if (root.error == ENOTDIR) return folder.strange("is no folder");
    if (root.error == ENOENT) return folder;
    if (!root) return folder.closed("can not be opened", path, root.error);
    folder.root_ = std::move(root.value);
    auto own = open_at(folder.root(), std::string(replica_own_name).c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (own.error == ENOTDIR || own.error == ELOOP)
      return folder.strange("has a " + std::string(replica_own_name) + " that is no folder");
    if (own.error != 0 && own.error != ENOENT) return folder.closed("can not be entered", folder.own_path(), own.error);
    if (own) folder.own_ = std::move(own.value);
    return folder;
  }

  [[nodiscard]] bool there() const noexcept { return static_cast<bool>(root_); }
  [[nodiscard]] bool made() const noexcept { return static_cast<bool>(own_); }
  [[nodiscard]] int root() const noexcept { return root_.get(); }
  [[nodiscard]] int own() const noexcept { return own_.get(); }
  [[nodiscard]] int stage() const noexcept { return stage_.get(); }
  [[nodiscard]] int aside() const noexcept { return aside_.get(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string own_path() const { return path_ + "/" + std::string(replica_own_name); }

  /// Whether anything but the folder of its own is in it.
  Result<bool> is_empty() const {
    bool empty = true;
    const int error =
        read_folder(root(), [&](std::string_view name, unsigned char) { empty = empty && name == replica_own_name; });
    if (error != 0) return failed("can not be read", error);
    return empty;
  }

  /// Makes the folder itself, where it is missing.
  Status make_root() {
    auto made = make_folder(AT_FDCWD, path_.c_str(), 0700);
    if (!made) {
      std::string above = path_;
      while (above.size() > 1 && above.ends_with('/')) above.pop_back();
      const std::size_t slash = above.rfind('/');
      above = slash == std::string::npos ? "." : above.substr(0, slash == 0 ? 1 : slash);
      Error error = failed("can not be made", made.error);
      if (made.error == ENOENT) error = std::move(error).next("mkdir -p " + shell_quoted(above));
      return not_made("the replica " + path_, path_, made.error, std::move(error));
    }
    root_ = std::move(made.value);
    return ok();
  }

  /// Takes the lock for as long as this object lives. Where there is no own folder yet it is made. Errors: busy.
  Status lock(bool exclusive) {
    if (!made()) {
      auto folder = make_folder(root(), std::string(replica_own_name).c_str(), 0700);
      if (folder.error == EEXIST) return busy();
      if (!folder) return closed("can not be written", path_, folder.error);
      own_ = std::move(folder.value);
    }
    auto file = open_at(own(), "lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    if (!file && !exclusive) file = open_at(own(), "lock", O_RDONLY | O_NOFOLLOW);
    if (!file) return closed("can not be locked", own_path() + "/lock", file.error);
    // As root, files would be left there that whoever keeps it can not read.
    if (const auto whose = stat_of(own()); exclusive && whose)
      LIFEBOAT_CHECK(check_owner("the replica " + path_, whose.value.st_uid));
    if (const int error = try_lock(file.value.get(), exclusive)) {
      if (error == EAGAIN) return busy();
      return failed("can not be locked", error).unchanged();
    }
    lock_ = std::move(file.value);
    return ok();
  }

  /// Whose replica it is; none where that was never written. Errors: replica_strange where it is another source's.
  Result<std::optional<Id>> identity(std::string_view source, const VerifierPort& structural) const {
    auto file = open_sealed(own(), "replica", SealedKind::identity, structural);
    if (!file && file.error().id() == ErrorId::object_missing) return std::optional<Id>();
    if (!file) return std::move(file).error();
    Bytes body(static_cast<std::size_t>(file->end - file->begin));
    LIFEBOAT_TRY(const std::size_t got, file->bytes().read(file->begin, body));
    ByteReader r(ByteView(body).first(got));
    const Id id = r.id();
    const std::string_view whose = r.counted_text();
    if (!r.good()) return strange("says nothing of whose it is that can be read");
    if (whose != source)
      return strange("is the replica of source " + std::string(whose) + ", not of " + std::string(source));
    return std::optional<Id>(id);
  }
  Status write_identity(const Id& id, std::string_view source, const VerifierPort& structural) const {
    Bytes body;
    ByteWriter w(body);
    w.bytes(id.view());
    w.counted(source);
    LIFEBOAT_TRY(auto writer, SealedWriter::create(own(), "replica.new", SealedKind::identity, structural));
    LIFEBOAT_CHECK(writer.put(body));
    LIFEBOAT_CHECK(writer.seal());
    LIFEBOAT_CHECK(writer.publish("replica"));
    if (const int error = sync_file(root())) return failed("can not be made durable", error);
    return ok();
  }

  /// Makes stage/ and aside/ and empties the stage. Only for who holds the lock.
  Status prepare() {
    for (const auto& [name, folder] : {std::pair{"stage", &stage_}, std::pair{"aside", &aside_}}) {
      auto opened = make_folder(own(), name, 0700);
      if (opened.error == EEXIST) opened = open_at(own(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      if (!opened) return failed(std::string("has no usable ") + name, opened.error);
      *folder = std::move(opened.value);
    }
    return ok();
  }
  /// Throws the staging away: all in it is ours, for we hold the lock.
  Status clear_stage() const {
    std::vector<std::string> names;
    const int error = read_folder(stage(), [&](std::string_view name, unsigned char) { names.emplace_back(name); });
    if (error != 0) return failed("has a stage that can not be read", error);
    for (const std::string& name : names) {
      const int gone = remove_file(stage(), name.c_str());
      if (gone != 0 && gone != ENOENT && (gone != EISDIR || remove_folder(stage(), name.c_str()) != 0))
        return failed("has a stage that can not be emptied", gone);
    }
    return ok();
  }

  [[nodiscard]] Error failed(const std::string& what, int error) const {
    return Error{ErrorId::target_io, "the replica " + path_ + " " + what}.because(error);
  }
  /// As `failed`, before anything was changed.
  [[nodiscard]] Error closed(const std::string& what, const std::string& path, int error) const {
    return not_opened(ErrorId::target_io, "the replica " + path_ + " " + what, path, error);
  }
  [[nodiscard]] Error strange(const std::string& what) const {
    return Error{ErrorId::replica_strange, "the replica " + path_ + " " + what}
        .next("name an empty folder, or one that is the replica of this source")
        .unchanged();
  }

 private:
  BasicReplicaFolder() = default;
  [[nodiscard]] Error busy() const {
    return Error{ErrorId::busy, "another process is at work on the replica " + path_}.unchanged();
  }

  std::string path_;
  FileDescriptor root_;
  FileDescriptor own_;
  FileDescriptor stage_;
  FileDescriptor aside_;
  FileDescriptor lock_;
};
using ReplicaFolder = BasicReplicaFolder<>;

/// Reads what is known of the last pass, from the replica's own folder or from the memory of it elsewhere.
template <class = void>
Result<PassFacts> read_pass_facts(int folder, const char* name, const VerifierPort& structural) {
  LIFEBOAT_TRY(const SealedFile file, open_sealed(folder, name, SealedKind::pass, structural));
  Bytes body(static_cast<std::size_t>(file.end - file.begin));
  LIFEBOAT_TRY(const std::size_t got, file.bytes().read(file.begin, body));
  ByteReader r(ByteView(body).first(got));
  PassFacts facts;
  facts.replica = r.id();
  facts.began.wall.seconds = r.fixed<std::int64_t>();
  facts.began.wall.nanoseconds = r.fixed<std::uint32_t>();
  facts.began.boot_id = r.id();
  facts.began.boot_nanoseconds = r.fixed<std::uint64_t>();
  facts.entries = r.fixed<std::uint64_t>();
  facts.source_was_mount = r.fixed<std::uint8_t>() != 0;
  if (!r.good()) return Error{ErrorId::corrupt, "what is known of the last pass can not be read"};
  return facts;
}

template <class = void>
Status write_pass_facts(int folder, const std::string& name, const PassFacts& facts, const VerifierPort& structural) {
  Bytes body;
  ByteWriter w(body);
  w.bytes(facts.replica.view());
  w.fixed(facts.began.wall.seconds);
  w.fixed(facts.began.wall.nanoseconds);
  w.bytes(facts.began.boot_id.view());
  w.fixed(facts.began.boot_nanoseconds);
  w.fixed(facts.entries);
  w.fixed(static_cast<std::uint8_t>(facts.source_was_mount ? 1 : 0));
  LIFEBOAT_TRY(auto writer, SealedWriter::create(folder, name + ".new", SealedKind::pass, structural));
  LIFEBOAT_CHECK(writer.put(body));
  LIFEBOAT_CHECK(writer.seal());
  return writer.publish(name.c_str());
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
