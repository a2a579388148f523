// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/journal/reader.hpp>
#include <lifeboat/record/encoding.hpp>
#include <lifeboat/record/left_out.hpp>
#include <lifeboat/record/seen.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Groups of a journal as invariants see them, by the schemas in its segments. What it gives is good until the next
/// call, but for the schemas and roles, which stay as long as it does. Allocates nothing for a group once it has seen
/// one of that size.
template <class = void>
class BasicSeenGroups {
 public:
  /// A group that was read while the reader stood in the segment of that header. Errors: corrupt, naming the group.
  Result<SeenGroup> see(const JournalGroup& group, const SegmentHeader& header) {
    if (!began_ || header.salt != salt_ || header.number != number_) {
      began_ = true;
      salt_ = header.salt;
      number_ = header.number;
      for (const Bytes& schema : header.schemas) types_.learn(schema);
    }
    records_.clear();
    SeenGroup seen{group.position, group.time, {}, 0, group.frame.flag() == GroupFlag::once};
    RecordsOfGroup records = group.records();
    while (const auto stored = records.next()) {
      if (stored->number == record_number<LeftOut>()) {  // what is not there is covered by nobody
        const auto left_out = decode_record<LeftOut>(stored->bytes);
        seen.unknown += left_out ? left_out->records : 1;
        continue;
      }
      auto record = types_.see(stored->number, stored->version, stored->bytes);
      if (!record) return in(group, record.error().sentence());
      if (*record)
        records_.push_back(**record);
      else
        ++seen.unknown;
    }
    if (!records.good()) return in(group, "its records do not fill it as they should");
    seen.records = records_;
    return seen;
  }

 private:
  static Error in(const JournalGroup& group, std::string_view what) {
    return Error{ErrorId::corrupt, "group " + to_text(group.position) + " of the journal: " + std::string(what)};
  }

  SeenTypes types_;
  std::vector<SeenRecord> records_;
  bool began_ = false;
  std::uint64_t salt_ = 0;
  std::uint64_t number_ = 0;
};
using SeenGroups = BasicSeenGroups<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
