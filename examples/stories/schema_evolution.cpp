// SPDX-License-Identifier: BSL-1.0
// A bank's payments get a channel and a fee. The new engine reads the journal of the old one and goes on in it; the
// stock program, which never saw either, prints both.
#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/replay.hpp>

#include "support/shell.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

// Version 1, as the first engine had it. The new one keeps it, to read what was written.
struct PaymentV1 {
  Key key;
  DebitAccount from;
  CreditAccount to;
  Money amount;
};
BOOST_HANA_ADAPT_STRUCT(PaymentV1, key, from, to, amount);
template <>
struct lifeboat::RecordTraits<PaymentV1> {
  static constexpr RecordNumber number = 1;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "payment";
};
static_assert(layout_digest<PaymentV1>() == 0x3d3a'1cfd'729d'dcb8, "records on disk have the layout of before");

// Version 2 adds a field at the end: what has none of it gets the default.
enum class Channel : std::uint8_t { card = 0, online = 1 };
struct PaymentV2 {
  Key key;
  DebitAccount from;
  CreditAccount to;
  Money amount;
  Channel channel = Channel::card;
};
BOOST_HANA_ADAPT_STRUCT(PaymentV2, key, from, to, amount, channel);
template <>
struct lifeboat::RecordTraits<PaymentV2> {
  static constexpr RecordNumber number = 1;
  static constexpr std::uint16_t version = 2;
  static constexpr std::string_view name = "payment";
  using Before = PaymentV1;
};

// Version 3 is another struct, and says how it is made of the one before: the fee was within the amount.
struct Payment {
  Key key;
  Channel channel;
  DebitAccount from;
  CreditAccount to;
  Money paid;
  Money fee;
};
BOOST_HANA_ADAPT_STRUCT(Payment, key, channel, from, to, paid, fee);
template <>
struct lifeboat::RecordTraits<Payment> {
  static constexpr RecordNumber number = 1;
  static constexpr std::uint16_t version = 3;
  static constexpr std::string_view name = "payment";
  using Before = PaymentV2;
  static Payment upgrade(const PaymentV2& old) {
    const Money fee{old.channel == Channel::card ? old.amount.minor / 100 : 0, old.amount.currency};
    return {old.key, old.channel, old.from, old.to, {old.amount.minor - fee.minor, old.amount.currency}, fee};
  }
};

/// An engine of any version: it opens the journal, and appends.
template <class Record>
void pay(const Record& payment) {
  const auto journal = must(Journal::open({.folder = "journal", .schemas = {schema_bytes<Record>()}}));
  const bool paid = journal->append(payment).match([](Acked<LocalDurable>) { return true; },
                                                   [](NotWritten) { return false; }, [](Unknown) { return false; });
  if (!paid) throw std::runtime_error("a payment is not durable");
}

/// The newest engine knows its newest record alone.
struct Fees {
  Status apply(const Records<Payment>::Group& group, Position position, Applying) {
    group.each([&](const Payment& one) {
      say("  " + to_text(position) + " " + std::string(one.key.view()) + ": paid " + std::to_string(one.paid.minor) +
          " cents, fee " + std::to_string(one.fee.minor) + (one.channel == Channel::card ? ", by card" : ", online"));
    });
    return ok();
  }
};
/// An engine that was not brought up to date.
struct Old {
  Status apply(const Records<PaymentV2>::Group&, Position, Applying) { return ok(); }
};

int main() {
  return tell([] {
    pay(PaymentV1{Key{"A-1"}, {1}, {2}, {125'00, EUR}});
    pay(PaymentV2{Key{"A-2"}, {1}, {2}, {80'00, EUR}, Channel::online});
    pay(Payment{Key{"A-3"}, Channel::online, {1}, {2}, {60'00, EUR}, {1'50, EUR}});
    say("three engines, each of a later version, have paid into one journal; the newest reads all of it:");
    Fees fees;
    JournalReader reader = must(JournalReader::open("journal"));
    must(replay<Records<Payment>>(fees, reader, {}));

    say("the stock program prints each as it was written:");
    type("lifeboat records --journal journal");
    type("lifeboat records --journal journal --where channel=1 --as csv");

    Old old;
    JournalReader again = must(JournalReader::open("journal"));
    say("an engine that knows version 2 stops at what is newer: " +
        replay<Records<PaymentV2>>(old, again, {}).error().sentence());
  });
}
