// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <grp.h>
#include <pwd.h>
#include <sys/types.h>

#include <cerrno>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lifeboat/core/version.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The names of this machine's users and groups, each asked for once. Any thread may call it. Where the machine knows
/// none, or its directory service does not answer, a number has no name and a name no number.
template <class = void>
class BasicOwnerNames {
 public:
  /// The user's name; empty where the number has none.
  std::string user(std::uint32_t uid) {
    const std::lock_guard lock(mutex_);
    return cached(users_, uid, [&] {
      return ask<passwd>([&](passwd* entry, char* space, std::size_t size,
                             passwd** found) { return ::getpwuid_r(uid, entry, space, size, found); },
                         [](const passwd& entry) { return std::string(entry.pw_name); });
    });
  }
  /// The group's name; empty where the number has none.
  std::string group(std::uint32_t gid) {
    const std::lock_guard lock(mutex_);
    return cached(groups_, gid, [&] {
      return ask<::group>([&](::group* entry, char* space, std::size_t size,
                              ::group** found) { return ::getgrgid_r(gid, entry, space, size, found); },
                          [](const ::group& entry) { return std::string(entry.gr_name); });
    });
  }
  /// The user's number; none where the name is not known here.
  std::optional<std::uint32_t> user_id(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return cached(user_ids_, name, [&] {
      return ask<passwd>([&](passwd* entry, char* space, std::size_t size,
                             passwd** found) { return ::getpwnam_r(name.c_str(), entry, space, size, found); },
                         [](const passwd& entry) { return std::optional<std::uint32_t>(entry.pw_uid); });
    });
  }
  /// The group's number; none where the name is not known here.
  std::optional<std::uint32_t> group_id(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return cached(group_ids_, name, [&] {
      return ask<::group>([&](::group* entry, char* space, std::size_t size,
                              ::group** found) { return ::getgrnam_r(name.c_str(), entry, space, size, found); },
                          [](const ::group& entry) { return std::optional<std::uint32_t>(entry.gr_gid); });
    });
  }

 private:
  template <class Key, class Value>
  using Cache = std::vector<std::pair<Key, Value>>;

  /// Sorted, since a tree has few owners and each is asked for often.
  template <class Key, class Value, class Ask>
  static Value cached(Cache<Key, Value>& cache, const Key& key, Ask&& ask_for) {
    std::size_t low = 0;
    for (std::size_t high = cache.size(); low < high;) {
      const std::size_t middle = low + (high - low) / 2;
      if (cache[middle].first < key)
        low = middle + 1;
      else
        high = middle;
    }
    if (low < cache.size() && cache[low].first == key) return cache[low].second;
    Value value = ask_for();
    cache.insert(cache.begin() + static_cast<std::ptrdiff_t>(low), {key, value});
    return value;
  }

  template <class Record, class Call, class Take>
  static auto ask(Call&& call, Take&& take) -> decltype(take(std::declval<const Record&>())) {
    std::vector<char> space(1024);
    for (;;) {
      Record entry{};
      Record* found = nullptr;
      const int error = call(&entry, space.data(), space.size(), &found);
      if (error == EINTR) continue;
      if (error == ERANGE && space.size() < (1U << 24U)) {  // a group of many members
        space.resize(space.size() * 4);
        continue;
      }
      if (error != 0 || found == nullptr) return {};
      return take(*found);
    }
  }

  std::mutex mutex_;
  Cache<std::uint32_t, std::string> users_;
  Cache<std::uint32_t, std::string> groups_;
  Cache<std::string, std::optional<std::uint32_t>> user_ids_;
  Cache<std::string, std::optional<std::uint32_t>> group_ids_;
};
using OwnerNames = BasicOwnerNames<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
