// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/medium/disk/place.hpp>

// Opening the folder of a Disk, and making it.
namespace lifeboat::inline LIFEBOAT_ABI {

template <class T>
Result<std::shared_ptr<BasicDiskPlace<T>>> BasicDiskPlace<T>::open(const Wanted& wanted) {
  std::string path = wanted.root;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (path.empty() || path.find('\0') != std::string::npos)
    return Error{ErrorId::usage, "disk: names no folder"}.next("--medium disk:/backup").unchanged();
  std::shared_ptr<BasicDiskPlace> place(new BasicDiskPlace(path));
  auto opened = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
  if (opened) {
    place->root_ = std::move(opened.value);
    if (wanted.create) LIFEBOAT_CHECK(place->take_over_empty(wanted.group));
  } else if (opened.error == ENOENT && wanted.create) {
    LIFEBOAT_CHECK(place->make_root(path, wanted.group));
  } else if (opened.error == ENOENT) {
    return Error{ErrorId::medium_missing, place->url_ + ": there is no such folder: is it mounted?"}
        .because(ENOENT)
        .next("the same command again    # when it is mounted")
        .unchanged();
  } else {
    const std::string_view why =
        opened.error == ENOTDIR ? ": something else than a folder stands there" : " can not be opened";
    return not_opened(ErrorId::medium_strange, place->url_ + std::string(why), path, opened.error);
  }
  const auto found = stat_of(place->root());
  if (!found) return place->failed("the folder can not be read", found.error);
  place->owner_ = found.value.st_uid;
  place->group_ = found.value.st_gid;
  for (const char* const name : {"repository", "chain", "archive"})  // told before anything is begun
    if (place->owner_ != ::geteuid() && ::faccessat(place->root(), name, R_OK, AT_EACCESS) != 0 && errno == EACCES)
      return not_opened(ErrorId::medium_strange, place->url_ + " can not be read", path + "/" + name, EACCES);
  place->shared_ = (found.value.st_mode & 0777) == 0750;
  const auto facts = file_system_of(place->root());
  if (!facts) return place->failed("the file system can not be read", facts.error);
  place->file_system_ = facts.value;
  return place;
}

template <class T>
Status BasicDiskPlace<T>::name_group(const std::string& group) {
  if (group.empty()) return ok();
  struct group entry {};
  struct group* found = nullptr;
  std::vector<char> room(65536);
  const int error = ::getgrnam_r(group.c_str(), &entry, room.data(), room.size(), &found);
  if (found == nullptr) {
    return Error{ErrorId::config, url_ + ": there is no group \"" + group + "\" on this machine"}
        .because(error)
        .unchanged();
  }
  group_ = found->gr_gid;
  shared_ = true;
  return ok();
}

template <class T>
Status BasicDiskPlace<T>::make_root(const std::string& path, const std::string& group) {
  LIFEBOAT_CHECK(name_group(group));
  const std::size_t slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash == 0 ? 1 : slash);
  const auto above = open_at(AT_FDCWD, parent.c_str(), O_RDONLY | O_DIRECTORY);
  if (!above) {
    if (above.error != ENOENT)
      return not_opened(ErrorId::medium_strange, url_ + " can not be made", parent, above.error);
    return Error{ErrorId::medium_missing, url_ + " can not be made: the folder " + parent + " is not there"}
        .because(above.error)
        .next("mkdir -p " + shell_quoted(parent))
        .unchanged();
  }
  const std::string base = slash == std::string::npos ? path : path.substr(slash + 1);
  auto made = make_folder(above.value.get(), base.c_str(), 0700);
  if (made.error == EEXIST) made = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
  if (!made) return not_made(url_, path, made.error, failed("it can not be made", made.error));
  root_ = std::move(made.value);
  if (const int error = own(root_.get(), folder_mode())) {
    (void)remove_folder(above.value.get(), base.c_str());
    return failed("the folder can not be given to group \"" + group + "\"", error);
  }
  if (const int error = sync_file(above.value.get())) return failed("the folder above can not be made durable", error);
  return ok();
}

template <class T>
Status BasicDiskPlace<T>::take_over_empty(const std::string& group) {
  bool empty = true;
  const int error = read_folder(root(), [&](std::string_view name, unsigned char) {
    if (name != "lost+found") empty = false;
  });
  if (error != 0) return failed("the folder can not be read", error);
  const auto found = stat_of(root());
  if (!found) return failed("the folder can not be read", found.error);
  // A mode of 0750 says that a group was named already.
  const bool named = group.empty() && (found.value.st_mode & 0777) == 0750;
  if (!empty || named || found.value.st_uid != ::geteuid()) return ok();
  LIFEBOAT_CHECK(name_group(group));
  if (const int refused = own(root(), folder_mode())) return failed("the folder's mode can not be set", refused);
  return ok();
}

template <class T>
Status BasicDiskPlace<T>::check_owner() const {
  return lifeboat::check_owner(url_, owner_);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
