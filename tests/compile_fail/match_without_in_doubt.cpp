// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: match lacks the case Already or InDoubt
#include <lifeboat/journal/outcome.hpp>

using namespace lifeboat;

void say(const AppendOnceOutcome<LocalDurable>& outcome) {
  outcome.match([](Acked<LocalDurable>) {}, [](Already) {}, [](NotWritten) {}, [](Unknown) {});
}
