// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/invariant.hpp>

namespace story {

using namespace lifeboat;

/// An invariant of one's own: no payment goes from an account to itself. It knows no struct of the engine.
struct NothingToItself {
  static constexpr std::string_view name = "nothing-to-itself";

  Status see(const SeenGroup& group) {
    for (const SeenRecord& record : group.records) {
      const auto from = value_at(record.value, "from");
      const auto to = value_at(record.value, "to");
      if (!from || !to) continue;
      tally.rows();
      if (from->as_unsigned() == to->as_unsigned())
        tally.fails(group.position, [&] { return "a payment from " + value_text(*from) + " to itself"; });
    }
    return ok();
  }
  Result<InvariantReport> finish() { return tally.report(name); }

  InvariantTally tally;
};

}  // namespace story
