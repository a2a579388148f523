// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>

#include <lifeboat/core/port.hpp>

// Structural digests with their tags (docs/format.md, "Digests").
namespace lifeboat::inline LIFEBOAT_ABI {

namespace digest_tag {
using namespace std::string_view_literals;
inline constexpr std::string_view object = "lifeboat object\0"sv;
inline constexpr std::string_view recover = "lifeboat recover\0"sv;
inline constexpr std::string_view configuration = "lifeboat config\0"sv;
inline constexpr std::string_view plan = "lifeboat plan\0"sv;
inline constexpr std::string_view manifest = "lifeboat manifest\0"sv;
inline constexpr std::string_view page = "lifeboat page\0"sv;
inline constexpr std::string_view file = "lifeboat file\0"sv;
inline constexpr std::string_view volume = "lifeboat volume\0"sv;
}  // namespace digest_tag

inline constexpr std::size_t structural_size = 32;

/// The digest of a tag and pieces, with a hash that is ready and is left ready.
template <class = void>
Result<Digest> tagged_digest(HashPort& hash, std::string_view tag, std::initializer_list<ByteView> pieces) {
  LIFEBOAT_CHECK(hash.update(as_bytes(tag)));
  for (const ByteView piece : pieces) LIFEBOAT_CHECK(hash.update(piece));
  Digest digest;
  digest.size = structural_size;
  LIFEBOAT_CHECK(hash.finish({digest.bytes.data(), structural_size}));
  return digest;
}

/// The same with a hash of its own.
template <class = void>
Result<Digest> tagged_digest(const VerifierPort& structural, std::string_view tag,
                             std::initializer_list<ByteView> pieces) {
  LIFEBOAT_TRY(std::unique_ptr<HashPort> hash, structural.begin());
  return tagged_digest(*hash, tag, pieces);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
