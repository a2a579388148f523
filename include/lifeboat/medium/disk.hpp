// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <lifeboat/core/object_name.hpp>
#include <lifeboat/medium/disk/listing.hpp>
#include <lifeboat/medium/disk/place.hpp>
#include <lifeboat/medium/disk/read_cache.hpp>
#include <lifeboat/medium/disk/writer.hpp>
#include <lifeboat/medium/medium.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Objects as files in a folder, each at its name. Beside them lie tmp/ (unfinished writes) and lock/.
///
/// A repository is 0700 and its files 0600, or 0750 and 0640 where a group was named when it was made, whatever the
/// umask. Its owner alone writes it, and root is no exception (foreign_owner). Opening changes nothing but what
/// `create` asks for; before the first write, removal or lock the owner is checked, put-if-absent is probed on that
/// very file system, and what dead writers left in tmp/ is swept (on local file systems only, where a lock that can be
/// taken proves that nobody writes). No symbolic link inside the folder is ever followed (medium_strange).
template <class = void>
class BasicDisk {
 public:
  struct Config {
    std::string root{};   ///< the folder; required
    bool create = false;  ///< make the folder where it is missing (not those above it)
    std::string group{};  ///< who may read beside the owner; used only when the folder is made, or taken over empty
  };

  static constexpr std::string_view name = "disk";
  static constexpr Capabilities capabilities{
      .put_if_absent = true, .ranged_read = true, .remove = true, .durable = true, .readers_max = 64};

  using Writer = DiskWriter;

  /// The Config that a URL "disk:PATH" means; `rest` is what follows the colon.
  static Result<Config> config_of(std::string_view rest, bool create) {
    Config config;
    config.root = rest;
    config.create = create;
    return config;
  }

  /// medium_missing where the folder is not there and was not asked for; medium_strange where it is no folder.
  static Result<BasicDisk> open(Config config) {
    LIFEBOAT_TRY(auto place, DiskPlace::open({config.root, config.create, config.group}));
    return BasicDisk(std::move(place));
  }

  /// The length hinted at tells how much was missing should the disk run full; nothing is reserved.
  Result<Writer> create(const ObjectName& object, CreateHint hint) {
    LIFEBOAT_CHECK(check(object));
    LIFEBOAT_CHECK(place_->prepare_to_write());
    return Writer::create(place_, object, hint);
  }

  Result<std::size_t> read(const ObjectName& object, std::uint64_t at, MutableBytes out) {
    LIFEBOAT_CHECK(check(object));
    LIFEBOAT_TRY(const auto file, cache_->open(*place_, object));
    constexpr std::uint64_t end = static_cast<std::uint64_t>(-1) >> 1U;  // of off_t: no file is longer
    if (at >= end) return std::size_t{0};
    const std::uint64_t most = end - at;
    const auto done = read_full(file->get(), at, out.first(out.size() < most ? out.size() : std::size_t{most}));
    if (!done) return place_->failed("object " + object + " can not be read at byte " + std::to_string(at), done.error);
    return done.value;
  }

  Status list(std::string_view prefix, std::string_view after, FunctionRef<bool(const ObjectInfo&)> each) {
    return DiskListing(*place_, prefix, after, each).run();
  }

  /// Durable when it returns; folders left empty go too. Removing what is not there succeeds.
  Status remove(std::span<const ObjectName> objects) {
    for (const ObjectName& object : objects) LIFEBOAT_CHECK(check(object));
    if (!objects.empty()) LIFEBOAT_CHECK(place_->prepare_to_write());
    for (std::size_t i = 0; i < objects.size(); ++i) {
      const DiskPath path = split_path(objects[i]);
      cache_->forget(objects[i]);
      const auto folder = open_beneath(place_->root(), path.folder.empty() ? "." : path.folder, O_RDONLY | O_DIRECTORY);
      if (folder.error == ENOENT || folder.error == ENOTDIR) continue;
      if (!folder) return place_->failed("the folder of object " + objects[i] + " can not be opened", folder.error);
      const int error = remove_file(folder.value.get(), path.base.c_str());
      if (error != 0 && error != ENOENT && error != EISDIR)
        return place_->failed("object " + objects[i] + " can not be removed", error);
      if (i + 1 < objects.size() && split_path(objects[i + 1]).folder == path.folder) continue;
      if (const int unsynced = sync_file(folder.value.get()))
        return place_->failed("the removal of " + objects[i] + " can not be made durable", unsynced);
      prune(path.folder);
    }
    return ok();
  }

  /// A lock of the open file description: busy while anybody holds it, gone with its process.
  Result<std::unique_ptr<MediumLock>> lock(std::string_view lock_name) {
    LIFEBOAT_CHECK(check_object_name(lock_name));
    LIFEBOAT_CHECK(place_->prepare_to_write());
    const ObjectName path = "lock/" + std::string(lock_name);
    const DiskPath split = split_path(path);
    LIFEBOAT_TRY(const FileDescriptor folder, place_->durable_folder(split.folder));
    auto file = open_at(folder.get(), split.base.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (!file) return place_->failed(path + " can not be opened", file.error);
    if (const int error = place_->own(file.value.get(), place_->file_mode()))
      return place_->failed("the mode of " + path + " can not be set", error);
    if (const int error = try_lock(file.value.get())) {
      if (error != EAGAIN) return place_->failed(path + " can not be locked", error);
      return Error{ErrorId::busy, place_->url() + ": " + std::string(lock_name) + " is locked by another writer"}
          .because(EAGAIN)
          .next("fuser -v " + shell_quoted(place_->url().substr(5) + "/" + path))
          .unchanged();
    }
    return std::unique_ptr<MediumLock>(std::make_unique<Lock>(std::move(file.value), place_->file_system().local));
  }

  Result<MediumFacts> facts() {
    MediumFacts facts;
    facts.url = place_->url();
    const auto found = stat_of(place_->root());
    if (!found) return place_->failed("the folder can not be read", found.error);
    facts.device = device_text(found.value);
    const auto space = file_system_of(place_->root());
    if (!space) return place_->failed("the free space can not be read", space.error);
    facts.space_known = true;
    facts.free_bytes = space.value.free_bytes;
    facts.total_bytes = space.value.total_bytes;
    return facts;
  }

  /// As declared, but what lies in memory is not durable, and no object is longer than a file may grow here.
  [[nodiscard]] Capabilities actual_capabilities() const noexcept {
    Capabilities actual = capabilities;
    actual.durable = !place_->file_system().in_memory;
    actual.object_max = file_size_limit();
    return actual;
  }

 private:
  struct Lock final : MediumLock {
    Lock(FileDescriptor held, bool local) : file(std::move(held)) { this->proven = local; }
    FileDescriptor file;
  };

  explicit BasicDisk(std::shared_ptr<DiskPlace> place)
      : place_(std::move(place)), cache_(std::make_unique<DiskReadCache>()) {}

  static Status check(const ObjectName& object) {
    LIFEBOAT_CHECK(check_object_name(object));
    const std::string_view first = std::string_view(object).substr(0, object.find('/'));
    if (first != "tmp" && first != "lock") return ok();
    return Error{ErrorId::object_name, object + " can not name an object on a disk: tmp and lock are its own folders"}
        .unchanged();
  }

  /// Removes the folder and those above for as long as they are empty. What fails here leaves empty folders, no harm.
  void prune(std::string folder) {
    while (!folder.empty()) {
      const DiskPath path = split_path(folder);
      const auto above = open_beneath(place_->root(), path.folder.empty() ? "." : path.folder, O_RDONLY | O_DIRECTORY);
      if (!above || remove_folder(above.value.get(), path.base.c_str()) != 0) return;
      place_->forget_folder(folder);
      if (sync_file(above.value.get()) != 0) return;
      folder = path.folder;
    }
  }

  std::shared_ptr<DiskPlace> place_;
  std::unique_ptr<DiskReadCache> cache_;
};
using Disk = BasicDisk<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
