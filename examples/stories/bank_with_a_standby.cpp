// SPDX-License-Identifier: BSL-1.0
// A bank's ledger, and a hot standby in a second process. The bank's machine dies under load (kill -9). The standby is
// promoted: all that was acknowledged is there, the books balance, and whoever asks again is not paid twice.
#include <charconv>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include <lifeboat/failover/standby_state.hpp>
#include <lifeboat/journal/invariant_run.hpp>
#include <lifeboat/lifeboat.hpp>
#include <lifeboat/record/invariants/debits_equal_credits.hpp>
#include <lifeboat/record/invariants/gapless_sequence.hpp>
#include <lifeboat/record/invariants/unique_keys.hpp>
#include <lifeboat/restore/doubt.hpp>
#include <lifeboat/sync/transport/tcp.hpp>
#include <lifeboat/sync/transport/tcp_receiver.hpp>

#include "support/certificates.hpp"
#include "support/child.hpp"
#include "support/postings.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

using Pipeline = DisasterRecoveryPipeline<Full, Disk, BasicLogSync<Tcp>, Sha256>;

/// What a client asks for. Its key is a token that the bank hands out beforehand: the bank's epoch, a desk, a number.
struct Order {
  unsigned epoch = 1;
  unsigned desk = 0;
  unsigned n = 0;
  [[nodiscard]] std::string key() const { return number(epoch) + "-" + number(desk) + "-" + number(n); }
  friend bool operator==(const Order&, const Order&) = default;
};
constexpr unsigned desks = 4;
constexpr Order unlucky{1, 2, 11};   // it is paid, and the line to its client breaks before that is told
constexpr Order of_nobody{1, 9, 1};  // it never reached anybody, but who can know that?

/// What the bank vouches for about a key, whatever a client says: when it handed it out.
Stamp vouched(std::string_view key) {
  std::uint64_t epoch = 0;
  std::from_chars(key.data(), key.data() + key.size(), epoch);
  return {.epoch = epoch};
}

TlsConfig certificate_of(const std::string& machine, const std::string& peer = {}) {
  return {.certificate = machine + ".pem", .key = machine + ".key", .authority = "authority.pem", .peer_name = peer};
}

/// The bank as it runs on a machine, with its standby.
Pipeline open_bank(const std::string& machine, const std::string& standby, std::uint16_t port, LostStandby lost) {
  return must(Pipeline::open({.source = {.id = "ledger", .root = machine},
                              .medium = {.root = machine + ".backup", .create = true},
                              .sync = {.journal = machine + "/journal",
                                       .to = {.standby = {"127.0.0.1", port}, .tls = certificate_of(machine, standby)},
                                       .schemas = schemas(),
                                       .lost_standby = lost},
                              .keep_state = false,
                              .stamp = &vouched}));
}
/// The standby's end of it, for whichever of the bank's machines is the primary.
std::unique_ptr<TcpReceiver> open_receiver(const std::string& machine) {
  std::filesystem::create_directory(machine);
  return must(TcpReceiver::open({.replica = {.folder = machine + "/journal"},
                                 .listen = {"127.0.0.1", 0},
                                 .tls = certificate_of(machine),
                                 .schemas = schemas()}));
}

/// Pays an order once, and says what its client is told.
std::string pay(Pipeline& bank, const Order& order) {
  const Money amount{100 * std::int64_t{order.n} + order.desk, EUR};
  return bank
      .append_once_until<StandbyDurable>(std::chrono::steady_clock::now() + std::chrono::minutes(1),
                                         Payment{*Key::of(order.key())}, Debit{{100 + order.desk}, amount},
                                         Credit{{200 + order.n % 7}, amount})
      .match([](Acked<StandbyDurable>) { return std::string("paid"); },
             [](Acked<LocalDurable>) { return std::string("paid, on this machine alone"); },
             [](Already) { return std::string("was paid already"); },
             [](InDoubt) { return std::string("hold: it may have been paid before the disaster"); },
             [](NotWritten refused) { return "not paid: " + std::string(to_string(refused.id)); },
             [](Unknown) { return std::string("ask again with the same key"); });
}

/// Four desks pay as fast as they can, until the machine dies. A receipt is for what is durable on two machines.
void be_primary(std::uint16_t port, const Pipe& receipts) {
  std::filesystem::create_directory("first");
  Pipeline bank = open_bank("first", "second", port, LostStandby::wait);
  std::vector<std::jthread> at_work;
  for (unsigned desk = 1; desk <= desks; ++desk)
    at_work.emplace_back([&, desk] {
      for (Order order{1, desk, 1};; ++order.n) {
        if (pay(bank, order) != "paid") ::_exit(1);
        if (order != unlucky && !receipts.put(order)) ::_exit(1);
      }
    });
}

/// The ledger as the standby keeps it: every payment once, and what each account has.
class Books {
 public:
  Status apply(const Logged::Group& group, Position position, Applying) {
    group.each([&](const Payment& p) { paid_twice_ |= !paid_.emplace(p.key.view()).second; },
               [&](const Debit& d) { cents_[d.account.number] -= d.amount.minor; },
               [&](const Credit& c) { cents_[c.account.number] += c.amount.minor; });
    at_ = position;
    return ok();
  }
  /// The last group that is in them: who keeps them in a database writes it in the same transaction.
  [[nodiscard]] Position at() const { return at_; }
  [[nodiscard]] bool has(const std::string& key) const { return paid_.contains(key); }
  [[nodiscard]] bool paid_twice() const { return paid_twice_; }
  [[nodiscard]] std::int64_t total() const {
    std::int64_t sum = 0;
    for (const auto& [account, cents] : cents_) sum += cents;
    return sum;
  }

 private:
  std::set<std::string, std::less<>> paid_;
  std::map<std::uint64_t, std::int64_t> cents_;
  bool paid_twice_ = false;
  Position at_;
};

/// Keys of all payments in a journal, whoever wrote it.
std::set<std::string> keys_in(const std::string& journal) {
  std::set<std::string> keys;
  JournalReader reader = must(JournalReader::open(journal));
  while (const auto group = must(reader.next())) {
    RecordsOfGroup records = group->records();
    while (const auto record = records.next())
      if (record->number == record_number<Payment>()) keys.emplace(decode_record<Payment>(record->bytes)->key.view());
  }
  return keys;
}

void audit(const std::string& journal) {
  JournalReader reader = must(JournalReader::open(journal));
  DebitsEqualCredits debits;
  GaplessSequence sequence;
  UniqueKeys keys({.space = {.folder = "."}});
  for (const InvariantReport& report : must(run_invariants(reader, debits, sequence, keys)))
    say("  " + report.name + ": holds", report.proven());
}

int main() {
  return tell([] {
    const Identity authority = issue("The bank's authority");
    write_identity("authority", authority);
    for (const char* machine : {"first", "second", "third"}) write_identity(machine, issue(machine, authority));

    // The first machine, before this process has threads; it begins when it hears where its standby listens.
    Pipe port_of_standby;
    Pipe receipts;
    Child first([&] {
      std::uint16_t port = 0;
      if (port_of_standby.take(port)) be_primary(port, receipts);
    });
    receipts.to.reset();

    auto receiver = open_receiver("second");
    if (!port_of_standby.put(receiver->port())) throw std::runtime_error("the first machine did not start");
    Books books;
    StandbyState<Logged, Books> follows(books);
    auto standby = must(Standby::open({.receiver = std::move(receiver), .state = &follows, .applied = books.at()}));

    std::vector<Order> acknowledged;
    unsigned behind_the_unlucky_one = 0;
    for (Order one; acknowledged.size() < 200 || behind_the_unlucky_one < 10;) {
      if (!receipts.take(one)) throw std::runtime_error("the first machine stopped by itself");
      acknowledged.push_back(one);
      if (one.desk == unlucky.desk && one.n > unlucky.n) ++behind_the_unlucky_one;
    }
    say("four desks take payments; a client has its receipt when two machines have its payment");
    first.kill();
    for (Order one; receipts.take(one);) acknowledged.push_back(one);
    say("the first machine is dead, in the middle of it");

    auto promotion = must(standby->promote(
        {.by = "Alice", .reason = "first does not answer, and has no power", .journal = {.schemas = schemas()}}));
    write_file("loss", to_text(promotion.loss));  // known, possible, and unknown
    say("Alice promotes the second: it goes on in epoch " + number(promotion.epoch));
    say("what the first may have paid without its word getting out is in doubt, until somebody looks",
        promotion.window != 0);
    promotion.journal.reset();  // the pipeline opens it
    standby.reset();

    bool all_there = true;
    for (const Order& order : acknowledged) all_there &= books.has(order.key());
    say("every payment that was acknowledged is in its books, and none twice", all_there && !books.paid_twice());
    say("what left some accounts has arrived on others: all add up to nothing", books.total() == 0);
    audit("second/journal");

    say("the second machine opens as the bank, and the third is its standby");
    auto third = open_receiver("third");
    {
      Pipeline bank = open_bank("second", "third", third->port(), LostStandby::wait);
      const Position before = bank.durable();
      say("a client with a receipt asks again: " + pay(bank, acknowledged.front()));
      say("one whose receipt was lost asks again: " + pay(bank, unlucky));
      say("one with a token of before, of whom nobody knows: " + pay(bank, of_nobody));
      say("nothing was written for these three", bank.durable() == before);
      say("one with a token of today: " + pay(bank, {2, 1, 1}));

      must(bank.doubt()->close_key(of_nobody.key(), KeyVerdict::not_paid, {.by = "Alice", .note = "clearing file"}));
      say("the clearing file says that the unknown one was not paid, Alice writes that down; it asks: " +
          pay(bank, of_nobody));
      say("and once more: " + pay(bank, of_nobody));
      must(bank.sync());
      const SyncVerdict verdict = must(bank.verify_sync());
      say("the third machine has all of it", verdict.equal && verdict.moved_on_count == 0);
    }
    audit("third/journal");

    const std::set<std::string> on_its_disk = keys_in("first/journal");
    bool all_on_both = true;
    for (const Order& order : acknowledged) all_on_both &= on_its_disk.contains(order.key());
    say("the first machine is repaired; every payment that it acknowledged is on its disk, too", all_on_both);
    Pipeline late = open_bank("first", "third", third->port(), LostStandby::stop);
    ErrorId refusal{};
    for (const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
         refusal != ErrorId::fenced && std::chrono::steady_clock::now() < until;)
      if (const auto passed = late.sync(); !passed) refusal = passed.error().id();
    say("it wants to be the bank again, and is told: " + std::string(to_string(refusal)), refusal == ErrorId::fenced);
    say("a client that asks there: " + pay(late, {1, 1, 1'000'000}));
  });
}
