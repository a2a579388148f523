// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: a state that is replayed has
#include <lifeboat/journal/replay.hpp>

using namespace lifeboat;

struct Payment {
  Key key;
};
BOOST_HANA_ADAPT_STRUCT(Payment, key);

struct Balances {
  Status apply(Position, Replaying) { return ok(); }
};

Result<ReplayReport> all(Balances& balances, JournalReader& reader) {
  return replay<Records<Payment>>(balances, reader, {});
}
