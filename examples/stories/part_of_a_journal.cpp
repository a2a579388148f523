// SPDX-License-Identifier: BSL-1.0
// A merchant's accountant gets the payments of account 42, and no others: a part of the journal, kept in step, with the
// same positions. What is there balances and can be proved; what is not there says no more than that it was.
#include <lifeboat/journal/invariant_run.hpp>
#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/replay.hpp>
#include <lifeboat/record/invariants/debits_equal_credits.hpp>
#include <lifeboat/record/invariants/gapless_sequence.hpp>
#include <lifeboat/sync/scoped_copy.hpp>

#include "support/postings.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

void pay(Journal& journal, const std::string& key, std::uint64_t from, std::uint64_t to, std::int64_t cents) {
  journal.append(Payment{*Key::of(key)}, Debit{{from}, {cents, EUR}}, Credit{{to}, {cents, EUR}})
      .match([](Acked<LocalDurable>) {}, [](NotWritten) { throw std::runtime_error("not paid"); },
             [](Unknown) { throw std::runtime_error("unknown"); });
}

/// What the accountant's own program makes of it: it knows the records, and that some are left out.
struct Book {
  Status apply(const Records<Payment, Debit, Credit, LeftOut>::Group& group, Position position, Applying) {
    group.each([&](const Payment& payment) { say("  " + to_text(position) + " " + std::string(payment.key.view())); },
               [&](const Debit& debit) { balance -= debit.account.number == 42 ? debit.amount.minor : 0; },
               [&](const Credit& credit) { balance += credit.account.number == 42 ? credit.amount.minor : 0; },
               [&](const LeftOut& left_out) {
                 say("  " + to_text(position) + " left out: " + number(left_out.records) + " records");
               });
    return ok();
  }
  std::int64_t balance = 0;
};

int main() {
  return tell([] {
    const auto journal = must(Journal::open({.folder = "journal", .schemas = schemas()}));
    pay(*journal, "T-1", 7, 42, 100'00);
    pay(*journal, "T-2", 7, 43, 55'00);

    ScopedCopy part = must(ScopedCopy::open({.journal = "journal", .folder = "for-42", .only = {"account=42"}}));
    say("the accountant gets " + number(must(part.sync({})).items_sent) + " groups");
    pay(*journal, "T-3", 42, 7, 20'00);
    say("and the next pass brings " + number(must(part.sync({})).items_sent));

    Book book;
    JournalReader reader = must(JournalReader::open("for-42"));
    must(replay<Records<Payment, Debit, Credit, LeftOut>>(book, reader, {}));
    say("account 42 has " + number(static_cast<std::uint64_t>(book.balance)) + " cents", book.balance == 80'00);

    JournalReader again = must(JournalReader::open("for-42"));
    DebitsEqualCredits debits;
    GaplessSequence sequence;
    for (const InvariantReport& report : must(run_invariants(again, debits, sequence)))
      say("  checked " + to_text(report), report.holds);

    const SyncVerdict verdict = must(part.verify({}));
    say("whoever has the journal proves that the part lacks nothing: " + number(verdict.items) + " groups are equal",
        verdict.equal);
    say("a misspelt scope is refused: " +
        ScopedCopy::open({.journal = "journal", .folder = "other", .only = {"acount=42"}}).error().sentence());
    say("and nobody goes live with a part: " + Journal::open({.folder = "for-42"}).error().sentence());
  });
}
