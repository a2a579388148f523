// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include <lifeboat/core/file_system.hpp>
#include <lifeboat/core/posix.hpp>
#include <lifeboat/core/result.hpp>
#include <lifeboat/core/shell_word.hpp>

// Whose something is, and the line that helps whoever may not touch it.
namespace lifeboat::inline LIFEBOAT_ABI {

/// The name of a user, or its number as sudo takes it.
template <class = void>
std::string user_text(uid_t user) {
  struct passwd entry {};
  struct passwd* found = nullptr;
  std::vector<char> room(16384);
  if (::getpwuid_r(user, &entry, room.data(), room.size(), &found) == 0 && found != nullptr) return found->pw_name;
  return "'#" + std::to_string(user) + "'";
}

/// `sentence`, and the line that does the same as the owner. Nothing was changed yet.
template <class = void>
Error foreign_owner(std::string sentence, uid_t owner) {
  return Error{ErrorId::foreign_owner, std::move(sentence)}.next("sudo -u " + user_text(owner) + " !!").unchanged();
}

/// What stands in the way of a path, and whose it is.
struct InTheWay {
  std::string path;
  uid_t owner = 0;
};

/// The first folder of `path` that this process may not enter; `path` itself, where it may enter all of them. None
/// where nothing is there.
template <class = void>
std::optional<InTheWay> in_the_way(const std::string& path) {
  std::string part = path;
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (::faccessat(AT_FDCWD, folder.c_str(), X_OK, AT_EACCESS) == 0 || errno != EACCES) continue;
    part = folder;
    break;
  }
  struct stat found {};
  if (::stat(part.c_str(), &found) != 0) return std::nullopt;
  return InTheWay{std::move(part), found.st_uid};
}

/// Why `path` could not be opened, before anything was changed: foreign_owner with both users' names where another one
/// has closed it, or a folder above it; else `id`.
template <class = void>
Error not_opened(ErrorId id, std::string sentence, const std::string& path, int error) {
  if (error == EACCES || error == EPERM)
    if (const auto closed = in_the_way(path); closed && closed->owner != ::geteuid())
      return foreign_owner(sentence + ": " + closed->path + " belongs to " + user_text(closed->owner) + ", and " +
                               user_text(::geteuid()) + " may not use it",
                           closed->owner)
          .because(error);
  return Error{id, std::move(sentence)}.because(error).unchanged();
}

/// Why the folder `path` could not be made: foreign_owner where another user's folder is above it, with the line by
/// which it is made for this user; else `otherwise`.
template <class = void>
Error not_made(std::string what, const std::string& path, int error, Error otherwise) {
  if (error != EACCES && error != EPERM) return std::move(otherwise).unchanged();
  std::string above = path;
  while (above.size() > 1 && above.ends_with('/')) above.pop_back();
  const std::size_t slash = above.rfind('/');
  above = slash == std::string::npos ? "." : above.substr(0, slash == 0 ? 1 : slash);
  const auto closed = in_the_way(above);
  if (!closed || closed->owner == ::geteuid()) return std::move(otherwise).unchanged();
  std::string me = user_text(::geteuid());
  if (me.starts_with('\'')) me = std::to_string(::geteuid());  // install takes a bare number
  return Error{ErrorId::foreign_owner, what + " can not be made: " + closed->path + " belongs to " +
                                           user_text(closed->owner) + ", and " + user_text(::geteuid()) +
                                           " may not write there"}
      .because(error)
      .next("sudo install -d -m 700 -o " + me + " " + shell_quoted(path) + "    # then the same command again")
      .unchanged();
}

/// Whoever writes into a folder as somebody else leaves files there that its owner can not open: root is no exception.
/// `what` names it. Errors: foreign_owner.
template <class = void>
Status check_owner(const std::string& what, uid_t owner) {
  const uid_t me = ::geteuid();
  if (owner == me) return ok();
  return foreign_owner(
      what + " belongs to " + user_text(owner) + "; " + user_text(me) + " may read it, and only its owner writes it",
      owner);
}

/// Gives an open folder, and what this process's user made in it, to a user and a group. Every step goes by
/// descriptors: a name that somebody exchanges meanwhile leads nowhere, no link is followed, and a file that has a name
/// elsewhere too stays whose it was. For what is a few folders deep. 0 or an errno.
template <class = void>
[[nodiscard]] int hand_over(int folder, uid_t owner, gid_t group) {
  if (::fchown(folder, owner, group) != 0) return errno;
  std::vector<std::string> names;
  int error = read_folder(folder, [&](std::string_view name, unsigned char) { names.emplace_back(name); });
  for (const std::string& name : names) {
    if (error != 0) return error;
    const auto inner = open_at(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK);
    if (!inner && inner.error != ENOTDIR && inner.error != ELOOP) return inner.error;
    const auto pinned = inner ? SystemResult<FileDescriptor>{} : open_at(folder, name.c_str(), O_PATH | O_NOFOLLOW);
    if (!inner && !pinned) return pinned.error;
    const auto found = stat_of(inner ? inner.value.get() : pinned.value.get());
    if (!found) return found.error;
    if (found.value.st_uid != ::geteuid()) continue;
    if (inner)
      error = hand_over(inner.value.get(), owner, group);
    else if (found.value.st_nlink == 1)
      error = ::fchownat(pinned.value.get(), "", owner, group, AT_EMPTY_PATH) == 0 ? 0 : errno;
  }
  return error != 0 ? error : sync_file(folder);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
