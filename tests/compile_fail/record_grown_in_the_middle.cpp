// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: a record that only grew begins with the fields of RecordTraits
#include <lifeboat/record/upgrade.hpp>

using namespace lifeboat;

struct Before {
  Key key;
  Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Before, key, amount);
struct Now {
  Key key;
  std::uint32_t channel;
  Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Now, key, channel, amount);

template <>
struct lifeboat::RecordTraits<Now> {
  static constexpr RecordNumber number = 1;
  static constexpr std::uint16_t version = 1;
  using Before = ::Before;
};

Result<Now> read(ByteView bytes) { return read_record<Now>(0, bytes); }
