// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <span>

#include <lifeboat/core/position.hpp>
#include <lifeboat/record/role_fields.hpp>

// Groups of records as somebody sees them who has the schemas alone.
namespace lifeboat::inline LIFEBOAT_ABI {

/// One record of a group: its type, where the roles lie, and its value, whose bytes keep the rules. Borrows.
struct SeenRecord {
  const Schema* schema = nullptr;
  const RoleFields* roles = nullptr;
  RecordValue value;
};

/// A group: its place, its time, its records. Borrows for the length of one call, but for schemas and roles, which stay
/// until whoever is fed with them is done.
struct SeenGroup {
  Position position;
  Timestamp time;
  std::span<const SeenRecord> records;
  std::size_t unknown = 0;  ///< records beside them whose type no schema describes
  bool once = false;        ///< append_once wrote it: none that it knew of was written before for its key

  /// The record whose key append_once decided on, the first that has a key of its own; null where nothing was decided.
  [[nodiscard]] const SeenRecord* decided() const noexcept {
    if (!once) return nullptr;
    for (const SeenRecord& record : records)
      if (record.roles->key) return &record;
    return nullptr;
  }
};

/// The record types that have been met, each with its roles; they stay where they are as long as this does.
template <class = void>
class BasicSeenTypes {
 public:
  /// Takes a schema up; one that this version can not read is none, and the records of its type stay unknown.
  void learn(ByteView schema) {
    for (const auto& type : types_)
      if (std::equal(type->bytes.begin(), type->bytes.end(), schema.begin(), schema.end())) return;
    auto read = read_schema(schema);
    if (!read) return;
    auto type = std::make_unique<Type>();
    type->bytes.assign(schema.begin(), schema.end());
    type->schema = std::move(*read);
    types_.push_back(std::move(type));
    last_ = nullptr;
  }

  /// A record as it is stored; none where no schema describes its type, or one with more than role_fields_max roles.
  /// Errors: corrupt, where its bytes break a rule.
  Result<std::optional<SeenRecord>> see(RecordNumber number, std::uint16_t version, ByteView bytes) {
    Type* type = find(number, version, bytes.size());
    if (type == nullptr) return std::optional<SeenRecord>();
    if (!type->roles) type->roles = role_fields(type->schema);
    if (type->roles->too_many) return std::optional<SeenRecord>();
    const auto value = record_value(type->schema, bytes);
    if (!value)
      return Error{ErrorId::corrupt,
                   "a record of " + type->schema.title() + " has bytes that break a rule of its type"};
    return std::optional<SeenRecord>({&type->schema, &*type->roles, *value});
  }

 private:
  struct Type {
    Bytes bytes;
    Schema schema;
    std::optional<RoleFields> roles;  ///< found when the first record of the type is met: a schema alone costs little
  };

  /// The newest of that number and version, of the right length before another: without a pinned layout one number may
  /// have been two types.
  Type* find(RecordNumber number, std::uint16_t version, std::size_t size) {
    const auto fits = [&](const Type& type) { return type.schema.number == number && type.schema.version == version; };
    if (last_ != nullptr && fits(*last_) && last_->schema.record.size == size) return last_;
    Type* found = nullptr;
    for (const auto& type : types_)
      if (fits(*type) && (found == nullptr || type->schema.record.size == size)) found = type.get();
    last_ = found;
    return found;
  }

  std::vector<std::unique_ptr<Type>> types_;
  Type* last_ = nullptr;
};
using SeenTypes = BasicSeenTypes<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
