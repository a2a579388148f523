// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/upgrade.hpp>

using namespace lifeboat;

struct Before {
  Key key;
  Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Before, key, amount);
struct Now {
  Key key;
  Money amount;
  std::uint32_t channel;
};
BOOST_HANA_ADAPT_STRUCT(Now, key, amount, channel);

template <>
struct lifeboat::RecordTraits<Before> {
  static constexpr RecordNumber number = 1;
  static constexpr std::uint16_t version = 0;
};
template <>
struct lifeboat::RecordTraits<Now> {
  static constexpr RecordNumber number = 1;
  static constexpr std::uint16_t version = 1;
  using Before = ::Before;
};

static_assert(encoded_size<Now>() == 80);
Result<Now> read(ByteView bytes) { return read_record<Now>(0, bytes); }
const Key key{"a key of the sixty-two bytes that an idempotency key may have."};
