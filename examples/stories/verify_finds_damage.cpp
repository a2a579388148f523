// SPDX-License-Identifier: BSL-1.0
// One bit flips on the medium: verify names archive, file and range; damage is never restored as if it were right.
#include "support/payments.hpp"
#include "support/pipeline.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

int main() {
  return tell([] {
    write_file("ledger/payments", payments(0, 4'000));
    write_file("ledger/customers", std::string(100'000, 'c'));
    Pipeline pipeline = must(
        Pipeline::open({.source = {.root = "ledger"}, .medium = {.root = "backup", .create = true}, .state = "state"}));
    const ArchiveId archive = must(pipeline.backup()).record.facts.archive;
    const Verification before = must(pipeline.verify({.depth = Depth::digests, .budget_bytes = 10ULL << 30U}));
    say("backed up and verified: every stored byte is as it was written",
        before.report.good() && before.report.unread == 0);

    const std::string object = "backup/archive/ledger/" + to_hex(archive.view()) + "/data.000000";
    std::string bytes = read_file(object);
    const std::size_t at = bytes.find(payments(3'210, 3'211)) + 24;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    write_file(object, bytes);
    say("one bit of payment 3210 flips on the medium");

    const Verification after = must(pipeline.verify());
    say("verify finds it: 1 finding", after.report.finding_count == 1);
    const VerifyFinding& found = after.report.findings.front();
    say("  in the archive " + to_hex(archive.view()).substr(0, 8), found.has_archive && found.archive == archive);
    say("  in the file " + found.path + ", bytes " + number(found.file_begin) + " to " + number(found.file_end),
        found.path == "payments" && found.file_begin <= 3'210 * 128 + 24 && found.file_end > 3'210 * 128 + 24);
    say("  the archive does not restore whole any more", !after.report.archives.front().restores_whole);

    const auto refused = pipeline.restore({.target = "look"});
    say("a restore of it is an error, and its target never appears", !refused && !std::filesystem::exists("look"));
    const RestoreReport rest = must(pipeline.restore({.target = "rest", .exclude = {"/payments"}}));
    say("all that is not damaged can be had",
        rest.files == 1 && read_file("rest/customers") == read_file("ledger/customers"));
  });
}
