// SPDX-License-Identifier: BSL-1.0
// An engine of card payments says once, with its record types, what they mean to its books: which authorise, capture
// and refund, and which state a balance. From then on each restore, adoption and promotion asks for that, whoever runs
// it. A bug refunds too much, and states a balance that is none.
#include <lifeboat/failover/promote_replica.hpp>
#include <lifeboat/lifeboat.hpp>

#include "support/card_records.hpp"
#include "support/payment_record.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

// What the engine says that an account has.
struct Balance {
  std::uint64_t account;
  Money balance;
};
BOOST_HANA_ADAPT_STRUCT(Balance, account, balance);
template <>
struct lifeboat::RecordTraits<Balance> {
  static constexpr RecordNumber number = 4;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "balance";
  static constexpr std::array meanings{states_balance("account", "balance")};
};

using Pipeline = DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256>;

/// The archive has no state of its own here: all of it is in the journal.
struct Empty final : FreezeHook {
  Result<Frozen> freeze(std::chrono::steady_clock::time_point) override {
    return Frozen{.cut = {.kind = CutKind::frozen, .has_position = true, .position = applied}};
  }
  void thaw() noexcept override {}
  Position applied;
};

template <class... Records>
void log(Pipeline& bank, const Records&... records) {
  const bool logged = bank.append(records...)
                          .match([](Acked<LocalDurable>) { return true; }, [](NotWritten) { return false; },
                                 [](Unknown) { return false; });
  if (!logged) throw std::runtime_error("a group is not durable");
}

template <class Reports>
void say_checked(const Reports& reports) {
  for (const InvariantReport& report : reports) say("checked " + to_text(report));
}

int main() {
  return tell([] {
    std::filesystem::create_directory("bank");
    Empty hook;
    Pipeline bank = must(Pipeline::open({.source = {.id = "bank", .root = "bank", .freeze = &hook},
                                         .medium = {.root = "backup", .create = true},
                                         .sync = {.journal = "bank/journal", .to = {.replica = "copy"}},
                                         .keep_state = false}));
    log(bank, Card{Key{"C-1"}, {State::authorised}, {50'00, EUR}});
    log(bank, Card{Key{"C-1"}, {State::captured}, {30'00, EUR}}, Payment{Key{"C-1"}, {1}, {2}, {30'00, EUR}});
    hook.applied = {1, 2};
    must(bank.backup());
    log(bank, Refund{Key{"R-1"}, Key{"C-1"}, {20'00, EUR}}, Payment{Key{"R-1"}, {2}, {1}, {20'00, EUR}});
    log(bank, Balance{2, {10'00, EUR}});
    must(bank.sync());
    say("a restore of all of it:");
    say_checked(must(bank.restore({.target = "all"})).invariants);

    log(bank, Refund{Key{"R-2"}, Key{"C-1"}, {20'00, EUR}}, Payment{Key{"R-2"}, {2}, {1}, {20'00, EUR}});
    log(bank, Balance{2, {10'00, EUR}});
    must(bank.sync());
    say("a bug refunds as much again, and states the balance of before:");
    say_checked(must(bank.restore({.target = "broken"})).invariants);
    say("its adoption: " + bank.adopt({.target = "broken", .nothing_lost = true}).error().sentence());

    PromoteRequest request;
    request.by = "Alice";
    request.reason = "to see what it says";
    say("a promotion of the copy: " + promote_replica("copy", {}, request).error().sentence());

    RestoreRequest before{.target = "before", .point = RestorePoint::at_position({1, 4}), .accept_undone = 2};
    say("back to before the bug:");
    say_checked(must(bank.restore(before)).invariants);
  });
}
