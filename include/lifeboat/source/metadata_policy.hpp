// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include <lifeboat/core/version.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Whose the entries of a restored tree become.
enum class RestoreOwners : std::uint8_t {
  if_permitted,  ///< as they were; listed where this process may not give them away
  none,          ///< whoever restores, and set-user-id bits of others are dropped
};

/// Which metadata a restored tree gets.
struct MetadataPolicy {
  RestoreOwners owners = RestoreOwners::if_permitted;
  bool numeric_owner = false;  ///< by number even where the name has another number here
  bool attributes = true;      ///< extended attributes, ACLs among them
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
