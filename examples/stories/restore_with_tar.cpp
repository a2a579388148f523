// SPDX-License-Identifier: BSL-1.0
// A full archive is restored by cat and tar alone: no Lifeboat is needed, today or in twenty years.
#include "support/payments.hpp"
#include "support/pipeline.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

int main() {
  return tell([] {
    write_file("ledger/payments", payments(0, 5'000));
    write_file("ledger/2026/notes to self.txt", "a name with blanks\n");
    std::filesystem::create_symlink("../payments", "ledger/2026/all");
    std::filesystem::create_hard_link("ledger/payments", "ledger/payments.link");
    Pipeline pipeline = must(
        Pipeline::open({.source = {.root = "ledger"}, .medium = {.root = "backup", .create = true}, .state = "state"}));
    const BackupReport taken = must(pipeline.backup());
    say("a folder with files, a symbolic and a hard link is backed up: a full archive",
        taken.record.facts.strategy == StrategyId::full);

    const std::string volumes = "backup/archive/ledger/" + to_hex(taken.record.facts.archive.view()) + "/data.*";
    std::filesystem::create_directory("restored");
    say("$ cat data.* | tar -x --numeric-owner --anchored --exclude='.lifeboat-*' -C restored",
        std::system(("cat " + volumes +
                     " | LC_ALL=C tar -x --numeric-owner --anchored --exclude='.lifeboat-*' "
                     "-C restored")
                        .c_str()) == 0);
    say("$ diff -r --no-dereference ledger restored", std::system("diff -r --no-dereference ledger restored") == 0);
    say("no difference; the links are links",
        std::filesystem::read_symlink("restored/2026/all") == "../payments" &&
            std::filesystem::equivalent("restored/payments", "restored/payments.link"));
    say("how to do this without this page stands in backup/RECOVER.txt",
        read_file("backup/RECOVER.txt").find("cat data.* | LC_ALL=C tar -x") != std::string::npos);
  });
}
