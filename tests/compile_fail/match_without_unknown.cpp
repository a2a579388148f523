// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: match lacks the case Unknown: it may be there
#include <lifeboat/journal/outcome.hpp>

using namespace lifeboat;

void say(const AppendOutcome<LocalDurable>& outcome) { outcome.match([](Acked<LocalDurable>) {}, [](NotWritten) {}); }
