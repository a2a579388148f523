// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string_view>

#include <boost/hana/adapt_struct.hpp>

#include <lifeboat/record/schema_bytes.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What stands in a part of a journal for a group that is not in it: how many records that had, and nothing of them. No
/// digest: whoever knows all but a few fields of a group could try them out against it. An engine appends none.
struct LeftOut {
  std::uint16_t records = 0;
};

template <>
struct RecordTraits<LeftOut> {
  static constexpr RecordNumber number = 0x7fff'ff10U;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "left out";
};

}  // namespace lifeboat::inline LIFEBOAT_ABI

BOOST_HANA_ADAPT_STRUCT(lifeboat::LeftOut, records);
