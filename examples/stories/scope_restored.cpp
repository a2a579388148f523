// SPDX-License-Identifier: BSL-1.0
// Only a part of an archive is restored: an extract, to look at, beside the ledger that goes on.
#include "support/payments.hpp"
#include "support/pipeline.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

int main() {
  return tell([] {
    for (const char* month : {"01", "02", "03"}) {
      write_file(std::string("ledger/2026-") + month + "/payments", payments(0, 2'000));
      write_file(std::string("ledger/2026-") + month + "/statement.txt", std::string("month ") + month + "\n");
    }
    write_file("ledger/customers", std::string(500'000, 'c'));
    Pipeline pipeline = must(
        Pipeline::open({.source = {.root = "ledger"}, .medium = {.root = "backup", .create = true}, .state = "state"}));
    (void)must(pipeline.backup());
    say("three months of payments and a file of customers are backed up");

    write_file("ledger/2026-02/statement.txt", "overwritten by mistake\n");
    const RestoreRequest february{.target = "look", .only = {"/2026-02/statement.txt"}};
    const RestorePlan plan = must(pipeline.plan_restore(february));
    say("the plan: an extract of 1 file, which reads " + number(plan.read_bytes) + " bytes of the archive",
        plan.extract && plan.files == 1 && plan.read_bytes < 10'000);

    const RestoreReport extract = must(pipeline.restore(february));
    say("restored: February's statement as it was",
        extract.extract && read_file("look/2026-02/statement.txt") == "month 02\n");
    say("and nothing else", extract.files == 1 && !std::filesystem::exists("look/2026-02/payments") &&
                                !std::filesystem::exists("look/customers"));

    const RestoreReport months =
        must(pipeline.restore({.target = "payments", .only = {"payments"}, .exclude = {"/2026-03"}}));
    say("two patterns, in gitignore's words, restore the payments of January and February",
        months.files == 2 && add_up(read_file("payments/2026-01/payments")).payments == 2'000);
  });
}
