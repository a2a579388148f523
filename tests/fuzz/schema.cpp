// SPDX-License-Identifier: BSL-1.0
// A schema of 16 bits length, and behind it a record of its type: read, told as text, and looked at for roles and
// meanings.
#include <lifeboat/record/seen.hpp>

#include "support/read_any_journal.hpp"

using namespace lifeboat;
using namespace support;

namespace {

/// Every value of a record, whatever it holds.
std::size_t visit(const RecordValue& value, std::string_view path, const RecordValue& whole, bool may_be_named) {
  must(value.bytes.size() == value.type->size, "a value has another length than its type");
  if (may_be_named && !path.empty()) {
    const auto again = value_at(whole, path);
    must(again && again->bytes.data() == value.bytes.data(), "a path leads elsewhere");
  }
  std::size_t count = 1;
  switch (value.type->kind) {
    case SchemaKind::structure:
      for (const SchemaField& field : value.type->members) {
        std::size_t named = 0;  // a name that two members have leads to one of them
        for (const SchemaField& other : value.type->members) named += other.name == field.name ? 1 : 0;
        const bool plain = named == 1 && !field.name.empty() && field.name.find('.') == std::string::npos;
        const std::string below = path.empty() ? field.name : std::string(path) + "." + field.name;
        count += visit(value.member(field), below, whole, may_be_named && plain);
      }
      break;
    case SchemaKind::array:
    case SchemaKind::list:
    case SchemaKind::optional:
      for (std::size_t i = 0; i < value.elements(); ++i) count += visit(value.element(i), path, whole, false);
      break;
    default: break;
  }
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Bytes bytes = bytes_of(data, size);
  const std::size_t length = std::min<std::size_t>(load_le<std::uint16_t>(bytes.data()), size - 2);
  const ByteView text = ByteView(bytes).subspan(2, length);
  const auto schema = read_schema(text);
  if (!schema) return 0;
  const RoleFields roles = role_fields(*schema);
  for (const SchemaMeaning& meaning : schema->meanings) {
    for (const std::string* path : {&meaning.field, &meaning.key, &meaning.amount, &meaning.account, &meaning.balance})
      must(path->empty() || placed_field(*schema, *path), "a meaning is of a field that is not there");
    if (meaning.kind == MeaningKind::states_balance || roles.too_many) continue;
    must(!meaning.key.empty() || roles.key, "a meaning has no key");
    must(!meaning.amount.empty() || roles.money, "a meaning has no amount");
  }
  const auto plain = read_schema(without_meanings(text));
  must(plain && plain->meanings.empty() && plain->record.size == schema->record.size, "meanings are part of a layout");
  Bytes record(schema->record.size);
  const ByteView rest = ByteView(bytes).subspan(2 + length);
  std::copy_n(rest.begin(), std::min(rest.size(), record.size()), record.begin());
  for (const ByteView one : {rest, ByteView(record)}) {
    const auto value = record_value(*schema, one);
    must(!value || one.size() == schema->record.size, "a record of another length is read");
    SeenTypes types;
    types.learn(text);
    const auto seen = types.see(schema->number, schema->version, one);
    if (!roles.too_many) must(seen.has_value() == value.has_value(), "a record is seen otherwise than it is read");
    if (!value) continue;
    (void)visit(*value, "", *value, true);
    must(value_text(*value) == value_text(*record_value(*schema, one)), "a record is told in two ways");
  }
  return 0;
}
