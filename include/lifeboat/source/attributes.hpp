// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <lifeboat/core/posix.hpp>
#include <lifeboat/source/tree.hpp>

// Extended attributes of an open file, or of a name in an open folder, which need not be something that can be opened.
// For a name, Linux 6.13 has calls of its own; before it the way leads through /proc, and where that is not mounted the
// answer is EOPNOTSUPP if and only if nothing can be known.
namespace lifeboat::inline LIFEBOAT_ABI {

/// Where attributes are: `name` in the folder `descriptor`, never through a link, or the open file itself.
struct AttributePlace {
  int descriptor = -1;
  const char* name = "";  ///< empty: the open file
};

namespace detail {

/// As the kernel's struct xattr_args.
struct AttributeArguments {
  std::uint64_t value = 0;
  std::uint32_t size = 0;
  std::uint32_t flags = 0;
};
inline constexpr long call_setxattrat = 463;  // the same on every architecture
inline constexpr long call_getxattrat = 464;
inline constexpr long call_listxattrat = 465;
inline constexpr long call_removexattrat = 466;

/// The place as a path that the older calls take.
struct ProcPath {
  char text[320];
  explicit ProcPath(const AttributePlace& place) noexcept {
    std::snprintf(text, sizeof text, "/proc/thread-self/fd/%d/%s", place.descriptor, place.name);
  }
  /// Tells a missing /proc from a missing entry.
  [[nodiscard]] static int explain(int error) noexcept {
    return error == ENOENT && ::access("/proc/thread-self/fd", F_OK) == -1 ? ENOSYS : error;
  }
};

/// Whether a call is unknown to this kernel or to the sandbox around us.
inline bool is_unknown_call(int error) noexcept { return error == ENOSYS || error == EPERM; }

template <class = void>
SystemResult<std::size_t> list_attributes(const AttributePlace& place, char* out, std::size_t size,
                                          bool calls) noexcept {
  ssize_t n = 0;
  if (place.name[0] == '\0') {
    n = uninterrupted([&] { return ::flistxattr(place.descriptor, out, size); });
    if (n == -1) return {0, errno};
    return {static_cast<std::size_t>(n), 0};
  }
  if (calls) {
    n = uninterrupted(
        [&] { return ::syscall(call_listxattrat, place.descriptor, place.name, AT_SYMLINK_NOFOLLOW, out, size); });
    if (n >= 0) return {static_cast<std::size_t>(n), 0};
    if (!is_unknown_call(errno)) return {0, errno};
  }
  const ProcPath path(place);
  n = uninterrupted([&] { return ::llistxattr(path.text, out, size); });
  if (n == -1) return {0, ProcPath::explain(errno)};
  return {static_cast<std::size_t>(n), 0};
}

template <class = void>
SystemResult<std::size_t> get_attribute(const AttributePlace& place, const char* name, std::byte* out, std::size_t size,
                                        bool calls) noexcept {
  ssize_t n = 0;
  if (place.name[0] == '\0') {
    n = uninterrupted([&] { return ::fgetxattr(place.descriptor, name, out, size); });
    if (n == -1) return {0, errno};
    return {static_cast<std::size_t>(n), 0};
  }
  if (calls) {
    AttributeArguments arguments{reinterpret_cast<std::uintptr_t>(out), static_cast<std::uint32_t>(size), 0};
    n = uninterrupted([&] {
      return ::syscall(call_getxattrat, place.descriptor, place.name, AT_SYMLINK_NOFOLLOW, name, &arguments,
                       sizeof arguments);
    });
    if (n >= 0) return {static_cast<std::size_t>(n), 0};
    if (!is_unknown_call(errno)) return {0, errno};
  }
  const ProcPath path(place);
  n = uninterrupted([&] { return ::lgetxattr(path.text, name, out, size); });
  if (n == -1) return {0, ProcPath::explain(errno)};
  return {static_cast<std::size_t>(n), 0};
}

}  // namespace detail

/// All attributes that this process may see, sorted by name; 0 or the errno. ENOSYS: the kernel is older than 6.13 and
/// /proc is not mounted. A file system without attributes has none. `calls` is false in tests of the older way.
template <class = void>
[[nodiscard]] int read_attributes(const AttributePlace& place, std::vector<ExtendedAttribute>& out, bool calls = true) {
  out.clear();
  char first[1024];
  std::string longer;
  char* names = first;
  auto listed = detail::list_attributes(place, first, sizeof first, calls);
  for (std::size_t room = 8192; listed.error == ERANGE && room <= (1U << 20U); room *= 4) {
    longer.resize(room);
    names = longer.data();
    listed = detail::list_attributes(place, names, room, calls);
  }
  if (listed.error == ENOTSUP) return 0;
  if (!listed) return listed.error;
  std::byte space[512];
  for (std::string_view left(names, listed.value); !left.empty();) {
    const std::size_t end = left.find('\0');
    ExtendedAttribute attribute{std::string(left.substr(0, end)), {}};
    left.remove_prefix(end == std::string_view::npos ? left.size() : end + 1);
    auto got = detail::get_attribute(place, attribute.name.c_str(), space, sizeof space, calls);
    if (got) attribute.value.assign(space, space + got.value);
    for (std::size_t room = 65536; got.error == ERANGE && room <= (1U << 24U); room *= 4) {
      attribute.value.resize(room);
      got = detail::get_attribute(place, attribute.name.c_str(), attribute.value.data(), room, calls);
      if (got) attribute.value.resize(got.value);
    }
    if (got.error == ENODATA) continue;  // removed since it was listed
    if (!got) return got.error;
    out.push_back(std::move(attribute));
  }
  std::sort(out.begin(), out.end(),
            [](const ExtendedAttribute& a, const ExtendedAttribute& b) { return a.name < b.name; });
  return 0;
}

/// Sets one attribute; 0 or the errno.
template <class = void>
[[nodiscard]] int write_attribute(const AttributePlace& place, const ExtendedAttribute& attribute, bool calls = true) {
  const char* const name = attribute.name.c_str();
  const void* const value = attribute.value.data();
  const std::size_t size = attribute.value.size();
  if (place.name[0] == '\0')
    return detail::errno_of([&] { return ::fsetxattr(place.descriptor, name, value, size, 0); });
  if (calls) {
    detail::AttributeArguments arguments{reinterpret_cast<std::uintptr_t>(value), static_cast<std::uint32_t>(size), 0};
    const int error = detail::errno_of([&] {
      return ::syscall(detail::call_setxattrat, place.descriptor, place.name, AT_SYMLINK_NOFOLLOW, name, &arguments,
                       sizeof arguments);
    });
    if (!detail::is_unknown_call(error)) return error;
  }
  const detail::ProcPath path(place);
  return detail::ProcPath::explain(detail::errno_of([&] { return ::lsetxattr(path.text, name, value, size, 0); }));
}

/// Removes one attribute; 0 or the errno.
template <class = void>
[[nodiscard]] int remove_attribute(const AttributePlace& place, const char* name, bool calls = true) {
  if (place.name[0] == '\0') return detail::errno_of([&] { return ::fremovexattr(place.descriptor, name); });
  if (calls) {
    const int error = detail::errno_of([&] {
      return static_cast<int>(
          ::syscall(detail::call_removexattrat, place.descriptor, place.name, AT_SYMLINK_NOFOLLOW, name));
    });
    if (!detail::is_unknown_call(error)) return error;
  }
  const detail::ProcPath path(place);
  return detail::ProcPath::explain(detail::errno_of([&] { return ::lremovexattr(path.text, name); }));
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
