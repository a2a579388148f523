// SPDX-License-Identifier: BSL-1.0
// A payment and its postings are one group: three records, a list of them, or as many as a payroll has. Each is whole
// or absent, also after a power cut in the middle of it.
#include <lifeboat/journal/invariant_run.hpp>
#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/replay.hpp>
#include <lifeboat/record/invariants/debits_equal_credits.hpp>

#include "support/postings.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

std::unique_ptr<Journal> open_journal() { return must(Journal::open({.folder = "journal", .schemas = schemas()})); }

std::string outcome(AppendOutcome<LocalDurable> appended) {
  return appended.match([](Acked<LocalDurable> acked) { return "durable, as " + to_text(acked.position); },
                        [](NotWritten refused) { return "not written: " + std::string(to_string(refused.id)); },
                        [](Unknown) { return std::string("unknown: ask fate"); });
}

/// Says of each group how many postings it has, and what left and arrived.
struct Telling {
  Status apply(const Logged::Group& group, Position position, Applying) {
    std::string key;
    std::int64_t left = 0;
    std::int64_t arrived = 0;
    int postings = 0;
    group.each([&](const Payment& payment) { key = payment.key.view(); },
               [&](const Debit& debit) { left += debit.amount.minor, ++postings; },
               [&](const Credit& credit) { arrived += credit.amount.minor, ++postings; });
    say("  " + to_text(position) + " " + key + ": " + std::to_string(postings) + " postings, " + std::to_string(left) +
            " cents left and arrived",
        left == arrived);
    return ok();
  }
};

void look() {
  Telling telling;
  JournalReader reader = must(JournalReader::open("journal"));
  must(replay<Logged>(telling, reader, {}));
  JournalReader again = must(JournalReader::open("journal"));
  DebitsEqualCredits debits;
  for (const InvariantReport& report : must(run_invariants(again, debits)))
    say("  checked " + to_text(report), report.proven());
}

/// What a power cut does to the bytes that were written last.
void tear_the_end() {
  const char* const last = "journal/segment-0000000001";
  const std::size_t end = read_file(last).find_last_not_of('\0') + 1;
  std::fstream file(last, std::ios::in | std::ios::out | std::ios::binary);
  if (!file.seekp(static_cast<std::streamoff>(end - 200)).write(std::string(200, '\0').data(), 200))
    throw std::runtime_error("the journal can not be torn");
}

int main() {
  return tell([] {
    {
      const auto journal = open_journal();
      say("a transfer: " +
          outcome(journal->append(Payment{Key{"T-1"}}, Debit{{1}, {100'00, EUR}}, Credit{{2}, {100'00, EUR}})));

      const std::vector<Credit> shares{{{2}, {97'50, EUR}}, {{900}, {2'00, EUR}}, {{901}, {50, EUR}}};
      say("one with its fees: " +
          outcome(journal->append(Payment{Key{"T-2"}}, Debit{{1}, {100'00, EUR}}, std::span(shares))));

      // Of a payroll nobody knows the length when this is compiled. The group's room is made once, and used again.
      RecordGroup payroll(64U << 10U);
      for (const unsigned employees : {3U, 400U}) {
        payroll.clear();
        must(payroll.add(Payment{*Key::of("payroll-" + number(employees))}));
        must(payroll.add(Debit{{1}, {2'000'00 * std::int64_t{employees}, EUR}}));
        for (unsigned n = 0; n < employees; ++n) must(payroll.add(Credit{{1'000 + n}, {2'000'00, EUR}}));
        say("a payroll of " + number(employees) + ": " + outcome(journal->append(payroll)));
      }

      RecordGroup small(256);
      Status added = ok();
      while (added) added = small.add(Credit{{2}, {1'00, EUR}});
      say("what is too large is refused before anything is written: " + std::string(added.error().sentence()));
      say("nothing in it: " + outcome(journal->append(RecordGroup())));
    }
    look();

    tear_the_end();
    say("a power cut tears the last group: all of that payroll is absent, and nothing before it",
        open_journal()->recovery().cut_bytes > 0);
    look();
  });
}
