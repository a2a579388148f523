// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/describe_meaning.hpp>

// The bytes of a schema (docs/records.md, section 3), its number, version and name, and the digests of it.
namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

template <class R>
concept NumberedByEngine = requires {
  { RecordTraits<R>::number } -> std::convertible_to<RecordNumber>;
};

}  // namespace detail

/// 64 bits that change whenever the encoding or the description of a record type does. Pin it in a static_assert.
template <class R>
consteval std::uint64_t layout_digest() {
  (void)encoded_size<R>();
  detail::LayoutHash hash;
  detail::describe_members<R>(hash);
  return hash.value;
}

/// The number of a record type: the engine's, or one taken from the description.
template <class R>
consteval RecordNumber record_number() {
  if constexpr (detail::NumberedByEngine<R>) {
    static_assert(RecordTraits<R>::number != 0 && RecordTraits<R>::number < 0x8000'0000U,
                  "lifeboat: RecordTraits<...>::number is 1 to 2^31 - 1");
    return RecordTraits<R>::number;
  } else {
    const std::uint64_t digest = layout_digest<R>();
    return 0x8000'0000U | static_cast<RecordNumber>((digest ^ digest >> 32U) & 0x7fff'ffffU);
  }
}
template <class R>
consteval std::uint16_t record_version() {
  if constexpr (requires { RecordTraits<R>::version; })
    return RecordTraits<R>::version;
  else
    return 0;
}
template <class R>
consteval std::string_view record_name() {
  if constexpr (requires { RecordTraits<R>::name; })
    return RecordTraits<R>::name;
  else
    return {};
}

namespace detail {

template <class R, class Out>
constexpr void describe_record(Out& out) {
  for (unsigned shift = 0; shift < 32; shift += 8) out.byte(static_cast<std::uint8_t>(record_number<R>() >> shift));
  for (unsigned shift = 0; shift < 16; shift += 8) out.byte(static_cast<std::uint8_t>(record_version<R>() >> shift));
  put_name(out, record_name<R>());
  describe_members<R>(out);
  describe_meanings<R>(out);
}

}  // namespace detail

/// The schema of a record type, as it is stored.
template <class R>
Bytes schema_bytes() {
  Bytes bytes;
  detail::LayoutBytes out{bytes};
  detail::describe_record<R>(out);
  return bytes;
}
/// 64 bits that tell schemas apart: `schema_digest_of` of its bytes.
template <class R>
consteval std::uint64_t schema_digest() {
  detail::LayoutHash hash;
  detail::describe_record<R>(hash);
  return hash.value;
}
inline std::uint64_t schema_digest_of(ByteView schema) noexcept {
  detail::LayoutHash hash;
  for (const std::byte b : schema) hash.byte(std::to_integer<std::uint8_t>(b));
  return hash.value;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
