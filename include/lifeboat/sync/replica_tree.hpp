// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

#include <lifeboat/core/beneath.hpp>

// Ways into a replica: no path is ever followed through a link, none has a longest length.
namespace lifeboat::inline LIFEBOAT_ABI {

/// The path of the folder that holds an entry; "" for those of the root.
constexpr std::string_view folder_part(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

/// An entry's name in its folder. The root's own is ".".
constexpr std::string_view name_part(std::string_view path) noexcept {
  if (path.empty()) return ".";
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// Opens a folder of the tree below `root` for calls on what it holds (O_PATH).
template <class = void>
SystemResult<FileDescriptor> open_replica_folder(int root, std::string_view path) {
  constexpr int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
  constexpr std::size_t longest = 2048;
  FileDescriptor here;
  int at = root;
  while (path.size() > longest) {
    const std::size_t slash = path.rfind('/', longest);
    if (slash == std::string_view::npos) return {{}, ENAMETOOLONG};
    auto next = open_beneath(at, std::string(path.substr(0, slash)), flags);
    if (!next) return next;
    here = std::move(next.value);
    at = here.get();
    path.remove_prefix(slash + 1);
  }
  return open_beneath(at, path.empty() ? std::string(".") : std::string(path), flags);
}

/// An entry of the replica, as calls name it.
struct ReplicaPlace {
  int folder = -1;
  std::string name;
  [[nodiscard]] const char* text() const noexcept { return name.c_str(); }
};

/// Finds entries by their paths; keeps the folder that it was in last. One thread at a time.
template <class = void>
class BasicReplicaTree {
 public:
  /// `root` is borrowed.
  explicit BasicReplicaTree(int root) noexcept : root_(root) {}

  /// The folder that holds `path`, open, and its name there. Valid until the next call.
  SystemResult<ReplicaPlace> find(std::string_view path) {
    const std::string_view folder = folder_part(path);
    if (!open_ || folder != path_) {
      auto opened = open_replica_folder(root_, folder);
      if (!opened) return {{}, opened.error};
      open_ = std::move(opened.value);
      path_ = folder;
    }
    return {{open_.get(), std::string(name_part(path))}, 0};
  }

  /// What is there, its last component never followed; ENOENT also where a folder above is none.
  SystemResult<struct stat> look(std::string_view path) {
    const auto place = find(path);
    if (!place) return {{}, place.error == ENOTDIR || place.error == ELOOP ? ENOENT : place.error};
    return stat_at(place.value.folder, place.value.text());
  }

  /// Forgets the open folder: what was found before may be elsewhere now.
  void forget() noexcept { open_.reset(); }

 private:
  int root_;
  FileDescriptor open_;
  std::string path_;
};
using ReplicaTree = BasicReplicaTree<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
