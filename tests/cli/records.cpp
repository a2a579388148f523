// SPDX-License-Identifier: BSL-1.0
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include <lifeboat/adapter/nlohmann_json.hpp>
#include <lifeboat/journal/journal.hpp>
#include <lifeboat/record/upgrade.hpp>
#include <lifeboat/testing/fake_clock.hpp>

#include "catch.hpp"
#include "record/records.hpp"
#include "support/program.hpp"
#include "support/zone.hpp"

using namespace lifeboat;
using support::call_lifeboat;
using support::ProgramAnswer;

struct LedgerPayment {
  Key key;
  DebitAccount from;
  CreditAccount to;
  Money amount;
};
BOOST_HANA_ADAPT_STRUCT(LedgerPayment, key, from, to, amount);

struct Fee {
  CreditAccount to;
  std::optional<Money> amount;
  FixedString<12> note;
};
BOOST_HANA_ADAPT_STRUCT(Fee, to, amount, note);

struct Visit {
  Timestamp at;
  Channel channel;
  bool good;
};
BOOST_HANA_ADAPT_STRUCT(Visit, at, channel, good);

template <>
struct lifeboat::RecordTraits<LedgerPayment> {
  static constexpr RecordNumber number = 1;
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view name = "payment";
};
template <>
struct lifeboat::RecordTraits<Fee> {
  static constexpr RecordNumber number = 2;
  static constexpr std::uint16_t version = 3;
  static constexpr std::string_view name = "fee";
};

namespace test_records {

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// A journal whose groups are one minute apart: payments of n.00 EUR from account n to account 100, every tenth with a
/// fee beside it.
class Ledger {
 public:
  explicit Ledger(std::vector<Bytes> schemas = {schema_bytes<LedgerPayment>(), schema_bytes<Fee>()},
                  std::uint64_t segment = 256U << 10U)
      : clock_({1'764'136'800, 250'000'000}), schemas_(std::move(schemas)), segment_(segment) {
    open();
  }
  void open() {
    auto opened = Journal::open({.folder = path(),
                                 .segment_length = segment_,
                                 .queue_bytes = 64U << 10U,
                                 .schemas = schemas_,
                                 .clock = &clock_});
    INFO((opened ? std::string() : opened.error().sentence()));
    REQUIRE(opened);
    journal_ = std::move(*opened);
  }
  void close() { journal_.reset(); }
  [[nodiscard]] std::string path() const { return folder_ / "journal"; }
  [[nodiscard]] const support::TempFolder& folder() const { return folder_; }

  /// Without assertions, for any thread.
  template <class... R>
  bool try_append(const R&... records) {
    const auto outcome = journal_->append(records...);
    clock_.pass_seconds(60);
    return outcome.match([](Acked<LocalDurable>) { return true; }, [](NotWritten) { return false; },
                         [](Unknown) { return false; });
  }
  template <class... R>
  void append(const R&... records) {
    REQUIRE(try_append(records...));
  }
  void pay(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t n = from; n <= to; ++n) {
      const LedgerPayment payment{
          *Key::of("K-" + std::to_string(n)), {n}, {100}, {static_cast<std::int64_t>(n) * 100, EUR}};
      if (n % 10 == 0)
        append(payment, Fee{{777}, Money{25, EUR}, "a, \"fee\""});
      else
        append(payment);
    }
  }
  /// Many at once, with one flush for each fifty; for any thread.
  bool fill(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t n = from; n <= to; ++n) {
      const LedgerPayment payment{*Key::of("K-" + std::to_string(n)), {n}, {100}, {100, EUR}};
      const bool good = n % 50 == 0 || n == to ? try_append(payment)
                                               : journal_->submit(payment).match([](Position) { return true; },
                                                                                 [](NotWritten) { return false; });
      if (!good) return false;
    }
    return true;
  }
  [[nodiscard]] ProgramAnswer call(std::vector<std::string> words) const {
    words.insert(words.begin(), {"records", "--journal", path()});
    return call_lifeboat(words);
  }

 private:
  support::TempFolder folder_;
  testing::FakeClock clock_;
  std::vector<Bytes> schemas_;
  std::uint64_t segment_;
  std::unique_ptr<Journal> journal_;
};

/// Turns over one byte of a file.
void damage(const std::string& path, std::uint64_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const int was = file.get();
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(was ^ 1));
  REQUIRE(file.flush());
}

}  // namespace

TEST_CASE("records: each record on a line, by its schema, while the journal is written and at rest") {
  Ledger ledger;
  ledger.pay(9, 11);
  const ProgramAnswer living = ledger.call({});
  CHECK(living.status == 0);
  CHECK(living.err.empty());
  CHECK(living.out ==
        "1:1 2025-11-26T06:00:00.250Z payment key=K-9 from=9 to=100 amount=9.00 EUR\n"
        "1:2 2025-11-26T06:01:00.250Z payment key=K-10 from=10 to=100 amount=10.00 EUR\n"
        "1:2 2025-11-26T06:01:00.250Z fee to=777 amount=0.25 EUR note=a, \"fee\"\n"
        "1:3 2025-11-26T06:02:00.250Z payment key=K-11 from=11 to=100 amount=11.00 EUR\n"
        "3 groups, 4 records | journal 1:1 to 1:3\n");
  ledger.close();
  CHECK(ledger.call({}).out == living.out);
}

TEST_CASE("records: an empty journal is one, a folder that holds none is refused, and nothing is made") {
  const Ledger ledger;
  const ProgramAnswer empty = ledger.call({});
  CHECK(empty.status == 0);
  CHECK(empty.out == "0 groups, 0 records | the journal is empty\n");
  const std::string none = ledger.folder() / "none";
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"--verify"}, {"--follow"}}) {
    std::vector<std::string> words{"records", "--journal", none};
    words.insert(words.end(), more.begin(), more.end());
    const ProgramAnswer answer = call_lifeboat(words);
    CHECK(answer.status == 3);
    CHECK(answer.out.empty());
    CHECK(answer.err == "refused LB-OBJECT-MISSING: there is no journal " + none +
                            ": No such file or directory. Nothing was changed.\nnext: lifeboat records " +
                            (more.empty() ? "" : more[0] + " ") +
                            "--journal DIR    # where the engine has it: is its disk mounted?\n");
  }
  CHECK_FALSE(std::filesystem::exists(none));
}

TEST_CASE("records: bounds by position and by time are shown themselves") {
  const support::Zone zone("CST-8");
  Ledger ledger;
  ledger.pay(1, 9);
  const auto shown = [&](std::vector<std::string> words) {
    const ProgramAnswer answer = ledger.call(std::move(words));
    INFO(answer.err);
    CHECK(answer.status == 0);
    std::string sequences;
    for (std::size_t at = 0; answer.out.compare(at, 2, "1:") == 0; at = answer.out.find('\n', at) + 1)
      sequences += answer.out.substr(at + 2, answer.out.find(' ', at) - at - 1);
    return sequences;
  };
  CHECK(shown({"--since", "1:8"}) == "8 9 ");
  CHECK(shown({"--until", "1:2"}) == "1 2 ");
  CHECK(shown({"--since", "1:4", "--until", "1:5"}) == "4 5 ");
  CHECK(shown({"--since", "2:1"}).empty());
  CHECK(shown({"--since", "2025-11-26T14:07:00.25+08:00"}) == "8 9 ");
  CHECK(shown({"--until", "2025-11-26T06:01:00.25Z"}) == "1 2 ");
  CHECK(shown({"--since", "1:2", "--limit", "3"}) == "2 3 4 ");
  CHECK(shown({"--around", "1:3"}) == "1 2 3 4 5 6 7 8 ");
  CHECK(shown({"--around", "1:9"}) == "4 5 6 7 8 9 ");
  for (const std::string typed : {"14:03", "2025-11-26T14:03"}) {
    const ProgramAnswer refused = ledger.call({"--since", typed});
    CHECK(refused.status == 3);
    CHECK(refused.out.empty());
    CHECK(has(refused.err, "refused LB-TIME-ZONE: " + typed));
    CHECK(has(refused.err, "T14:03:00+08:00 (this machine) or --since "));
  }
  CHECK(ledger.call({"--since", "soon"}).status == 2);
  const ProgramAnswer beyond = ledger.call({"--around", "1:30"});
  CHECK(beyond.status == 3);
  CHECK(has(beyond.err, "refused LB-OBJECT-MISSING: the journal " + ledger.path() + " has no group 1:30"));
}

TEST_CASE("records: a group is shown whole when one record fits all conditions") {
  Ledger ledger;
  ledger.pay(1, 20);
  const auto shown = [&](std::vector<std::string> conditions) {
    std::vector<std::string> words;
    for (const std::string& condition : conditions) words.insert(words.end(), {"--where", condition});
    return ledger.call(words).out;
  };
  CHECK(lines(shown({"account=777"})) == 5);  // two groups of two, and the last line
  CHECK(has(shown({"account=777"}), "key=K-20 "));
  CHECK(lines(shown({"key=K-3"})) == 2);
  CHECK(lines(shown({"amount>=19.00 EUR"})) == 4);
  CHECK(lines(shown({"account=100", "amount<3.00 EUR"})) == 3);
  CHECK(has(shown({"account=777", "amount>9.00 EUR"}), "0 groups, "));  // no one record is both
  CHECK(lines(shown({"note!="})) == 5);
}

TEST_CASE("records: a condition that nothing could ever fit is refused, not answered") {
  Ledger ledger({schema_bytes<LedgerPayment>(), schema_bytes<Fee>(), schema_bytes<Everything>()});
  ledger.pay(1, 1);
  const auto refused = [&](const std::string& condition) {
    const ProgramAnswer answer = ledger.call({"--where", condition});
    INFO(condition << ": " << answer.out << answer.err);
    CHECK(answer.status == 3);
    CHECK(answer.out.empty());
    CHECK(has(answer.err, "\nnext: lifeboat records --limit 3 --journal " + ledger.path() + "\n"));
    return answer.err;
  };
  CHECK(has(refused("acount=1"),
            "refused LB-PATH-UNKNOWN: --where acount=1: no record type of this journal has a field 'acount'; there are "
            "key, from, to, amount, note, flag, "));
  CHECK(has(refused("amount>=100"), "the field 'amount' is money: an amount and its currency, as '100.00 EUR'"));
  CHECK(has(refused("from=ann"), "the field 'from' is a whole number"));
  CHECK(has(refused("flag=1"), "is true or false"));
  CHECK(has(refused("card=1"), "name one of them"));
  CHECK(has(refused("card.number=4111"), "is sensitive, and fits no condition"));
  CHECK(has(refused("list=9"), "holds several values"));
  CHECK(has(refused("time>2025-11-26T14:03"), "names no zone"));
  CHECK(ledger.call({"--where", "account"}).status == 2);
  CHECK(ledger.call({"--where", "channel=2"}).status == 0);
  CHECK(ledger.call({"--where", "fee=none"}).status == 0);
}

TEST_CASE("records: times are compared as times, whatever their digits") {
  Ledger ledger;
  ledger.append(Visit{{1'764'136'800, 250'000'000}, Channel::transfer, true});
  CHECK(has(ledger.call({"--where", "at>=2025-11-26T06:00:00Z"}).out, "1 group, "));
  CHECK(has(ledger.call({"--where", "at>2025-11-26T14:00:00.25+08:00"}).out, "0 groups, "));
  CHECK(has(ledger.call({"--where", "channel=2", "--where", "good=true"}).out, "1 group, "));
}

TEST_CASE("records: a type that a later segment brings is known from there on") {
  Ledger ledger({schema_bytes<LedgerPayment>()});
  ledger.pay(1, 2);
  ledger.close();
  auto again = Journal::open(
      {.folder = ledger.path(), .segment_length = 256U << 10U, .queue_bytes = 4096, .schemas = {schema_bytes<Fee>()}});
  REQUIRE(again);
  CHECK((*again)
            ->append(Fee{{7}, Money{25, EUR}, "x"})
            .match([](Acked<LocalDurable>) { return true; }, [](NotWritten) { return false; },
                   [](Unknown) { return false; }));
  CHECK(has(ledger.call({}).out, "1:3 "));
  CHECK(has(ledger.call({}).out, " fee to=7 amount=0.25 EUR note=x\n3 groups, 3 records | journal 1:1 to 1:3\n"));
  CHECK(lines(ledger.call({"--where", "note=x"}).out) == 2);
}

TEST_CASE("records: sums by type, field and currency of what was shown") {
  Ledger ledger;
  ledger.pay(1, 20);
  ledger.append(LedgerPayment{*Key::of("dollars"), {1}, {2}, {150, USD}}, Fee{{7}, std::nullopt, "free"});
  const ProgramAnswer all = ledger.call({"--sum"});
  CHECK(has(all.out,
            "count   payment: 21 records\n"
            "count   fee: 3 records\n"
            "sum     fee amount: 0.50 EUR in 2 amounts\n"
            "sum     payment amount: 210.00 EUR in 20 amounts\n"
            "sum     payment amount: 1.50 USD in 1 amount\n"));
  const std::string json = ledger.call({"--sum", "--json", "--until", "1:3"}).out;
  CHECK(has(json, R"("counts":[{"number":1,"type":"payment","records":3}],"sums":[{"type":"payment","field":"amount",)"
                  R"("sum":"6.00","currency":"EUR","amounts":3}],)"));
}

TEST_CASE("records: an extract of one account has a row for each of its records alone") {
  Ledger ledger;
  ledger.pay(9, 20);
  const ProgramAnswer csv = ledger.call({"--where", "account=777", "--as", "csv"});
  CHECK(csv.status == 0);
  CHECK(csv.err.empty());
  CHECK(
      csv.out ==
      "group,group_time,record_number,record_version,record_type,key,from,to,amount,amount.currency,note,record_rest\n"
      "1:2,2025-11-26T06:01:00.250000000Z,2,3,fee,,,777,0.25,EUR,\"a, \"\"fee\"\"\",\n"
      "1:12,2025-11-26T06:11:00.250000000Z,2,3,fee,,,777,0.25,EUR,\"a, \"\"fee\"\"\",\n");
  CHECK(has(ledger.call({"--where", "from=9", "--as", "csv"}).out,
            ",record_type,key,from,to,amount,amount.currency,record_rest\n"));
  const ProgramAnswer rows = ledger.call({"--where", "account=9", "--as", "jsonl"});
  CHECK(rows.out == R"({"group":"1:1","time":"2025-11-26T06:00:00.250000000Z","number":1,"version":1,"type":"payment",)"
                    R"("fields":{"key":"K-9","from":9,"to":100,"amount":{"amount":"9.00","currency":"EUR"}}})"
                    "\n");
  CHECK(ledger.call({"--as", "xml"}).status == 2);
}

TEST_CASE("records: JSON is one object, its groups one a line") {
  Ledger ledger;
  ledger.pay(10, 11);
  const ProgramAnswer answer = ledger.call({"--json"});
  const Json json = json_of(answer.out);
  REQUIRE_FALSE(json.is_discarded());
  CHECK(json["lifeboat"] == 1);
  CHECK(json["command"] == "records");
  CHECK(json["journal"] == ledger.path());
  REQUIRE(json["groups"].size() == 2);
  CHECK(json["groups"][0]["position"] == "1:1");
  CHECK(json["groups"][0]["records"][1]["fields"]["amount"]["amount"] == "0.25");
  CHECK(json["group_count"] == 2);
  CHECK(json["record_count"] == 3);
  CHECK(json["first"] == "1:1");
  CHECK(json["read_to"] == "1:2");
  CHECK(json["status"] == 0);
  CHECK(lines(answer.out) == 3);
}

TEST_CASE("records: keys with control characters and bytes that are no text reach no terminal") {
  Ledger ledger;
  ledger.append(LedgerPayment{*Key::of("\x1b[2J\n\xff"), {1}, {2}, {1, EUR}});
  CHECK(has(ledger.call({}).out, "key=\\x1b[2J\\n\\xff from=1"));
  CHECK(has(ledger.call({"--as", "csv"}).out, ",\\x1b[2J\\n\\xff,1,"));
  CHECK(json_of(ledger.call({"--json"}).out)["groups"][0]["records"][0]["fields"]["key_hex"] == "1b5b324a0aff");
}

TEST_CASE("records: damage ends a listing with its position, and verify finds it; exit status 1") {
  Ledger ledger;
  ledger.pay(1, 20);
  REQUIRE(ledger.fill(21, 3000));  // more than one segment
  const ProgramAnswer whole = ledger.call({"--verify"});
  CHECK(whole.status == 0);
  CHECK(has(whole.out, "verified | 3000 groups in "));
  CHECK(has(whole.out, ", last 1:3000 | known to be durable to 1:3000 | tail 0 B\n"));
  damage(ledger.path() + "/segment-0000000001", 4096 + 5 * 208 + 60);  // a group and its commit have 208 bytes
  for (const bool living : {true, false}) {
    if (!living) ledger.close();
    const ProgramAnswer listed = ledger.call({});
    CHECK(listed.status == 1);
    CHECK(has(listed.out, "\n1:4 "));
    CHECK_FALSE(has(listed.out, "\n1:6 "));
    CHECK(has(listed.err, "error LB-CORRUPT: the journal " + ledger.path() + ": group 1:6 was durable and is damaged"));
    const ProgramAnswer verified = ledger.call({"--verify"});
    CHECK(verified.status == 1);
    CHECK(has(verified.out, "found LB-CORRUPT: the journal " + ledger.path() + ": group 1:6 was durable"));
    CHECK(has(verified.out, "\nDAMAGED | "));
    const Json json = json_of(ledger.call({"--verify", "--json"}).out);
    CHECK(json["status"] == 1);
    CHECK(json["findings"].size() == 1);
  }
  CHECK(ledger.call({"--limit", "3"}).status == 0);  // what was asked for lies before it
}

TEST_CASE("records: a journal whose oldest segments were recycled begins later, and says so where more was asked for") {
  Ledger ledger;
  ledger.pay(1, 10);
  REQUIRE(ledger.fill(11, 4000));
  ledger.close();
  REQUIRE(std::filesystem::remove(ledger.path() + "/segment-0000000001"));
  const ProgramAnswer all = ledger.call({"--limit", "1"});
  CHECK(all.status == 0);
  CHECK(all.err.empty());
  const std::string first = all.out.substr(0, all.out.find(' '));
  CHECK(first != "1:1");
  CHECK(has(ledger.call({"--verify"}).out, ", last 1:4000 | "));
  CHECK(has(ledger.call({"--around", first}).out, "6 groups, 6 records | read to "));
  const ProgramAnswer early = ledger.call({"--since", "1:5", "--limit", "1"});
  CHECK(early.status == 0);
  CHECK(early.out == all.out);
  CHECK(early.err ==
        "warning LB-OBJECT-MISSING: the journal begins at " + first + ": what was before it was recycled.\n");
  CHECK(has(ledger.call({"--since", "1:3999"}).out, "2 groups, 2 records | journal " + first + " to 1:4000\n"));
  CHECK(ledger.call({"--around", "1:5"}).status == 3);
}

TEST_CASE("records: options that mean nothing together are wrong usage, and so is no journal") {
  Ledger ledger;
  ledger.pay(1, 1);
  const ProgramAnswer none = call_lifeboat({"records", "--sum"});
  CHECK(none.status == 2);
  CHECK(none.err ==
        "refused LB-USAGE: records needs a journal. Nothing was changed.\n"
        "next: lifeboat records --sum --journal DIR\n");
  const ProgramAnswer two = ledger.call({"--verify", "--sum"});
  CHECK(two.status == 2);
  CHECK(has(two.err, "--verify and --sum do not go together. Nothing was changed.\nnext: lifeboat records --journal " +
                         ledger.path() + " --verify\n"));
  CHECK(ledger.call({"--around", "1:1", "--since", "1:1"}).status == 2);
  CHECK(ledger.call({"--as", "csv", "--json"}).status == 2);
  CHECK(ledger.call({"--follow", "--until", "1:1"}).status == 2);
  CHECK(ledger.call({"--around", "one"}).status == 2);
  CHECK(ledger.call({"--limit", "0"}).status == 2);
}

TEST_CASE("records: verify and listings of a journal that is written meanwhile call nothing damaged") {
  Ledger ledger;
  ledger.pay(1, 10);
  std::atomic<bool> done{false};
  std::thread engine([&] {
    for (std::uint64_t n = 11; n < 20'000 && ledger.fill(n, n + 99); n += 100) {
    }
    done = true;
  });
  int wrong = 0;
  while (!done) {
    const ProgramAnswer verified = ledger.call({"--verify"});
    const ProgramAnswer listed = ledger.call({"--where", "from=3"});
    if (verified.status != 0 || listed.status != 0 || !listed.out.starts_with("1:3 ")) {
      ++wrong;
      UNSCOPED_INFO(verified.out << verified.err << listed.err);
    }
  }
  engine.join();
  CHECK(wrong == 0);
  CHECK(has(ledger.call({"--verify"}).out, "verified | 20010 groups in "));
}

TEST_CASE(
    "records: follow shows what becomes durable over many segments; SIGINT ends it with 130 and a line that goes on") {
  REQUIRE(std::getenv("LIFEBOAT_PROGRAM") != nullptr);
  Ledger ledger;
  ledger.pay(1, 5);
  support::SpawnedProgram program({"records", "--follow", "--journal", ledger.path(), "--where", "account=100"},
                                  ledger.folder());
  REQUIRE(program.began());
  const auto shown = [&](const std::string& part) {
    const auto late = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (program.running() && std::chrono::steady_clock::now() < late) {
      if (has(support::read_text(ledger.folder() / "stdout"), part)) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  };
  CHECK(shown("key=K-5 "));
  ledger.pay(6, 6);
  CHECK(shown("key=K-6 "));
  for (std::uint64_t n = 7; n <= 5006; n += 500) {
    REQUIRE(ledger.fill(n, n + 499));
    CHECK(shown("key=K-" + std::to_string(n + 499) + " "));
  }
  ::kill(program.pid(), SIGINT);
  const ProgramAnswer answer = program.wait();
  CHECK(answer.status == 130);
  CHECK(lines(answer.out) == 5006 + 1);
  CHECK(has(answer.out, "5006 groups, 5006 records | read to 1:5006\n"));
  CHECK(has(answer.err, "error LB-INTERRUPTED: the journal was followed to 1:5006. Nothing was changed.\nnext: "));
  CHECK(has(answer.err, " --since 1:5007\n"));
}

}  // namespace test_records
