// SPDX-License-Identifier: BSL-1.0
// A payment as a record: described, encoded, and then read by somebody who has the bytes and the schema alone.
#include <lifeboat/record/filter.hpp>
#include <lifeboat/record/upgrade.hpp>

#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

struct Payment {
  Key key;
  DebitAccount from;
  CreditAccount to;
  Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Payment, key, from, to, amount);  // in the global namespace, as Hana asks

template <>
struct lifeboat::RecordTraits<Payment> {
  static constexpr RecordNumber number = 1;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "payment";
};
static_assert(layout_digest<Payment>() == 0x3d3a'1cfd'729d'dcb8, "records on disk have the layout of before");

/// What somebody prints who never saw the struct.
void look(ByteView schema_of_them, const std::vector<Bytes>& records, const char* where) {
  const Schema schema = must(read_schema(schema_of_them));
  const RecordFilter filter = must(parse_filter(where));
  std::printf("%s, %s:\n", schema.title().c_str(), where);
  for (const Bytes& bytes : records) {
    const std::optional<RecordValue> record = record_value(schema, bytes);
    if (record && fits(filter, *record)) std::printf("  %s\n", value_text(*record).c_str());
  }
}

int main() {
  return tell([] {
    const Payment paid[] = {{Key{"A-1001"}, {1}, {2}, {125'00, EUR}},
                            {Key{"A-1002"}, {2}, {3}, {19'99, EUR}},
                            {Key{"A-1003"}, {1}, {3}, {1'200, JPY}}};
    std::vector<Bytes> records;
    for (const Payment& payment : paid) {
      records.emplace_back(encoded_size<Payment>());
      encode_record(payment, records.back().data());
    }
    std::printf("%zu payments of %zu bytes each\n", records.size(), encoded_size<Payment>());

    look(schema_bytes<Payment>(), records, "account=1");
    look(schema_bytes<Payment>(), records, "amount>=100 EUR");

    const Payment back = must(read_record<Payment>(1, records.front()));
    say("read back as it was", back.key == Key{"A-1001"} && back.amount == Money{125'00, EUR});
    const auto newer = read_record<Payment>(2, records.front());
    say("a version of later is refused by name", !newer && newer.error().id() == ErrorId::format_version);
  });
}
