// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/journal/outcome.hpp>

using namespace lifeboat;

void say(const AppendOutcome<LocalDurable>& outcome) {
  outcome.match([](Acked<LocalDurable>) {}, [](NotWritten) {}, [](Unknown) {});
}
