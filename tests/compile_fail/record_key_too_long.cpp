// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: this literal is longer than the FixedString that is to hold it
#include <lifeboat/record/roles.hpp>

using namespace lifeboat;

const Key key{"a key of more than the sixty-two bytes that an idempotency key has at most"};
