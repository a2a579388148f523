// SPDX-License-Identifier: BSL-1.0
#pragma once

#if !defined(__linux__)
#error "lifeboat runs on Linux only: it relies on openat, link and OFD locks"
#endif
#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "lifeboat runs on little-endian machines only: its formats are stored as they stand in memory"
#endif

// The full version names the inline namespace, so that two versions of the library live in one program. Without
// exceptions it has a name of its own: what differs then must not share a name with what is built with them.
#define LIFEBOAT_VERSION_MAJOR 0
#define LIFEBOAT_VERSION_MINOR 1
#define LIFEBOAT_VERSION_PATCH 0
#if defined(__cpp_exceptions)
#define LIFEBOAT_ABI v0_1_0
#else
#define LIFEBOAT_ABI v0_1_0_noexcept
#endif

namespace lifeboat::inline LIFEBOAT_ABI {

/// The version of the library, as it stands in every chain entry.
inline constexpr char library_version[] = "0.1.0";

}  // namespace lifeboat::inline LIFEBOAT_ABI
