// SPDX-License-Identifier: BSL-1.0
// Somebody who has an engine's journal, and not the engine, asks whether it adds up. Of card payments the journal
// itself says more: which records authorise, capture and refund.
#include <lifeboat/journal/invariant_run.hpp>
#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/newest_header.hpp>
#include <lifeboat/record/invariants/debits_equal_credits.hpp>
#include <lifeboat/record/invariants/declared.hpp>
#include <lifeboat/record/invariants/gapless_sequence.hpp>
#include <lifeboat/record/invariants/unique_keys.hpp>

#include "support/card_records.hpp"
#include "support/nothing_to_itself.hpp"
#include "support/payment_record.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

template <class Record>
void put(Journal& journal, const Record& record) {
  const bool logged = journal.append(record).match([](Acked<LocalDurable>) { return true; },
                                                   [](NotWritten) { return false; }, [](Unknown) { return false; });
  if (!logged) throw std::runtime_error("a record is not durable");
}

/// Knows no struct of the engine: what it reads, it reads by the schemas in the journal.
void look() {
  JournalReader reader = must(JournalReader::open("journal"));
  DebitsEqualCredits debits;
  GaplessSequence sequence;
  UniqueKeys keys({.space = {.folder = "."}});
  NothingToItself mine;
  for (const InvariantReport& report : must(run_invariants(reader, debits, sequence, keys, mine)))
    std::puts(to_text(report).c_str());
}

/// Reads no struct either: which records are which stands in the schemas.
void look_at_cards() {
  const DeclaredBooks books = declared_books(must(newest_header("cards")).schemas);
  JournalReader reader = must(JournalReader::open("cards"));
  CapturesWithinAuthorised captures(books.payments);
  RefundsWithinCaptured refunds(books.payments);
  for (const InvariantReport& report : must(run_invariants(reader, captures, refunds)))
    std::puts(to_text(report).c_str());
}

int main() {
  return tell([] {
    {
      const auto journal = must(Journal::open({.folder = "journal", .schemas = {schema_bytes<Payment>()}}));
      for (std::uint64_t n = 1; n <= 100; ++n)
        put(*journal, Payment{*Key::of("A-" + number(n)), {n}, {n + 1}, {19'99, EUR}});
      put(*journal, Payment{Key{"A-7"}, {7}, {8}, {19'99, EUR}});
      say("a hundred payments, one of them asked for twice and answered the same:");
      look();
      put(*journal, Payment{Key{"A-8"}, {5}, {5}, {19'99, EUR}});
      say("one more, with a key that was another payment's, and to the account that it comes from:");
      look();
    }
    const auto journal =
        must(Journal::open({.folder = "cards", .schemas = {schema_bytes<Card>(), schema_bytes<Refund>()}}));
    put(*journal, Card{Key{"C-1"}, {State::authorised}, {50'00, EUR}});
    put(*journal, Card{Key{"C-1"}, {State::captured}, {30'00, EUR}});
    put(*journal, Refund{Key{"R-1"}, Key{"C-1"}, {20'00, EUR}});
    say("a card's payment, part of it captured, and part of that refunded:");
    look_at_cards();
    put(*journal, Refund{Key{"R-2"}, Key{"C-1"}, {20'00, EUR}});
    say("and as much refunded again:");
    look_at_cards();
  });
}
