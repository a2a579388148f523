// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/invariants/keyed_rows.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A key stands once; or again with the same content: who asks again with one key has the same answer. What is told
/// apart is the key, the record's type and its stages, so that a payment may be logged again when it went on; the
/// records of one group that share them all are one content. A row is a record that has a key of its own.
///
/// Content is the record's bytes: the same payment logged again by a later version of its type is another content.
/// Memory and errors: those of KeyedRows, 48 bytes a row.
template <class = void>
class BasicUniqueKeys {
 public:
  static constexpr std::string_view name = "unique-keys";

  struct Config {
    std::vector<std::string> records{};  ///< names of the types that it speaks of; none: all with a key of their own
    InvariantSpace space{};
  };

  explicit BasicUniqueKeys(Config config = {}) : records_(std::move(config.records)), rows_(std::move(config.space)) {}

  Status see(const SeenGroup& group) {
    group_.clear();
    for (const SeenRecord& record : group.records) {
      if (!record.roles->key || !meant(*record.schema)) continue;
      if (!record.roles->key->is_in(record.value)) {
        tally_.not_covered();
        continue;
      }
      tally_.rows();
      const Hash128 key = digest(record);
      const std::uint64_t content = xxh3_64(record.value.bytes, rows_.seed());
      const auto same = std::find_if(group_.begin(), group_.end(), [&](const One& one) { return one.key == key; });
      if (same == group_.end())
        group_.push_back({key, content});
      else
        same->content = same->content * 0x9e37'79b9'7f4a'7c15U + content;
    }
    for (const One& one : group_) LIFEBOAT_CHECK(rows_.add(one.key, group.position, {one.content}));
    return ok();
  }

  Result<InvariantReport> finish() {
    EarliestFailure failure;
    LIFEBOAT_CHECK(rows_.each_key([&](std::span<const typename Rows::Row> rows) {
      for (const auto& row : rows.subspan(1))
        if (row.payload.content != rows.front().payload.content)
          failure.fails(row.order, row.position, [&] {
            return "a key of this group stands at " + to_text(rows.front().position) + " already, with another content";
          });
    }));
    return std::move(failure).in(tally_.report(name));
  }

 private:
  struct Content {
    std::uint64_t content = 0;
  };
  using Rows = KeyedRows<Content>;
  struct One {
    Hash128 key;
    std::uint64_t content = 0;
  };

  [[nodiscard]] bool meant(const Schema& schema) const noexcept {
    return records_.empty() || std::find(records_.begin(), records_.end(), schema.name) != records_.end();
  }

  Hash128 digest(const SeenRecord& record) const noexcept {
    std::uint64_t stages = record.schema->number;
    for (const RoleScope& scope : record.roles->scopes)
      for (const PlacedField& stage : scope.stages)
        if (stage.is_in(record.value)) {
          std::byte both[16];
          store_le(both, stages);
          store_le(both + 8, whole_number(stage.of(record.value)));
          stages = xxh3_64(both, rows_.seed() + stage.offset);
        }
    return keyed_digest(rows_.seed(), stages, record.roles->key->of(record.value).as_text_view());
  }

  std::vector<std::string> records_;
  Rows rows_;
  std::vector<One> group_;
  InvariantTally tally_;
};
using UniqueKeys = BasicUniqueKeys<>;
static_assert(Invariant<UniqueKeys>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
