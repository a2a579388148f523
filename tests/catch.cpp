// SPDX-License-Identifier: BSL-1.0
// The unit behind the precompiled header that all rooms of the tests use.
#include "catch.hpp"
