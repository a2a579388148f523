// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: match lacks the case Acked<LocalDurable>: it is durable here, and nothing was heard of
#include <lifeboat/journal/outcome.hpp>

using namespace lifeboat;

void say(const AppendOutcome<StandbyDurable>& outcome) {
  outcome.match([](Acked<StandbyDurable>) {}, [](NotWritten) {}, [](Unknown) {});
}
