// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vector>

#include <lifeboat/record/records.hpp>
#include <lifeboat/record/upgrade.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

template <class R>
struct SchemasOf {
  static void put(std::vector<Bytes>& all) {
    if constexpr (HasBefore<R>) SchemasOf<typename RecordTraits<R>::Before>::put(all);
    all.push_back(schema_bytes<R>());
  }
};
template <class... R>
struct SchemasOf<Records<R...>> {
  static void put(std::vector<Bytes>& all) { (SchemasOf<R>::put(all), ...); }
};

}  // namespace detail

/// What a program knows: the schemas of record types (`schemas_of<Payment, Posting>()`, or of a `Records<...>`), each
/// behind those of its earlier versions (`RecordTraits<R>::Before`). A standby names them all, for the journal that it
/// keeps has records of each, and its primary may be of an earlier program.
template <class... R>
std::vector<Bytes> schemas_of() {
  static_assert(sizeof...(R) != 0, "lifeboat: schemas_of<...> names at least one record type");
  std::vector<Bytes> all;
  (detail::SchemasOf<R>::put(all), ...);
  return all;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
