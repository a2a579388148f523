// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <lifeboat/core/object_name.hpp>
#include <lifeboat/core/port.hpp>
#include <lifeboat/medium/disk/place.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// One walk over the objects of a Disk, in byte order of their names. Folders are read when they are come to; memory
/// grows with the widest folder, descriptors with the depth.
template <class = void>
class BasicDiskListing {
 public:
  using Each = FunctionRef<bool(const ObjectInfo&)>;

  BasicDiskListing(const DiskPlace& place, std::string_view prefix, std::string_view after, Each each)
      : place_(place), prefix_(prefix), after_(after), each_(each) {}

  Status run() {
    const std::size_t slash = prefix_.rfind('/');
    std::string start(slash == std::string_view::npos ? std::string_view() : prefix_.substr(0, slash + 1));
    if (!start.empty() && !valid_object_name(prefix_.substr(0, slash))) return ok();
    std::string path = start.empty() ? "." : start.substr(0, slash);
    const auto folder = open_beneath(place_.root(), path, O_RDONLY | O_DIRECTORY);
    if (folder.error == ENOENT || folder.error == ENOTDIR) return ok();
    if (folder.error == ELOOP) return place_.link_in_the_way("folder " + path);
    if (!folder) return place_.failed("the folder " + path + " can not be read", folder.error);
    return walk(folder.value.get(), start);
  }

 private:
  /// The name with a '/' behind a folder's: so sorted, a walk gives whole names in byte order.
  using Names = std::vector<std::string>;

  /// Whether a name that starts with `folder` (ending in '/') can be asked for.
  bool wanted(std::string_view folder) const noexcept {
    const bool on_the_way = folder.starts_with(prefix_) || prefix_.starts_with(folder);
    return on_the_way && (folder > after_ || after_.starts_with(folder));
  }

  Status walk(int folder, std::string& path) {
    LIFEBOAT_TRY(const Names names, read(folder, path));
    const std::size_t length = path.size();
    for (const std::string& name : names) {
      path += name;
      Status status =
          name.back() == '/' ? enter(folder, name.substr(0, name.size() - 1), path) : tell(folder, name, path);
      path.resize(length);
      if (!status || stopped_) return status;
    }
    return ok();
  }

  Status enter(int parent, const std::string& name, std::string& path) {
    if (!wanted(path)) return ok();
    const auto folder = open_at(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (folder.error == ENOENT || folder.error == ENOTDIR) return ok();  // removed or replaced meanwhile
    if (!folder) return place_.failed("the folder " + path + " can not be read", folder.error);
    return walk(folder.value.get(), path);
  }

  Status tell(int folder, const std::string& name, const std::string& path) {
    if (path.size() > object_name_max || !std::string_view(path).starts_with(prefix_) || path <= after_) return ok();
    const auto found = stat_at(folder, name.c_str());
    if (found.error == ENOENT) return ok();
    if (!found) return place_.failed("object " + path + " can not be read", found.error);
    // A repository moved piece by piece behind links would otherwise look empty.
    if (S_ISLNK(found.value.st_mode)) return place_.link_in_the_way("object " + path);
    if (!S_ISREG(found.value.st_mode)) return ok();
    stopped_ = !each_(ObjectInfo{.name = path, .length = static_cast<std::uint64_t>(found.value.st_size)});
    return ok();
  }

  Result<Names> read(int folder, const std::string& path) const {
    Names names;
    const int error = read_folder(folder, [&](std::string_view name, unsigned char type) {
      if (!valid_object_component(name)) return;
      if (path.empty() && (name == "tmp" || name == "lock")) return;
      std::string own(name);
      if (type == DT_UNKNOWN) {
        const auto found = stat_at(folder, own.c_str());
        if (found && S_ISDIR(found.value.st_mode)) type = DT_DIR;
      }
      if (type == DT_DIR) own.push_back('/');
      names.push_back(std::move(own));
    });
    if (error != 0) return place_.failed("the folder " + (path.empty() ? "." : path) + " can not be read", error);
    std::sort(names.begin(), names.end());
    return names;
  }

  const DiskPlace& place_;
  std::string_view prefix_;
  std::string_view after_;
  Each each_;
  bool stopped_ = false;
};
using DiskListing = BasicDiskListing<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
