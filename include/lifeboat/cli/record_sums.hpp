// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <map>
#include <tuple>

#include <lifeboat/cli/record_types.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// Counts records by type, and adds up their money by field and currency: a fee is not added to the amount beside it.
template <class = void>
class BasicRecordSums {
 public:
  /// False where a sum does not fit into 128 bits.
  [[nodiscard]] bool add(const ShownRecord& record) {
    ++counts_[{record.stored.number, record.title()}];
    return !record.value || add(record.title(), {}, *record.value);
  }

  /// Into text, or into JSON as `counts` and `sums`.
  void print(Session& session) const {
    Json counts = Json::array();
    for (const auto& [type, count] : counts_) {
      session.say("count   " + printable(type.second) + ": " + count_text(count, "record", "records"));
      Json entry;
      entry["number"] = type.first;
      put_text(entry, "type", type.second);
      entry["records"] = count;
      counts.push_back(std::move(entry));
    }
    Json sums = Json::array();
    for (const auto& [of, sum] : sums_) {
      const std::string text = to_text(sum.money);
      session.say("sum     " + printable(std::get<0>(of)) + " " + printable(std::get<1>(of)) + ": " + text + " in " +
                  count_text(sum.count, "amount", "amounts"));
      Json entry;
      put_text(entry, "type", std::get<0>(of));
      put_text(entry, "field", std::get<1>(of));
      entry["sum"] = text.substr(0, text.find(' '));
      entry["currency"] = sum.money.currency.code();
      entry["amounts"] = sum.count;
      sums.push_back(std::move(entry));
    }
    session.json["counts"] = std::move(counts);
    session.json["sums"] = std::move(sums);
  }

 private:
  struct Sum {
    MoneySum money;
    std::uint64_t count = 0;
  };

  bool add(const std::string& type, const std::string& path, const RecordValue& value) {
    switch (value.type->kind) {
      case SchemaKind::money: {
        const Money money = value.as_money();
        Sum& sum = sums_.try_emplace({type, path, money.currency}, Sum{{money.currency, 0}, 0}).first->second;
        ++sum.count;
        return sum.money.add(money);
      }
      case SchemaKind::structure:
        for (const SchemaField& field : value.type->members)
          if (!add(type, path.empty() ? field.name : path + "." + field.name, value.member(field))) return false;
        return true;
      case SchemaKind::optional:
      case SchemaKind::array:
      case SchemaKind::list:
        for (std::size_t i = 0; i < value.elements(); ++i)
          if (!add(type, path, value.element(i))) return false;
        return true;
      default: return true;  // what is sensitive is not summed: a sum of one would tell it
    }
  }

  std::map<std::pair<RecordNumber, std::string>, std::uint64_t> counts_;
  std::map<std::tuple<std::string, std::string, Currency>, Sum> sums_;
};
using RecordSums = BasicRecordSums<>;

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
