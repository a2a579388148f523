// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/invariants/keyed_rows.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The stages of a key never go back: each `Stage` field is at least what it was in the record before of that type and
/// key. The key is the one beside the stage, else the record's own. A row is a record with a stage; one whose stage has
/// no key is not covered. Memory and errors: those of KeyedRows, 56 bytes for each stage of a record.
template <class = void>
class BasicNothingGoesBackwards {
 public:
  static constexpr std::string_view name = "nothing-goes-backwards";

  struct Config {
    InvariantSpace space{};
  };

  explicit BasicNothingGoesBackwards(Config config = {}) : rows_(std::move(config.space)) {}

  Status see(const SeenGroup& group) {
    for (const SeenRecord& record : group.records) {
      std::size_t stages = 0;
      std::size_t without_key = 0;
      for (const RoleScope& scope : record.roles->scopes)
        for (const PlacedField& stage : scope.stages) {
          if (!stage.is_in(record.value)) continue;
          ++stages;
          const PlacedField* key = key_of(scope, record);
          if (key == nullptr) {
            ++without_key;
            continue;
          }
          const Hash128 digest =
              keyed_digest(rows_.seed(), stage.path ^ record.schema->number, key->of(record.value).as_text_view());
          LIFEBOAT_CHECK(rows_.add(digest, group.position, {whole_number(stage.of(record.value)), stage.sensitive}));
        }
      if (stages == 0) continue;
      if (without_key != 0)
        tally_.not_covered();
      else
        tally_.rows();
    }
    return ok();
  }

  Result<InvariantReport> finish() {
    EarliestFailure failure;
    LIFEBOAT_CHECK(rows_.each_key([&](std::span<const typename Rows::Row> rows) {
      for (std::size_t i = 1; i < rows.size(); ++i) {
        const auto& before = rows[i - 1];
        const auto& now = rows[i];
        if (now.payload.stage >= before.payload.stage) continue;
        failure.fails(now.order, now.position, [&] {
          const bool hidden = before.payload.sensitive || now.payload.sensitive;
          return "a stage of this group " +
                 (hidden ? std::string("is lower than it was at ")
                         : "is " + std::to_string(now.payload.stage) + " and was " +
                               std::to_string(before.payload.stage) + " at ") +
                 to_text(before.position);
        });
        break;
      }
    }));
    return std::move(failure).in(tally_.report(name));
  }

 private:
  struct Reached {
    std::int64_t stage = 0;
    bool sensitive = false;
  };
  using Rows = KeyedRows<Reached>;

  static const PlacedField* key_of(const RoleScope& scope, const SeenRecord& record) noexcept {
    for (const PlacedField& key : scope.keys)
      if (key.is_in(record.value)) return &key;
    const auto& own = record.roles->key;
    return own && own->is_in(record.value) ? &*own : nullptr;
  }

  Rows rows_;
  InvariantTally tally_;
};
using NothingGoesBackwards = BasicNothingGoesBackwards<>;
static_assert(Invariant<NothingGoesBackwards>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
