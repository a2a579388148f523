// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/invariant.hpp>

namespace support {

/// An invariant that no journal keeps to.
struct Never {
  static constexpr std::string_view name = "never";
  lifeboat::Status see(const lifeboat::SeenGroup& group) {
    tally.rows();
    tally.fails(group.position, [] { return std::string("no group is right"); });
    return lifeboat::ok();
  }
  lifeboat::Result<lifeboat::InvariantReport> finish() { return tally.report(name); }
  lifeboat::InvariantTally tally;
};

}  // namespace support
