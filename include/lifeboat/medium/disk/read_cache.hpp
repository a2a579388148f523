// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <lifeboat/core/port.hpp>
#include <lifeboat/medium/disk/place.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Descriptors of the objects read last, so that ranged reads of one volume open it once. Any thread.
template <class = void>
class BasicDiskReadCache {
 public:
  using Shared = std::shared_ptr<const FileDescriptor>;
  static constexpr std::size_t most = 32;

  /// The object's descriptor; object_missing where there is none, or what is there is no regular file.
  Result<Shared> open(const DiskPlace& place, const ObjectName& name) {
    if (Shared known = find(name)) return known;
    // Without O_NONBLOCK a fifo that somebody put there would be waited for.
    constexpr int flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW;
    auto opened = open_beneath(place.root(), name, flags);
    if (opened.error == EMFILE) {
      clear();
      opened = open_beneath(place.root(), name, flags);
    }
    if (opened.error == ENOENT || opened.error == ENOTDIR || opened.error == ENXIO) return missing(place, name);
    if (opened.error == ELOOP) return place.link_in_the_way("object " + name);
    if (!opened) return place.failed("object " + name + " can not be opened", opened.error);
    const auto found = stat_of(opened.value.get());
    if (!found) return place.failed("object " + name + " can not be read", found.error);
    if (!S_ISREG(found.value.st_mode)) return missing(place, name);
    auto fresh = std::make_shared<const FileDescriptor>(std::move(opened.value));
    const std::scoped_lock guard(mutex_);
    if (open_.size() >= most) open_.erase(oldest());
    open_.push_back({name, fresh, ++clock_});
    return fresh;
  }

  void forget(const ObjectName& name) {
    const std::scoped_lock guard(mutex_);
    std::erase_if(open_, [&](const Open& open) { return open.name == name; });
  }

  void clear() {
    const std::scoped_lock guard(mutex_);
    open_.clear();
  }

 private:
  struct Open {
    ObjectName name;
    Shared file;
    std::uint64_t used = 0;
  };

  static Error missing(const DiskPlace& place, const ObjectName& name) {
    return Error{ErrorId::object_missing, place.url() + " holds no object " + name}.unchanged();
  }

  Shared find(const ObjectName& name) {
    const std::scoped_lock guard(mutex_);
    const auto at = std::find_if(open_.begin(), open_.end(), [&](const Open& open) { return open.name == name; });
    if (at == open_.end()) return nullptr;
    const auto found = stat_of(at->file->get());
    if (!found || found.value.st_nlink == 0) {  // removed by another process: no longer an object
      open_.erase(at);
      return nullptr;
    }
    at->used = ++clock_;
    return at->file;
  }

  auto oldest() {
    return std::min_element(open_.begin(), open_.end(), [](const Open& a, const Open& b) { return a.used < b.used; });
  }

  std::mutex mutex_;
  std::vector<Open> open_;
  std::uint64_t clock_ = 0;
};
using DiskReadCache = BasicDiskReadCache<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
