// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/records.hpp>
#include <lifeboat/record/roles.hpp>
#include <lifeboat/record/upgrade.hpp>

// A record type in three versions, and another one.
namespace versions {

struct OrderV1 {
  lifeboat::Key key;
  lifeboat::Money amount;
};
struct OrderV2 {
  lifeboat::Key key;
  lifeboat::Money amount;
  std::uint32_t branch = 7;
};
struct OrderV3 {
  lifeboat::Key key;
  std::int64_t cents;
  std::uint32_t branch;
};
struct Note {
  std::uint32_t about;
};

}  // namespace versions
BOOST_HANA_ADAPT_STRUCT(versions::OrderV1, key, amount);
BOOST_HANA_ADAPT_STRUCT(versions::OrderV2, key, amount, branch);
BOOST_HANA_ADAPT_STRUCT(versions::OrderV3, key, cents, branch);
BOOST_HANA_ADAPT_STRUCT(versions::Note, about);

template <>
struct lifeboat::RecordTraits<versions::OrderV1> {
  static constexpr RecordNumber number = 4;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "order";
};
template <>
struct lifeboat::RecordTraits<versions::OrderV2> {  // only grew
  static constexpr RecordNumber number = 4;
  static constexpr std::uint16_t version = 2;
  static constexpr std::string_view name = "order";
  using Before = versions::OrderV1;
};
template <>
struct lifeboat::RecordTraits<versions::OrderV3> {  // changed
  static constexpr RecordNumber number = 4;
  static constexpr std::uint16_t version = 3;
  static constexpr std::string_view name = "order";
  using Before = versions::OrderV2;
  static versions::OrderV3 upgrade(const versions::OrderV2& old) { return {old.key, old.amount.minor, old.branch}; }
};
template <>
struct lifeboat::RecordTraits<versions::Note> {
  static constexpr RecordNumber number = 5;
  static constexpr std::uint16_t version = 1;
};
