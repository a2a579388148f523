// SPDX-License-Identifier: BSL-1.0
#pragma once

// Catch2 3 on Debian 13, Catch2 2 on Debian 12.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
