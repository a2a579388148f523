// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/result.hpp>
#include <lifeboat/record/schema_bytes.hpp>

// Records of earlier versions, read as the newest (docs/records.md, section 4).
namespace lifeboat::inline LIFEBOAT_ABI {
namespace detail {

template <class R>
concept HasBefore = requires {
  typename RecordTraits<R>::Before;
};
template <class R>
concept HasUpgrade = HasBefore<R> && requires(const typename RecordTraits<R>::Before& before) {
  { RecordTraits<R>::upgrade(before) } -> std::same_as<R>;
};

/// What the first `count` members of a record are described as.
template <class R>
consteval std::uint64_t layout_of_first(std::size_t count) {
  LayoutHash hash;
  std::size_t at = 0;
  each_member<R>([&](auto name, auto get) {
    if (at++ >= count) return;
    put_name(hash, boost::hana::to<const char*>(name));
    TypeDescription<std::remove_cvref_t<decltype(get(std::declval<const R&>()))>>::put(hash);
  });
  return hash.value;
}
template <class R>
consteval std::size_t member_count() {
  return decltype(boost::hana::length(boost::hana::accessors<R>()))::value;
}

/// A record of the version before: its own upgrade, or its fields with the new ones' defaults behind them.
template <class R>
Result<R> upgraded(const typename RecordTraits<R>::Before& before) {
  using Before = typename RecordTraits<R>::Before;
  if constexpr (HasUpgrade<R>) {
    return RecordTraits<R>::upgrade(before);
  } else {
    static_assert(member_count<Before>() < member_count<R>() &&
                      layout_of_first<Before>(member_count<Before>()) == layout_of_first<R>(member_count<Before>()),
                  "lifeboat: a record that only grew begins with the fields of RecordTraits<...>::Before, in their "
                  "order, with their names and types; where it changed otherwise, RecordTraits<...>::upgrade says how");
    static_assert(RecordTraits<Before>::number == RecordTraits<R>::number &&
                      RecordTraits<Before>::version < RecordTraits<R>::version,
                  "lifeboat: RecordTraits<...>::Before has the same number and an earlier version");
    std::byte bytes[encoded_size<R>()];
    encode_record(R{}, bytes);  // the defaults
    encode_record(before, bytes);
    return *decode_record<R>(bytes);
  }
}

}  // namespace detail

/// Reads the record that `bytes` encode as `version` of its type had it. Errors: corrupt (the bytes break a rule),
/// format_version (a version that this program does not know, newer or older).
template <class R>
Result<R> read_record(std::uint16_t version, ByteView bytes) {
  if (version == record_version<R>()) {
    if (const std::optional<R> record = decode_record<R>(bytes)) return *record;
    return Error{ErrorId::corrupt, "a record of type " + std::to_string(record_number<R>()) + " has " +
                                       std::to_string(bytes.size()) + " bytes that are none of its version " +
                                       std::to_string(version)};
  }
  if constexpr (detail::HasBefore<R>) {
    if (version < record_version<R>()) {
      LIFEBOAT_TRY(const auto before, read_record<typename RecordTraits<R>::Before>(version, bytes));
      return detail::upgraded<R>(before);
    }
  }
  return Error{ErrorId::format_version, "a record of type " + std::to_string(record_number<R>()) + " is of version " +
                                            std::to_string(version) + ", and this program knows " +
                                            std::to_string(record_version<R>())};
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
