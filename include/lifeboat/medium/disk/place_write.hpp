// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/medium/disk/place.hpp>

// Before and below the writes of a Disk: temporary files, the probe, the sweep, durable folders.
namespace lifeboat::inline LIFEBOAT_ABI {

template <class T>
std::string BasicDiskPlace<T>::random_name() {
  Id random;
  return fill_random(random.bytes) == 0 ? to_hex(random.view()) : std::string();
}

template <class T>
SystemResult<FileDescriptor> BasicDiskPlace<T>::own_folder(int parent, const char* name, bool& made) const {
  auto folder = make_folder(parent, name, 0700);
  made = folder.error == 0;
  if (folder.error == EEXIST) {
    folder = open_at(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (folder.error == ENOTDIR) {
      const auto found = stat_at(parent, name);
      if (found && S_ISLNK(found.value.st_mode)) folder.error = ELOOP;
    }
  }
  if (folder && shared_) {
    // Also one that was there already: a crash may have come between its making and its mode.
    const auto found = made ? SystemResult<struct stat>{} : stat_of(folder.value.get());
    if (made || (found && (found.value.st_mode & 0777) != folder_mode()))
      folder.error = own(folder.value.get(), folder_mode());
  }
  return folder;
}

template <class T>
Status BasicDiskPlace<T>::prepare_to_write() {
  const std::scoped_lock guard(preparing_);
  if (prepared_) return ok();
  LIFEBOAT_CHECK(check_owner());
  if (!temporary_) {
    bool made = false;
    auto folder = own_folder(root(), "tmp", made);
    if (!folder) return failed("the folder tmp can not be made", folder.error).unchanged();
    temporary_ = std::move(folder.value);
  }
  LIFEBOAT_CHECK(probe());
  if (file_system_.local) LIFEBOAT_CHECK(sweep());
  prepared_ = true;
  return ok();
}

template <class T>
Result<std::pair<FileDescriptor, std::string>> BasicDiskPlace<T>::new_temporary() {
  for (int tries = 0; tries < 64; ++tries) {
    std::string name = random_name();
    if (name.empty()) return failed("the kernel gives no random bits", errno);
    auto made = open_at(temporary(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (made.error == EEXIST) continue;
    if (made.error == EROFS || made.error == EACCES || made.error == EPERM)
      return Error{ErrorId::medium_strange, url_ + " can be read but not written"}.because(made.error).unchanged();
    if (!made) return failed("no file can be made in tmp", made.error).unchanged();
    // A sweeper may come between the making and the lock: then it holds the lock, or the name is gone.
    const int locked = try_lock(made.value.get());
    if (locked == EAGAIN) continue;
    if (locked != 0 && file_system_.local) {
      (void)remove_file(temporary(), name.c_str());
      return failed("tmp/" + name + " can not be locked", locked);
    }
    const auto found = stat_of(made.value.get());
    if (found && found.value.st_nlink == 0) continue;
    if (const int error = own(made.value.get(), file_mode())) {
      (void)remove_file(temporary(), name.c_str());
      return failed("the mode of tmp/" + name + " can not be set", error);
    }
    return std::pair{std::move(made.value), std::move(name)};
  }
  return Error{ErrorId::medium_io, url_ + ": tmp gives no name that stays"};
}

template <class T>
Status BasicDiskPlace<T>::probe() {
  LIFEBOAT_TRY(auto first, new_temporary());
  LIFEBOAT_TRY(auto second, new_temporary());
  const char* a = first.second.c_str();
  const char* b = second.second.c_str();
  const int here = temporary();
  // Onto a name that is taken it must be refused, onto a free one it must succeed.
  int error = 0;
  const auto holds = [&](auto&& publish) {
    error = publish();
    if (error != EEXIST) return false;
    error = remove_file(here, b);
    if (error == 0) error = publish();
    return error == 0;
  };
  links_ = holds([&] { return link_noreplace(here, a, here, b); });
  bool held = links_;
  if (!held) {
    const auto again = open_at(here, b, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    held = again && holds([&] { return rename_noreplace(here, a, here, b); });
  }
  (void)remove_file(here, a);
  (void)remove_file(here, b);
  if (held) return ok();
  if (error == ENOSPC || error == EDQUOT || error == EIO) return failed("the probe in tmp failed", error).unchanged();
  return Error{ErrorId::capability_missing,
               url_ + ": put_if_absent: this file system has neither link(2) nor a rename that refuses a taken name"}
      .unchanged();
}

template <class T>
Status BasicDiskPlace<T>::sweep() const {
  std::vector<std::string> names;
  const int error = read_folder(temporary(), [&](std::string_view name, unsigned char) {
    if (name.size() == 32 && name.find_first_not_of("0123456789abcdef") == std::string_view::npos)
      names.emplace_back(name);
  });
  if (error != 0) return failed("tmp can not be read", error);
  for (const std::string& name : names) {
    const auto found = stat_at(temporary(), name.c_str());
    if (!found || !S_ISREG(found.value.st_mode)) continue;
    const auto file = open_at(temporary(), name.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK);
    if (file && try_lock(file.value.get()) == 0) (void)remove_file(temporary(), name.c_str());
  }
  return ok();
}

template <class T>
Result<FileDescriptor> BasicDiskPlace<T>::durable_folder(const std::string& path) {
  const auto is_durable = [this](std::string_view folder) {
    const std::scoped_lock guard(mutex_);
    return std::find(durable_.begin(), durable_.end(), folder) != durable_.end();
  };
  constexpr int flags = O_RDONLY | O_DIRECTORY;
  if (path.empty() || is_durable(path)) {
    auto opened = open_beneath(root(), path.empty() ? "." : path, flags);
    if (opened) return std::move(opened.value);
    if (opened.error != ENOENT) return failed("the folder " + path + " can not be opened", opened.error);
    forget_folder(path);
  }
  int error = 0;
  for (int tries = 0; tries < 16; ++tries) {  // a removal that prunes empty folders may run beside
    auto at = open_at(root(), ".", flags);
    std::size_t end = 0;
    while (at && end != std::string::npos) {
      const std::size_t begin = end == 0 ? 0 : end + 1;
      end = path.find('/', begin);
      const std::string component = path.substr(begin, end == std::string::npos ? end : end - begin);
      bool made = false;
      auto next = own_folder(at.value.get(), component.c_str(), made);
      const std::string_view so_far = std::string_view(path).substr(0, end);
      // Also one that was there already: who made it may not have come to this yet.
      if (next && (made || !is_durable(so_far))) {
        if (const int unsynced = sync_file(at.value.get()))
          return failed("the folder " + std::string(so_far) + " can not be made durable", unsynced);
        if (!is_durable(so_far)) {
          const std::scoped_lock guard(mutex_);
          durable_.emplace_back(so_far);
        }
      }
      at = std::move(next);
    }
    if (at) return std::move(at.value);
    error = at.error;
    if (error != ENOENT) break;
    forget_folder(path);
  }
  return failed("the folder " + path + " can not be made", error);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
