// SPDX-License-Identifier: BSL-1.0
// Somebody who has an engine's journal, and not the engine, asks whether it adds up.
#include <lifeboat/journal/invariant_run.hpp>
#include <lifeboat/journal/journal.hpp>
#include <lifeboat/record/invariants/debits_equal_credits.hpp>
#include <lifeboat/record/invariants/gapless_sequence.hpp>
#include <lifeboat/record/invariants/unique_keys.hpp>

#include "support/payment_record.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

void pay(Journal& journal, const Payment& payment) {
  const bool paid = journal.append(payment).match([](Acked<LocalDurable>) { return true; },
                                                  [](NotWritten) { return false; }, [](Unknown) { return false; });
  if (!paid) throw std::runtime_error("a payment is not durable");
}

/// An invariant of one's own: no payment goes from an account to itself.
struct NothingToItself {
  static constexpr std::string_view name = "nothing-to-itself";

  Status see(const SeenGroup& group) {
    for (const SeenRecord& record : group.records) {
      const auto from = value_at(record.value, "from");
      const auto to = value_at(record.value, "to");
      if (!from || !to) continue;
      tally.rows();
      if (from->as_unsigned() == to->as_unsigned())
        tally.fails(group.position, [&] { return "a payment from " + value_text(*from) + " to itself"; });
    }
    return ok();
  }
  Result<InvariantReport> finish() { return tally.report(name); }

  InvariantTally tally;
};

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

int main() {
  return tell([] {
    const auto journal = must(Journal::open({.folder = "journal", .schemas = {schema_bytes<Payment>()}}));
    for (std::uint64_t n = 1; n <= 100; ++n) pay(*journal, {*Key::of("A-" + number(n)), {n}, {n + 1}, {19'99, EUR}});
    pay(*journal, {Key{"A-7"}, {7}, {8}, {19'99, EUR}});
    say("a hundred payments, one of them asked for twice and answered the same:");
    look();
    pay(*journal, {Key{"A-8"}, {5}, {5}, {19'99, EUR}});
    say("one more, with a key that was another payment's, and to the account that it comes from:");
    look();
  });
}
