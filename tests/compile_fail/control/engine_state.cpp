// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/replay.hpp>
#include <lifeboat/source/engine.hpp>

using namespace lifeboat;

struct Payment {
  Key key;
};
BOOST_HANA_ADAPT_STRUCT(Payment, key);
struct Refund {
  Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Refund, amount);

template <>
struct lifeboat::RecordTraits<Payment> {
  static constexpr RecordNumber number = 1;
};
template <>
struct lifeboat::RecordTraits<Refund> {
  static constexpr RecordNumber number = 2;
};

using Logged = Records<Payment, Refund>;

struct Balances {
  Result<Position> save(StateWriter&) { return Position{}; }
  Status load(StateReader&) { return ok(); }
  Status apply(const Logged::Group&, Position, Applying) { return ok(); }
};

Result<Engine<Balances, Logged>> open(Balances& balances) {
  return Engine<Balances, Logged>::open({.id = "ledger", .state = &balances});
}
Result<ReplayReport> all(Balances& balances, JournalReader& reader) { return replay<Logged>(balances, reader, {}); }
