// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <pwd.h>
#include <unistd.h>

#include <string>

#include <lifeboat/archive/chain_entry.hpp>
#include <lifeboat/archive/object.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Who acts, and why: what every chain entry says.
struct Actor {
  std::string name;  ///< empty: the user that the process runs as
  std::string reason;
  std::string ticket;
  std::string second;  ///< a second person, where evidence or money may vanish
};

template <class = void>
std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? std::string(name) : std::string();
}

/// Of the user that the process runs as; its number where it has none.
template <class = void>
std::string user_name() {
  struct passwd entry {};
  struct passwd* found = nullptr;
  char buffer[4096];
  const uid_t uid = ::geteuid();
  if (::getpwuid_r(uid, &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr) return found->pw_name;
  return std::to_string(uid);
}

/// What holds for every chain entry of this process.
template <class = void>
void sign_entry(ChainEntry& entry, const Actor& actor, const ClockReading& now) {
  entry.clock = now;
  entry.actor = actor.name.empty() ? user_name() : actor.name;
  entry.host = host_name();
  entry.program = std::string("lifeboat ") + library_version;
  entry.configuration.size = structural_size;
  entry.reason = actor.reason;
  entry.ticket = actor.ticket;
  entry.second = actor.second;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
