// SPDX-License-Identifier: BSL-1.0
// Old archives go by a plan that is shown first and applied by its digest, so that what goes is what was seen.
#include <lifeboat/lifeboat.hpp>
#include <lifeboat/testing/fake_clock.hpp>

#include "support/payments.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;
using Daily = DisasterRecoveryPipeline<Full, Disk, NoSync, Sha256>;

int main() {
  return tell([] {
    testing::FakeClock clock;  // five days in a second
    write_file("ledger/payments", payments(0, 100));
    Daily pipeline = must(Daily::open({.source = {.root = "ledger"},
                                       .medium = {.root = "backup", .create = true},
                                       .plan = {.backup_every = std::chrono::hours(24), .keep = {.windows = 2}},
                                       .state = "state",
                                       .environment = {.clock = &clock}}));
    for (std::uint64_t day = 1; day <= 5; ++day) {
      clock.pass_seconds(24 * 3600);
      write_file("ledger/payments", payments(0, 100 * (day + 1)));
      (void)must(pipeline.backup());
    }
    say("five days, five fulls; two recovery windows are to be kept", must(pipeline.list()).archives.size() == 5);

    const PrunePlan shown = must(pipeline.plan_prune());
    for (const PruneWindow& window : shown.windows)
      say("  " + utc_text(window.newest).substr(0, 10) + " " + std::string(to_string(window.fate)));
    say("the plan: 3 archives go, 2 stay; nothing is done yet",
        shown.goes.size() == 3 && shown.stays.size() == 2 && must(pipeline.list()).archives.size() == 5);

    const Digest digest = must(plan_digest(shown, *pipeline.core().repository().structural));
    Digest another = digest;
    another.bytes[0] ^= std::byte{1};
    const auto refused = pipeline.prune(shown, another);
    say("asked to apply a plan of another digest, it refuses and changes nothing",
        !refused && refused.error().id() == ErrorId::plan_changed && must(pipeline.list()).archives.size() == 5);

    (void)must(pipeline.prune(shown, digest));
    say("applied: 2 archives are left", must(pipeline.list()).archives.size() == 2);
    clock.pass_seconds(25 * 3600);
    const PrunePlan nothing = must(pipeline.plan_prune());
    const SweepReport swept =
        must(pipeline.prune(nothing, must(plan_digest(nothing, *pipeline.core().repository().structural))));
    say("a day of grace later their bytes go too, and there is nothing more to plan",
        nothing.empty() && swept.removed.size() == 3);

    (void)must(pipeline.restore({.target = "look"}));
    say("what stays restores: 600 payments", add_up(read_file("look/payments")).payments == 600);
  });
}
