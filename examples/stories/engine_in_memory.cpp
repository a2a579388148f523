// SPDX-License-Identifier: BSL-1.0
// An engine whose state lives in memory: backed up while it runs, lost, restored, and brought up to date by its
// journal.
#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/replay.hpp>
#include <lifeboat/lifeboat.hpp>

#include <map>

#include "support/payment_record.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

/// The engine's records, and what they add up to: balances.
using Logged = Records<Payment>;

class Balances {
 public:
  Result<Position> save(StateWriter& writer) {
    LIFEBOAT_CHECK(writer.fixed(static_cast<std::uint64_t>(cents_.size())));
    for (const auto& [account, cents] : cents_) {
      LIFEBOAT_CHECK(writer.fixed(account));
      LIFEBOAT_CHECK(writer.fixed(cents));
    }
    return at_;
  }
  Status load(StateReader& reader) {
    LIFEBOAT_TRY(const std::uint64_t accounts, reader.fixed<std::uint64_t>());
    for (std::uint64_t i = 0; i < accounts; ++i) {
      LIFEBOAT_TRY(const std::uint64_t account, reader.fixed<std::uint64_t>());
      LIFEBOAT_TRY(cents_[account], reader.fixed<std::int64_t>());
    }
    at_ = reader.position();
    return ok();
  }
  Status apply(const Logged::Group& group, Position position, Applying how) {
    group.each([&](const Payment& payment) {
      cents_[payment.from.number] -= payment.amount.minor;
      cents_[payment.to.number] += payment.amount.minor;
      if (how.live()) ++letters_sent;  // never while it is replayed
    });
    at_ = position;
    return ok();
  }
  [[nodiscard]] Position at() const { return at_; }

  int letters_sent = 0;
  friend bool operator==(const Balances& a, const Balances& b) { return a.cents_ == b.cents_ && a.at_ == b.at_; }

 private:
  std::map<std::uint64_t, std::int64_t> cents_;
  Position at_;
};

void pay(Journal& journal, Balances& balances, std::uint64_t n) {
  const Payment payment{*Key::of("A-" + number(n)), {n % 10}, {n % 7 + 20}, {static_cast<std::int64_t>(n), EUR}};
  const Position at =
      journal.append(payment).match([](Acked<LocalDurable> acked) { return acked.position; },
                                    [](NotWritten) { return Position{}; }, [](Unknown) { return Position{}; });
  if (at == Position{}) throw std::runtime_error("a payment is not durable");
  must(apply_live<Logged>(balances, at, {}, payment));
}

using Pipeline = DisasterRecoveryPipeline<Full, Disk, NoSync, Sha256, Engine<Balances, Logged>>;

Pipeline open(Balances& balances) {
  return must(Pipeline::open(
      {.source = {.id = "ledger", .state = &balances}, .medium = {.root = "backup", .create = true}, .state = "kept"}));
}

int main() {
  return tell([] {
    Balances before;
    {
      const auto journal = must(Journal::open({.folder = "journal", .schemas = {schema_bytes<Payment>()}}));
      for (std::uint64_t n = 1; n <= 300; ++n) pay(*journal, before, n);
      const BackupReport backup = must(open(before).backup());
      say("300 payments; the state is backed up as of " + to_text(backup.record.facts.position));
      for (std::uint64_t n = 301; n <= 400; ++n) pay(*journal, before, n);
      say("100 more, then the machine stops: the journal is all that knows them", before.letters_sent == 400);
    }

    Balances after;
    must(open(after).restore({.target = "restored"}));
    const Position loaded = must(load_state(after, "restored/state"));
    say("the archive is restored and loaded: the state is as of " + to_text(loaded));

    JournalReader reader = must(JournalReader::open("journal", loaded));
    const ReplayReport replayed = must(replay<Logged>(after, reader, loaded));
    say(number(replayed.groups) + " groups are replayed, up to " + to_text(replayed.to));
    say("it is the state that was lost, and nobody had a letter twice", after == before && after.letters_sent == 0);
  });
}
