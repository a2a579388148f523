// SPDX-License-Identifier: BSL-1.0
// An engine logs payments in a journal, and is killed in the middle of it. What it was told is paid, is there.
#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/reader.hpp>
#include <lifeboat/record/upgrade.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/payment_record.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

std::unique_ptr<Journal> open_journal() {
  return must(Journal::open({.folder = "journal", .schemas = {schema_bytes<Payment>()}}));
}

/// Pays until it is killed; says into the pipe how many payments are acknowledged.
[[noreturn]] void engine(int pipe) {
  const auto journal = open_journal();
  for (std::uint64_t n = 1;; ++n) {
    const Payment payment{*Key::of("A-" + number(n)), {1}, {2}, {125'00, EUR}};
    const bool paid = journal->append(payment).match(
        [](Acked<LocalDurable>) { return true; }, [](NotWritten) { return false; },  // not paid, and never will be
        [](Unknown) { return false; });  // ask fate when the journal is open again; never pay again
    if (!paid || ::write(pipe, &n, sizeof n) != sizeof n) ::_exit(1);
  }
}

int main() {
  return tell([] {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    const pid_t child = ::fork();
    if (child == 0) engine(ends[1]);
    ::close(ends[1]);
    std::uint64_t told = 0;
    while (told < 1'000 && ::read(ends[0], &told, sizeof told) == sizeof told) {
    }
    ::kill(child, SIGKILL);
    for (std::uint64_t more = 0; ::read(ends[0], &more, sizeof more) == sizeof more;) told = more;
    ::waitpid(child, nullptr, 0);
    ::close(ends[0]);
    say("the engine paid a thousand times and more, and was killed with -9", told >= 1'000);

    const auto journal = open_journal();
    say("every payment that it was told is durable is there", journal->recovery().last >= told);

    std::uint64_t found = 0;
    MoneySum sum{EUR};
    auto reader = must(JournalReader::open("journal"));  // any process may, also while the engine writes
    while (const auto group = must(reader.next())) {     // none: there is no more yet
      RecordsOfGroup records = group->records();
      const Payment payment = must(read_record<Payment>(1, records.next()->bytes));
      if (payment.key != *Key::of("A-" + number(++found)) || !sum.add(payment.amount))
        throw std::runtime_error("payment " + number(found) + " is not what it was");
    }
    say("each is whole, in order, and there once", found == journal->recovery().last);
    say("they add up", sum.minor == static_cast<MoneySum::Wide>(found) * 125'00);
  });
}
