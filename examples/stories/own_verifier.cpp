// SPDX-License-Identifier: BSL-1.0
// A verifier of one's own: FNV-1a with 64 bits, its laws, and the combinations that it is good for.
#include <lifeboat/lifeboat.hpp>
#include <lifeboat/testing/laws/verifier.hpp>

#include "support/payments.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

class Fnv1a {
 public:
  /// Ids from 0x8000 on are yours: archives store the id, so it never changes.
  static constexpr VerifierTraits traits{.name = "fnv1a", .id = 0x8001, .size = 8, .cryptographic = false};
  struct Config {};

  class State {
   public:
    Status update(ByteView data) {
      for (const std::byte b : data) sum_ = (sum_ ^ static_cast<std::uint64_t>(b)) * 1099511628211ULL;
      return ok();
    }
    Status finish(MutableBytes out) {
      LIFEBOAT_CHECK(digest_fits(traits.name, traits.size, out));
      for (std::size_t i = 0; i < traits.size; ++i) out[i] = static_cast<std::byte>(sum_ >> (8 * i));
      sum_ = start;
      return ok();
    }

   private:
    static constexpr std::uint64_t start = 14695981039346656037ULL;
    std::uint64_t sum_ = start;
  };

  static Result<Fnv1a> open(Config) { return Fnv1a(); }
  [[nodiscard]] Result<State> begin() const { return State(); }
  Status digest(ByteView data, MutableBytes out) const {
    State state;
    LIFEBOAT_CHECK(state.update(data));
    return state.finish(out);
  }
};

using Checked = DisasterRecoveryPipeline<Full, Disk, NoSync, Fnv1a>;
static_assert(!valid_pipeline<Incremental, Disk, NoSync, Fnv1a>);

int main() {
  return tell([] {
    const testing::Laws laws = testing::verifier_laws<Fnv1a>();
    std::fputs(laws.report().c_str(), stdout);
    say("all laws hold", laws.all_hold());

    write_file("ledger/payments", payments(0, 1'000));
    Checked pipeline = must(
        Checked::open({.source = {.root = "ledger"}, .medium = {.root = "backup", .create = true}, .state = "state"}));
    (void)must(pipeline.backup());
    const Verification verified = must(pipeline.verify());
    say("backed up and verified by it, every stored byte", verified.report.good() && verified.report.unread == 0);
    (void)must(pipeline.restore({.target = "look"}));
    say("restored by it", add_up(read_file("look/payments")).payments == 1'000);
    say("with Incremental it does not compile: " + std::string(explain<Incremental, Disk, NoSync, Fnv1a>()));
  });
}
