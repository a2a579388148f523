// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: the state of an Engine has
#include <lifeboat/source/engine.hpp>

using namespace lifeboat;

struct Balances {
  Status load(StateReader&) { return ok(); }
};
struct Payment {};

Result<Engine<Balances, Records<Payment>>> open(Balances& balances) {
  return Engine<Balances, Records<Payment>>::open({.id = "ledger", .state = &balances});
}
