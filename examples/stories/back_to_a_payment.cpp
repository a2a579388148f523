// SPDX-License-Identifier: BSL-1.0
// Rung (f), the journal is the engine's write-ahead log: a bug pays twice the amount from some payment on. The engine
// goes back to just before it, knows what that leaves behind, and pays nothing twice afterwards.
#include <fstream>
#include <map>

#include <lifeboat/lifeboat.hpp>
#include <lifeboat/restore/doubt.hpp>

#include "support/nothing_to_itself.hpp"
#include "support/payment_record.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

using Pipeline = DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256>;

/// Balances in a file, with the position of the last payment in them: both are written by one rename.
class Balances final : public FreezeHook {
 public:
  explicit Balances(std::string root) : path_(std::move(root) + "/balances") {
    std::ifstream file(path_);
    file >> applied_.epoch >> applied_.sequence;
    for (std::uint64_t account = 0; file >> account;) file >> cents_[account];
  }

  [[nodiscard]] Position applied() const noexcept { return applied_; }
  void apply(const Payment& payment, Position position) {
    if (position <= applied_) return;
    cents_[payment.from.number] -= payment.amount.minor;
    cents_[payment.to.number] += payment.amount.minor;
    applied_ = position;
  }
  void save() const {
    std::ofstream file(path_ + ".new");
    file << applied_.epoch << ' ' << applied_.sequence << '\n';
    for (const auto& [account, cents] : cents_) file << account << ' ' << cents << '\n';
    file.close();
    std::filesystem::rename(path_ + ".new", path_);
  }
  [[nodiscard]] std::int64_t of(std::uint64_t account) { return cents_[account]; }

  Result<Frozen> freeze(std::chrono::steady_clock::time_point) override {
    save();
    return Frozen{.cut = {.kind = CutKind::frozen, .has_position = true, .position = applied_}};
  }
  void thaw() noexcept override {}

 private:
  std::string path_;
  Position applied_;
  std::map<std::uint64_t, std::int64_t> cents_;
};

/// What must be true of the bank's payments, and only the bank can state.
Invariants of_the_bank(const std::string&) { return invariants_of(NothingToItself()); }

/// The engine: what is in its journal is paid, and its balances follow.
class Bank {
 public:
  explicit Bank(const std::string& root)
      : balances_(root),
        pipeline_(must(Pipeline::open({.source = {.id = "bank", .root = root, .freeze = &balances_},
                                       .medium = {.root = "backup", .create = true},
                                       .sync = {.journal = root + "/journal"},
                                       .keep_state = false,
                                       .invariants = &of_the_bank}))) {
    JournalReader journal = must(JournalReader::open(root + "/journal"));
    while (const auto group = must(journal.next())) {
      RecordsOfGroup records = group->records();
      while (const auto record = records.next())
        if (record->number == record_number<Payment>())
          balances_.apply(*decode_record<Payment>(record->bytes), group->position);
    }
  }

  std::string pay(const std::string& key, std::int64_t cents) {
    const Payment payment{*Key::of(key), {1}, {2}, {cents, EUR}};
    return pipeline_.append_once(payment).match(
        [&](Acked<LocalDurable> a) {
          balances_.apply(payment, a.position);
          return "paid at " + to_text(a.position);
        },
        [](Already a) { return "the same payment, paid at " + to_text(a.position); },
        [](InDoubt) { return std::string("hold: may have been paid before the disaster"); },
        [](NotWritten n) { return "not paid: " + std::string(to_string(n.id)); },
        [](Unknown u) { return "ask again, never pay again: " + to_text(u.position); });
  }
  [[nodiscard]] std::int64_t balance(std::uint64_t account) { return balances_.of(account); }
  Pipeline& pipeline() { return pipeline_; }

 private:
  Balances balances_;
  Pipeline pipeline_;
};

int main() {
  return tell([] {
    std::filesystem::create_directory("bank");
    {
      Bank engine("bank");
      say("A-1: " + engine.pay("A-1", 100'00));
      say("A-2: " + engine.pay("A-2", 50'00));
      must(engine.pipeline().backup());
      say("A-3: " + engine.pay("A-3", 25'00));
      say("A-3 again: " + engine.pay("A-3", 25'00));
      say("A-3 with another amount: " + engine.pay("A-3", 26'00));
      for (int n = 4; n <= 6; ++n)
        say("A-" + std::to_string(n) + ", by a bug twice as much: " + engine.pay("A-" + std::to_string(n), 2 * 10'00));
      must(engine.pipeline().sync());
      say("account 2 has " + std::to_string(engine.balance(2)) + " cents");

      RestoreRequest request{.target = "bank.before",
                             .point = RestorePoint::before_first({must(parse_filter("key=A-4"))})};
      const auto plan = must(engine.pipeline().plan_restore(request));
      say("the plan goes back to " + to_text(plan.tail->upto) + " and leaves " +
          std::to_string(plan.tail->undone.groups) + " payments behind, " + to_text(plan.tail->undone.sums.at(EUR)));
      say("not accepted: " + engine.pipeline().restore(request).error().sentence());
      request.accept_undone = plan.tail->undone.groups;
      const auto restored = must(engine.pipeline().restore(request));
      for (const InvariantReport& report : restored.invariants) say("checked " + to_text(report));
      say("listed in " + plan.undone_list);
      const auto adopted = must(engine.pipeline().adopt({.target = "bank.before", .nothing_lost = true}));
      say("adopted: epoch " + std::to_string(adopted.epoch) + " begins behind " + to_text(adopted.after));
      say("the old engine: " + engine.pipeline().sync().error().sentence());
    }
    Bank engine("bank.before");
    say("account 2 has " + std::to_string(engine.balance(2)) + " cents");
    say("A-3 again: " + engine.pay("A-3", 25'00));
    say("A-4 again, as its client does not know: " + engine.pay("A-4", 10'00));
    must(engine.pipeline().doubt()->close_key("A-4", KeyVerdict::not_paid,
                                              {.by = "alice", .note = "rail file of today"}));
    say("A-4, when alice has settled that it was not paid: " + engine.pay("A-4", 10'00));
    say("A-7: " + engine.pay("A-7", 10'00));
    must(engine.pipeline().sync());
  });
}
