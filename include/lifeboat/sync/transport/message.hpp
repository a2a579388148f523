// SPDX-License-Identifier: BSL-1.0
#pragma once

// The messages of docs/protocol.md, section 2.
#include <lifeboat/sync/transport/put_message.hpp>
#include <lifeboat/sync/transport/read_message.hpp>
