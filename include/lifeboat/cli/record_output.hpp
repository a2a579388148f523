// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/record_choice.hpp>

// How groups are printed: as lines, as JSON, or as a table with one row for each record.
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// A value as JSON (docs/json.md). What is sensitive is told as "(sensitive)".
template <class = void>
Json value_json(const RecordValue& value) {
  switch (value.type->kind) {
    case SchemaKind::boolean: return value.bytes[0] == std::byte{1};
    case SchemaKind::i8:
    case SchemaKind::i16:
    case SchemaKind::i32:
    case SchemaKind::i64: return value.as_signed();
    case SchemaKind::u8:
    case SchemaKind::u16:
    case SchemaKind::u32:
    case SchemaKind::u64:
    case SchemaKind::debit_account:
    case SchemaKind::credit_account: return value.as_unsigned();
    case SchemaKind::enumeration:
    case SchemaKind::stage: return value_json(value.inner());
    case SchemaKind::timestamp: return time_json(value.as_time());
    case SchemaKind::money: {
      const std::string text = to_text(value.as_money());
      Json money;
      money["amount"] = text.substr(0, text.find(' '));
      money["currency"] = value.as_money().currency.code();
      return money;
    }
    case SchemaKind::optional: return value.elements() == 0 ? Json(nullptr) : value_json(value.element(0));
    case SchemaKind::array:
    case SchemaKind::list: {
      Json list = Json::array();
      for (std::size_t i = 0; i < value.elements(); ++i) list.push_back(value_json(value.element(i)));
      return list;
    }
    case SchemaKind::structure: break;
    default: return value_text(value);
  }
  Json object = Json::object();
  for (const SchemaField& field : value.type->members) {
    const RecordValue member = value.member(field);
    if (field.type.kind == SchemaKind::text || field.type.kind == SchemaKind::key)
      put_text(object, field.name, member.as_text_view());
    else
      object[field.name] = value_json(member);
  }
  return object;
}

template <class = void>
Json record_json(const ShownRecord& record) {
  Json object;
  object["number"] = record.stored.number;
  object["version"] = record.stored.version;
  put_text(object, "type", record.title());
  if (record.value) {
    object["fields"] = value_json(*record.value);
  } else {
    object["fields"] = nullptr;
    object["length"] = record.stored.bytes.size();
    object["why"] = record.why();
  }
  return object;
}

/// A record with its group, as a row of JSON lines.
template <class = void>
std::string record_row(const JournalGroup& group, const ShownRecord& record) {
  Json object;
  object["group"] = to_text(group.position);
  object["time"] = time_json(group.time);
  object.update(record_json(record));
  return json_text(object) + "\n";
}

/// "payment key=A-1001 from=1 to=2 amount=125.00 EUR".
template <class = void>
std::string record_text(const ShownRecord& record) {
  if (record.value) return record.title() + " " + value_text(*record.value);
  return record.title() + " version " + std::to_string(record.stored.version) + ", " +
         count_text(record.stored.bytes.size(), "byte", "bytes") + ": " + std::string(record.why());
}

/// Comma-separated values with a head line: columns of the group and the record, one for each field that a record type
/// has, two where it is money, and at the end what has no column.
template <class = void>
class BasicRecordTable {
 public:
  explicit BasicRecordTable(std::vector<const Schema*> types) {
    for (const Schema* schema : types)
      each_column(&schema->record, {}, nullptr, [&](const std::string& name, auto&&) {
        if (column(name) == columns_.size()) columns_.push_back(name);
      });
  }

  [[nodiscard]] std::string head() const {
    std::string line = "group,group_time,record_number,record_version,record_type";
    for (const std::string& name : columns_) line.append(",").append(cell(name));
    return line.append(",record_rest\n");
  }

  [[nodiscard]] std::string row(const JournalGroup& group, const ShownRecord& record) const {
    std::vector<std::string> cells(columns_.size());
    std::string rest;
    const auto put = [&](const std::string& name, std::string text) {
      const std::size_t at = column(name);
      if (at < cells.size())
        cells[at] = std::move(text);
      else
        rest.append(rest.empty() ? "" : " ").append(name).append("=").append(text);
    };
    if (record.value)
      each_column(record.value->type, {}, &*record.value, put);
    else
      rest = count_text(record.stored.bytes.size(), "byte", "bytes") + ": " + std::string(record.why());
    std::string line = to_text(group.position) + "," + utc_text(group.time, Fraction::nanoseconds) + "," +
                       std::to_string(record.stored.number) + "," + std::to_string(record.stored.version) + "," +
                       cell(record.title());
    for (const std::string& text : cells) line.append(",").append(cell(text));
    return line.append(",").append(cell(rest)).append("\n");
  }

 private:
  /// Quoted where it must be; with no control characters, for a table is also looked at in a terminal.
  static std::string cell(const std::string& text) {
    std::string shown = printable(text);
    if (shown.find_first_of(",\"") == std::string::npos && !shown.starts_with(' ') && !shown.ends_with(' '))
      return shown;
    std::string quoted = "\"";
    for (const char c : shown) quoted.append(c == '"' ? 2 : 1, c);
    return quoted.append("\"");
  }

  [[nodiscard]] std::size_t column(const std::string& name) const noexcept {
    return static_cast<std::size_t>(std::find(columns_.begin(), columns_.end(), name) - columns_.begin());
  }

  /// Calls with the name and the text of each cell that a type has; without a value, with its name alone.
  template <class Put>
  static void each_column(const SchemaType* type, const std::string& name, const RecordValue* value, Put&& put) {
    std::optional<RecordValue> held = value != nullptr ? std::optional<RecordValue>(*value) : std::nullopt;
    while (type->kind == SchemaKind::optional) {
      if (held) held = held->elements() == 0 ? std::optional<RecordValue>() : held->element(0);
      type = &type->held.front();
    }
    const bool has = held.has_value();
    if (type->kind == SchemaKind::structure) {
      for (const SchemaField& field : type->members) {
        const std::optional<RecordValue> member = has ? std::optional<RecordValue>(held->member(field)) : std::nullopt;
        each_column(&field.type, name.empty() ? field.name : name + "." + field.name, member ? &*member : nullptr, put);
      }
    } else if (type->kind == SchemaKind::money) {
      const std::string text = has ? to_text(held->as_money()) : std::string(" ");
      put(name, text.substr(0, text.find(' ')));
      put(name + ".currency", text.substr(text.find(' ') + 1));
    } else {
      put(name, has ? value_text(*held) : std::string());
    }
  }

  std::vector<std::string> columns_;
};
using RecordTable = BasicRecordTable<>;

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
