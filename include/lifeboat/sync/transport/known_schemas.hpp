// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include <lifeboat/record/schema.hpp>
#include <lifeboat/record/schemas_of.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Whether a standby that knows these record types knows all of those, byte for byte but for their meanings, which
/// either program may have learnt before the other. Errors: feature_unknown, naming the first that it does not; where
/// it knows a later version of that type, what it forgot to name.
template <class = void>
Status check_known(std::span<const Bytes> schemas, const std::vector<Bytes>& known, const std::string& standby) {
  for (const Bytes& schema : schemas) {
    const ByteView asked = without_meanings(schema);
    if (std::any_of(known.begin(), known.end(), [&](const Bytes& one) {
          const ByteView mine = without_meanings(one);
          return std::equal(mine.begin(), mine.end(), asked.begin(), asked.end());
        }))
      continue;
    const auto read = read_schema(schema);
    if (!read) return Error{ErrorId::feature_unknown, standby + " does not know a record"}.unchanged();
    Error error{ErrorId::feature_unknown,
                standby + " does not know the record " + read->title() + ", version " + std::to_string(read->version)};
    for (const Bytes& one : known) {
      const auto mine = read_schema(one);
      if (!mine || mine->number != read->number || mine->version <= read->version) continue;
      return Error{error.id(), error.sentence() + ", only version " + std::to_string(mine->version) +
                                   ": .schemas = schemas_of<...>() names the earlier versions, too"}
          .next("the standby's program, with .schemas = schemas_of<...>()")
          .unchanged();
    }
    return std::move(error).next("the standby's program first, then the primary's").unchanged();
  }
  return ok();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
