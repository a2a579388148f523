// SPDX-License-Identifier: BSL-1.0
// A payment ledger is written, backed up, lost with its disk, restored from the backup alone, and compared.
#include "support/payments.hpp"
#include "support/pipeline.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

Pipeline open() {
  return must(
      Pipeline::open({.source = {.root = "ledger"}, .medium = {.root = "backup", .create = true}, .state = "state"}));
}

int main() {
  return tell([] {
    write_file("ledger/payments", payments(0, 10'000));
    write_file("ledger/2026/closing.txt", "the books are closed on the last day of the month\n");
    const BackupReport first = must(open().backup());
    say("Monday:    10000 payments are written, and backed up as a full archive of 2 files",
        first.record.facts.strategy == StrategyId::full);

    write_file("ledger/payments", payments(0, 10'500));
    const std::string ledger = read_file("ledger/payments");
    const std::string closing = read_file("ledger/2026/closing.txt");
    const BackupReport second = must(open().backup());
    say("Tuesday:   500 more; the second archive stores what is new, less than a tenth of the ledger",
        second.record.facts.strategy == StrategyId::incremental &&
            second.record.facts.stored_bytes < ledger.size() / 10);

    std::filesystem::remove_all("ledger");
    std::filesystem::remove_all("state");
    say("Wednesday: the disk is lost: no ledger, and nothing that Lifeboat kept beside it",
        !std::filesystem::exists("ledger/payments"));

    std::filesystem::create_directory("ledger");  // the new disk
    const RestoreReport restored = must(open().restore({.target = "ledger"}));
    say("Thursday:  a new disk; the ledger is restored from the backup alone, every block verified as it was written",
        restored.not_restored == 0);

    say("compared:  the ledger is byte for byte what it was on Tuesday",
        read_file("ledger/payments") == ledger && read_file("ledger/2026/closing.txt") == closing);
    const Books books = add_up(read_file("ledger/payments"));
    say("added up:  10500 payments, each checksum right, no gap, " + money(books.cents),
        books.payments == 10'500 && books.tail == 0);
  });
}
