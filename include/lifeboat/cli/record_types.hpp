// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <lifeboat/cli/session.hpp>
#include <lifeboat/journal/reader.hpp>
#include <lifeboat/record/record_view.hpp>

// The record types of a journal, as its segments tell of them.
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// A record beside what its schema makes of it.
struct ShownRecord {
  StoredRecord stored;
  const Schema* schema = nullptr;    ///< null: no segment so far has it, or this version can not read it
  std::optional<RecordValue> value;  ///< none where the bytes break the schema's rules as well

  /// "payment" or "type 17".
  [[nodiscard]] std::string title() const {
    return schema != nullptr ? schema->title() : "type " + std::to_string(stored.number);
  }
  /// Why there is no value.
  [[nodiscard]] std::string_view why() const noexcept {
    return schema == nullptr ? "its schema is not known" : "it breaks the rules of its schema";
  }
};

/// Knows every schema that it was told of; what it gave stays good.
template <class = void>
class BasicRecordTypes {
 public:
  /// Takes the schemas of a segment; one that can not be read is a warning, once, and its records are shown as bytes.
  /// One that differs in its meanings alone is the same: they do not change how a record is shown.
  void learn(const std::vector<Bytes>& schemas, Session& session) {
    for (const Bytes& bytes : schemas) {
      if (!is_new(bytes)) continue;
      Result<Schema> schema = read_schema(bytes);
      if (!schema)
        session.warn(schema.error());
      else if (schema->meanings.empty() || is_new(ByteView(bytes).first(schema->without_meanings)))
        schemas_.push_back(std::move(*schema));
    }
  }

  /// Of several schemas with one number and version, the newest that the bytes fit.
  [[nodiscard]] ShownRecord read(const StoredRecord& record) const {
    ShownRecord shown{record, nullptr, std::nullopt};
    for (auto schema = schemas_.rbegin(); schema != schemas_.rend() && !shown.value; ++schema) {
      if (schema->number != record.number || schema->version != record.version) continue;
      const auto value = record_value(*schema, record.bytes);
      if (value || shown.schema == nullptr) shown.schema = &*schema;
      shown.value = value;
    }
    return shown;
  }

  /// The records of a group; `good` is false where they do not fill it as they should.
  [[nodiscard]] std::vector<ShownRecord> read(const JournalGroup& group, bool& good) const {
    std::vector<ShownRecord> shown;
    RecordsOfGroup records = group.records();
    while (const auto record = records.next()) shown.push_back(read(*record));
    good = records.good();
    return shown;
  }

  [[nodiscard]] const std::deque<Schema>& all() const noexcept { return schemas_; }

 private:
  /// Whether it was not seen before; from now on it was.
  bool is_new(ByteView schema) {
    for (const Bytes& one : seen_)
      if (std::equal(one.begin(), one.end(), schema.begin(), schema.end())) return false;
    seen_.emplace_back(schema.begin(), schema.end());
    return true;
  }

  std::vector<Bytes> seen_;
  std::deque<Schema> schemas_;  // never moved: values point into them
};
using RecordTypes = BasicRecordTypes<>;

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
