// SPDX-License-Identifier: BSL-1.0
#pragma once

// Where the doubt window of a journal stands: in a journal of its own within that one's folder.
#include <lifeboat/journal/beside.hpp>
