// SPDX-License-Identifier: BSL-1.0
// Rung (e): an engine with a database of its own (SQLite), and the journal beside it, in either order. It is killed at
// every step of both; when it is started again the two are equal, nothing is lost, and nothing is paid twice.
#include <algorithm>
#include <map>
#include <vector>

#include <lifeboat/lifeboat.hpp>

#include "support/child.hpp"
#include "support/payment_record.hpp"
#include "support/sqlite.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

/// The number of the outbox's row that a group was made of.
struct OutboxRow {
  std::uint64_t number;
};
BOOST_HANA_ADAPT_STRUCT(OutboxRow, number);
template <>
struct lifeboat::RecordTraits<OutboxRow> {
  static constexpr RecordNumber number = 2;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "outbox-row";
};
using Logged = Records<Payment, OutboxRow>;
using Pipeline = DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256, With<Directory, Logged>>;

Pipeline open_pipeline(const std::string& root) {
  return must(Pipeline::open({.source = {.id = "bank", .root = root},
                              .medium = {.root = root + ".backup", .create = true},
                              .sync = {.journal = root + "/journal",
                                       .schemas = {schema_bytes<Payment>(), schema_bytes<OutboxRow>()},
                                       .segment_length = 256U << 10U,
                                       .queue_bytes = 64U << 10U},
                              .keep_state = false}));
}

/// The step at which kill -9 comes.
std::string_view fatal;
void step(std::string_view now) {
  if (now == fatal) ::kill(::getpid(), SIGKILL);
}

/// The bank's database: payments, what they add up to, an outbox, and how far the journal is in it.
class Books {
 public:
  explicit Books(const std::string& root) : db(root + "/bank.sqlite") {
    for (const char* line :
         {"CREATE TABLE IF NOT EXISTS account(number INTEGER PRIMARY KEY, cents INTEGER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS payment(key TEXT PRIMARY KEY, debit INTEGER, credit INTEGER, cents INTEGER)",
          "CREATE TABLE IF NOT EXISTS outbox(row INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE)",
          "CREATE TABLE IF NOT EXISTS journal(one INTEGER PRIMARY KEY, epoch INTEGER, sequence INTEGER, row INTEGER)",
          "INSERT OR IGNORE INTO journal VALUES(1, 0, 0, 0)"})
      db.run(line);
  }

  bool has(const Key& key) { return db.number("SELECT count(*) FROM payment WHERE key = ?", key.view()) != 0; }
  void put(const Payment& p) {
    const auto move = [&](std::uint64_t account, std::int64_t cents) {
      db.run("INSERT INTO account VALUES(?1, ?2) ON CONFLICT(number) DO UPDATE SET cents = cents + ?2", account, cents);
    };
    move(p.from.number, -p.amount.minor);
    move(p.to.number, p.amount.minor);
    db.run("INSERT INTO payment VALUES(?, ?, ?, ?)", p.key.view(), p.from.number, p.to.number, p.amount.minor);
  }
  void stands_at(Position at, std::uint64_t row = 0) {
    db.run("UPDATE journal SET epoch = ?, sequence = ?, row = ?", at.epoch, at.sequence, row);
  }
  Position stands() {
    return {static_cast<std::uint64_t>(db.number("SELECT epoch FROM journal")),
            static_cast<std::uint64_t>(db.number("SELECT sequence FROM journal"))};
  }

  Database db;
};

// Journal first: a payment is made when the journal has it, and the database follows.
class JournalFirst {
 public:
  static constexpr const char* folder = "journal-first";

  explicit JournalFirst(const std::string& root) : books_(root), pipeline_(open_pipeline(root)) {
    must(pipeline_.replay_from(*this, books_.stands()));
  }

  std::string pay(const Payment& payment) {
    step("nothing is begun");
    return pipeline_.append_once(payment).match(
        [&](Acked<LocalDurable> acked) {
          step("the journal has it");
          must(apply_live<Logged>(*this, acked.position, {}, payment));
          return "paid";
        },
        [](Already) { return "paid already"; }, [](InDoubt) { return "hold: it may have been paid"; },
        [](NotWritten) { return "not paid"; }, [](Unknown) { return "ask again with the same key"; });
  }

  Status apply(const Logged::Group& group, Position position, Applying) {
    Transaction transaction(books_.db);
    group.each([&](const Payment& payment) { books_.put(payment); }, [](const OutboxRow&) {});
    step("effects written, no commit");
    books_.stands_at(position);
    step("position written, no commit");
    transaction.commit();
    step("the database has committed");
    return ok();
  }

 private:
  Books books_;
  Pipeline pipeline_;
};

// Outbox: a payment is made when the database has committed it, and the journal follows.
class OutboxFirst {
 public:
  static constexpr const char* folder = "outbox";

  explicit OutboxFirst(const std::string& root) : books_(root), pipeline_(open_pipeline(root)) {
    must(pipeline_.replay_from(*this, books_.stands()));
    (void)send();
  }

  std::string pay(const Payment& payment) {
    step("nothing is begun");
    if (books_.has(payment.key)) return "paid already";
    Transaction transaction(books_.db);
    books_.put(payment);
    step("effects written, no commit");
    books_.db.run("INSERT INTO outbox(key) VALUES(?)", payment.key.view());
    step("outbox row written, no commit");
    transaction.commit();
    step("the database has committed");
    return send() ? "paid" : "paid, on this disk alone";
  }

  /// Appends the rows that the journal has not, in the order of their commits.
  bool send() {
    std::vector<std::pair<std::uint64_t, Payment>> rows;
    books_.db.each(
        "SELECT row, key, debit, credit, cents FROM outbox JOIN payment USING(key) "
        "WHERE row > (SELECT row FROM journal) ORDER BY row",
        [&](const Row& row) {
          rows.emplace_back(row.number(0), Payment{*Key::of(row.text(1)),
                                                   {static_cast<std::uint64_t>(row.number(2))},
                                                   {static_cast<std::uint64_t>(row.number(3))},
                                                   {row.number(4), EUR}});
        });
    return std::all_of(rows.begin(), rows.end(), [&](const auto& row) {
      return pipeline_.append_once(row.second, OutboxRow{row.first})
          .match(
              [&](Acked<LocalDurable> acked) {
                step("the journal has it");
                books_.stands_at(acked.position, row.first);
                step("the row is marked as sent");
                return true;
              },
              [&](Already there) {  // a repeat: the journal drops it
                books_.stands_at(there.position, row.first);
                return true;
              },
              [](InDoubt) { return false; }, [](NotWritten) { return false; }, [](Unknown) { return false; });
    });
  }

  /// What the journal has behind the last row that is marked: mostly the database has it, too.
  Status apply(const Logged::Group& group, Position position, Applying) {
    Transaction transaction(books_.db);
    std::uint64_t number = 0;
    Payment payment{};
    group.each([&](const Payment& p) { payment = p; }, [&](const OutboxRow& row) { number = row.number; });
    if (!books_.has(payment.key)) {  // a copy of the database was brought back
      books_.put(payment);
      books_.db.run("INSERT INTO outbox VALUES(?, ?)", number, payment.key.view());
    }
    books_.stands_at(position, number);
    step("row marked, no commit");
    transaction.commit();
    return ok();
  }

 private:
  Books books_;
  Pipeline pipeline_;
};

Payment order(int n) { return {*Key::of("A-" + std::to_string(n)), {1}, {2}, {n * 10'00, EUR}}; }

/// What the journal holds: the key and the cents of each payment, in order.
std::vector<std::pair<std::string, std::int64_t>> in_journal(const std::string& root) {
  struct Paid {
    std::vector<std::pair<std::string, std::int64_t>> all;
    Status apply(const Logged::Group& group, Position, Applying) {
      group.each([&](const Payment& p) { all.emplace_back(p.key.view(), p.amount.minor); }, [](const OutboxRow&) {});
      return ok();
    }
  } paid;
  JournalReader reader = must(JournalReader::open(root + "/journal"));
  must(replay<Logged>(paid, reader, {}));
  return paid.all;
}
std::vector<std::pair<std::string, std::int64_t>> in_database(const std::string& root) {
  std::vector<std::pair<std::string, std::int64_t>> all;
  Books(root).db.each("SELECT key, cents FROM payment ORDER BY key",
                      [&](const Row& row) { all.emplace_back(row.text(0), row.number(1)); });
  return all;
}
/// Both hold the payments from A-1 to the last, each once, and the accounts are what they add up to.
bool equal(const std::string& root, int last) {
  std::vector<std::pair<std::string, std::int64_t>> all;
  for (int n = 1; n <= last; ++n) all.emplace_back(order(n).key.view(), order(n).amount.minor);
  Books books(root);
  const std::int64_t cents = std::int64_t{last} * (last + 1) / 2 * 10'00;
  return in_journal(root) == all && in_database(root) == all &&
         books.db.number("SELECT cents FROM account WHERE number = 1") == -cents &&
         books.db.number("SELECT cents FROM account WHERE number = 2") == cents;
}

/// Where an engine is killed while it pays A-2; and where it is killed once more while it starts again.
struct Death {
  std::string_view at;
  std::string_view again{};
};

template <class Engine>
void killed_at_each(const std::string& name, const std::vector<Death>& deaths) {
  const auto line = [](std::string_view when, const char* journal, const char* database, const char* told,
                       const char* after, const std::string& again) {
    std::printf("| %-62.*s | %-7s | %-8s | %-6s | %-9s | %-12s |\n", static_cast<int>(when.size()), when.data(),
                journal, database, told, after, again.c_str());
  };
  line(name + ": it is killed when", "journal", "database", "client", "restarted", "asked again");
  for (std::size_t n = 0; n < deaths.size(); ++n) {
    const Death& death = deaths[n];
    const std::string root = std::string(Engine::folder) + "-" + number(n);
    std::filesystem::create_directory(root);
    Pipe answers;
    Child child([&] {
      Engine engine(root);
      (void)answers.put(engine.pay(order(1)) == "paid");
      fatal = death.at;
      (void)answers.put(engine.pay(order(2)) == "paid");
      step("the client is told");
    });
    answers.to.reset();
    bool first = false;
    bool second = false;
    const bool told = answers.take(first) && answers.take(second);
    if (!child.wait() || !first) throw std::runtime_error("it was not killed when " + std::string(death.at));
    const bool journal = in_journal(root).size() == 2;
    const bool database = in_database(root).size() == 2;
    if (!death.again.empty()) {
      Child starts([&] {
        fatal = death.again;
        const Engine engine(root);
      });
      if (!starts.wait()) throw std::runtime_error("it was not killed when " + std::string(death.again));
    }
    {
      Engine engine(root);
      const std::size_t both = in_journal(root).size();
      if (!equal(root, static_cast<int>(both))) throw std::runtime_error("database and journal are not equal");
      const std::string again = engine.pay(order(2));
      if (told && again != "paid already") throw std::runtime_error("a payment that was acknowledged is lost");
      line(std::string(death.at) + (death.again.empty() ? "" : "; at its restart: " + std::string(death.again)),
           journal ? "has it" : "-", database ? "has it" : "-", told ? "told" : "-",
           both == 2 ? "both have" : "neither", again);
      if (engine.pay(order(3)) != "paid") throw std::runtime_error("it does not go on");
    }
    if (!equal(root, 3)) throw std::runtime_error("a payment is lost, or was made twice");
  }
}

/// A copy of before comes back in the place of one of the two.
template <class Engine>
void brought_back(const std::string& root) {
  namespace fs = std::filesystem;
  const std::string database = root + "/bank.sqlite";
  const std::string journal = root + "/journal";
  fs::copy(database, "database.before");
  fs::copy(journal, "journal.before", fs::copy_options::recursive);
  if (Engine(root).pay(order(4)) != "paid") throw std::runtime_error("it does not go on");

  fs::rename("database.before", database);
  (void)Engine(root);
  say("the database is lost, and an older one is brought back: the journal brings the rest", equal(root, 4));

  fs::remove_all(journal);
  fs::rename("journal.before", journal);
  try {
    (void)Engine(root);
  } catch (const std::exception& refusal) {
    say("the journal is lost, and an older one is brought back: " + std::string(refusal.what()));
  }
}

int main() {
  return tell([] {
    killed_at_each<JournalFirst>("journal first", {{"nothing is begun"},
                                                   {"the journal has it"},
                                                   {"effects written, no commit"},
                                                   {"position written, no commit"},
                                                   {"the database has committed"},
                                                   {"the client is told"},
                                                   {"the journal has it", "effects written, no commit"},
                                                   {"the journal has it", "the database has committed"}});
    say("each time both are equal, nothing is lost, and nothing is paid twice");
    brought_back<JournalFirst>("journal-first-0");
    killed_at_each<OutboxFirst>("outbox", {{"nothing is begun"},
                                           {"effects written, no commit"},
                                           {"outbox row written, no commit"},
                                           {"the database has committed"},
                                           {"the journal has it"},
                                           {"the row is marked as sent"},
                                           {"the client is told"},
                                           {"the database has committed", "the journal has it"},
                                           {"the journal has it", "row marked, no commit"}});
    say("each time both are equal, nothing is lost, and nothing is paid twice");
    Books("outbox-0").db.run("UPDATE journal SET row = 0");
    (void)OutboxFirst("outbox-0");
    say("it forgets that its rows were sent, and repeats them: the journal drops them", equal("outbox-0", 3));
    brought_back<OutboxFirst>("outbox-0");
  });
}
