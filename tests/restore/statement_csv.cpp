// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/core/json_text.hpp>
#include <lifeboat/restore/statement_reader.hpp>

#include <fstream>
#include <random>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_statement_csv {

using namespace lifeboat;

namespace {

/// What a reader gives, fed in pieces of a size, or its error.
template <class Reader>
std::pair<std::vector<StatementLine>, std::string> read(std::string_view text, std::size_t piece) {
  std::vector<StatementLine> lines;
  Reader reader("their.file");
  const auto each = [&](const StatementFields& fields, std::uint64_t number) -> Status {
    LIFEBOAT_TRY(StatementLine line, statement_line(fields, "their.file, line " + std::to_string(number)));
    lines.push_back(std::move(line));
    return ok();
  };
  Status done = ok();
  for (std::size_t at = 0; done && at < text.size(); at += piece)
    done = reader.feed(as_bytes(text.substr(at, piece)), each);
  if (done) done = reader.finish(each);
  return {lines, done ? std::string() : std::string(to_string(done.error().id())) + " " + done.error().sentence()};
}

std::string csv_error(std::string_view text) {
  const auto [lines, error] = read<CsvReader>(text, 1'000);
  CHECK(read<CsvReader>(text, 1).second == error);
  return error;
}
std::string jsonl_error(std::string_view text) {
  const auto [lines, error] = read<JsonlReader>(text, 1'000);
  CHECK(read<JsonlReader>(text, 1).second == error);
  return error;
}

bool same(const StatementLine& a, const StatementLine& b) {
  return a.key == b.key && a.position == b.position && a.time == b.time && a.amount == b.amount &&
         a.client == b.client && a.state == b.state;
}

}  // namespace

TEST_CASE("the example of docs/doubt.md, in both formats") {
  const std::string csv =
      "key,position,time,amount,currency,client,state\n"
      "A-1001,1:5,2026-11-24T14:03:00Z,125.00,EUR,shop-7,paid\n"
      "\"odd, \"\"quoted\"\"\",,2026-11-24T14:03:00.250000000+08:00,-0.05,EUR,,\n"
      "\"two\nlines\",,,1200,JPY,,not_paid\n";
  const std::string jsonl =
      R"({"key":"A-1001","position":"1:5","time":"2026-11-24T14:03:00Z","amount":"125.00","currency":"EUR",)"
      R"("client":"shop-7","state":"paid"})"
      "\n"
      R"( { "state" : null , "key":"odd, \"quoted\"","time":"2026-11-24T14:03:00.25+08:00",)"
      R"("amount":-0.05,"currency":"EUR"} )"
      "\n\n"
      R"({"key":"two\nlines","amount":1200,"currency":"JPY","state":"not_paid"})";
  for (const std::size_t piece : {1U, 2U, 7U, 1'000U}) {
    const auto [lines, error] = read<CsvReader>(csv, piece);
    CHECK(error.empty());
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].key == "A-1001");
    CHECK(lines[0].position == Position{1, 5});
    CHECK(lines[0].time == Timestamp{1'795'528'980, 0});
    CHECK(lines[0].amount == Money{125'00, EUR});
    CHECK(lines[0].client == "shop-7");
    CHECK(lines[0].state == "paid");
    CHECK(lines[1].key == "odd, \"quoted\"");
    CHECK(lines[1].time == Timestamp{1'795'528'980 - 8 * 3600, 250'000'000});
    CHECK(lines[1].amount == Money{-5, EUR});
    CHECK(lines[2].key == "two\nlines");
    CHECK(lines[2].amount == Money{1200, JPY});
    const auto [same_lines, no_error] = read<JsonlReader>(jsonl, piece);
    CHECK(no_error.empty());
    REQUIRE(same_lines.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(same(lines[i], same_lines[i]));
  }
}

TEST_CASE("columns stand in any order, lines end in either way, and a mark before UTF-8 is left aside") {
  const auto [lines, error] = read<CsvReader>("\xef\xbb\xbfstate,key\r\n\r\npaid,\"A\"\r\nnot_paid,B", 3);
  CHECK(error.empty());
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].key == "A");
  CHECK(lines[1].key == "B");
  CHECK(lines[1].state == "not_paid");
}

TEST_CASE("what breaks a rule of CSV is refused with its line") {
  CHECK(csv_error("") ==
        "LB-STATEMENT their.file, line 1: there is no header: key,position,time,amount,currency,client,state");
  CHECK(csv_error(",\xef\xbb\xbfkey\n") == "LB-STATEMENT their.file, line 1: the column  is not known");
  CHECK(csv_error("key,ammount\n") == "LB-STATEMENT their.file, line 1: the column ammount is not known");
  CHECK(csv_error("key,key\n") == "LB-STATEMENT their.file, line 1: the column key stands there twice");
  CHECK(csv_error("state\n") == "LB-STATEMENT their.file, line 1: there is no column key");
  CHECK(csv_error("key,state\nA\n") == "LB-STATEMENT their.file, line 2: it has 1 fields, and the header 2");
  CHECK(csv_error("key\n\"A\nB\"\n\"C") == "LB-STATEMENT their.file, line 4: a quote is not closed");
  CHECK(csv_error("key\n\"A\"x\n") == "LB-STATEMENT their.file, line 2: something stands behind a closing quote");
  CHECK(csv_error("key\nA\"\n") ==
        "LB-STATEMENT their.file, line 2: a quote stands inside a field that does not begin with one");
  CHECK(csv_error("key\nA\rB\n") == "LB-STATEMENT their.file, line 2: a carriage return stands alone");
  CHECK(csv_error("key\nA\r") == "LB-STATEMENT their.file, line 2: a carriage return stands alone");
  CHECK(csv_error("key\n" + std::string(70'000, 'x')) == "LB-STATEMENT their.file, line 2: it has more than 64 KiB");
  CHECK(csv_error("key\n\"\"\n") == "LB-STATEMENT their.file, line 2: there is no key");
}

TEST_CASE("what breaks a rule of JSON lines is refused with its line") {
  const auto refused = [](std::string_view text, std::string_view what) {
    CHECK(jsonl_error(text) == "LB-STATEMENT their.file, line 1: " + std::string(what));
  };
  refused("[]", "it is no object");
  refused("{}", "there is no key");
  refused(R"({"key":"A"} {)", "something stands behind the object");
  refused(R"({"key":"A","key":"B"})", "the member key stands there twice");
  refused(R"({"ammount":"1"})", "the member ammount is not known");
  refused(R"({"key":1})", "a value is no text");
  refused(R"({"key":{"a":"b"}})", "a value is no text");
  refused(R"({"key":"A","amount":1e3,"currency":"EUR"})", "a comma or the closing brace is missing");
  refused(R"({"key":"A","amount":true,"currency":"EUR"})", "a value is neither a text nor an amount");
  refused(R"({"key":"A",})", "a text is missing");
  refused(R"({"key" "A"})", "a colon is missing");
  refused(R"({"key":"A)", "a text is not closed");
  refused(R"({"key":"\x"})", "an escape is none");
  refused(R"({"key":"\ud800x"})", "an escape is none");
  refused(R"({"key":"\udc00"})", "an escape is none");
  refused("{\"key\":\"\xc0\xaf\"}", "a text has a control character, or bytes that are no UTF-8");
  refused("{\"key\":\"\xed\xa0\x80\"}", "a text has a control character, or bytes that are no UTF-8");
  refused("{\"key\":\"a\tb\"}", "a text has a control character, or bytes that are no UTF-8");
  refused(std::string(70'000, ' '), "it has more than 64 KiB");
  const auto [lines, error] = read<JsonlReader>(R"({"key":"\u00e9\u20ac\ud83d\ude00\/"})", 1);
  CHECK(error.empty());
  CHECK(lines.at(0).key == "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80/");
}

TEST_CASE("amounts, times and positions are exact or refused") {
  const auto line = [](std::string_view amount, std::string_view currency) {
    return read<CsvReader>("key,amount,currency\nA," + std::string(amount) + "," + std::string(currency) + "\n", 99);
  };
  CHECK(line("92233720368547758.07", "EUR").first.at(0).amount == Money{INT64_MAX, EUR});
  CHECK(line("-92233720368547758.08", "EUR").first.at(0).amount == Money{INT64_MIN, EUR});
  for (const auto& [amount, currency] :
       std::vector<std::pair<std::string, std::string>>{{"92233720368547758.08", "EUR"},
                                                        {"1e5", "EUR"},
                                                        {"+1", "EUR"},
                                                        {"1.", "EUR"},
                                                        {"1.2.3", "EUR"},
                                                        {"-", "EUR"},
                                                        {"--1", "EUR"},
                                                        {"1,5", "EUR"},
                                                        {"1-", "EUR"},
                                                        {" 1", "EUR"},
                                                        {"1", "eur"},
                                                        {"1", "EU"},
                                                        {"1", "EURO"},
                                                        {"0.0000000000000000001", "EUR"}})
    CHECK_FALSE(line(amount, currency).second.empty());
  CHECK_FALSE(line("1", "").second.empty());
  CHECK_FALSE(line("", "EUR").second.empty());
  CHECK(csv_error("key,time\nA,2026-11-24T14:03:00\n").find("the time is not as") != std::string::npos);
  CHECK(csv_error("key,position\nA,5\n").find("EPOCH:SEQUENCE") != std::string::npos);
  CHECK(csv_error("key,position\nA,1:-5\n").find("EPOCH:SEQUENCE") != std::string::npos);
  CHECK(csv_error("key\n" + std::string(63, 'k') + "\n").find("62 bytes") != std::string::npos);
  CHECK(same_amount({125, {"EUR", 0}}, {125'00, {"EUR", 2}}));
  CHECK_FALSE(same_amount({125, {"EUR", 0}}, {125'01, {"EUR", 2}}));
  CHECK_FALSE(same_amount({125, EUR}, {125, USD}));
  CHECK_FALSE(same_amount({INT64_MAX, {"EUR", 0}}, {INT64_MAX, {"EUR", 18}}));
}

TEST_CASE("what is written is read back, line by line, whatever stands in it") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 dice(seed);
  std::string csv = csv_header();
  std::string jsonl;
  std::vector<StatementLine> written;
  for (int i = 0; i < 2'000; ++i) {
    StatementLine line;
    constexpr std::string_view letters = "aB3,\"\n\r;\\\t {}:\x01";
    for (std::size_t n = 1 + dice() % 20; n > 0; --n) line.key.push_back(letters[dice() % letters.size()]);
    if (dice() % 2 == 0) line.key.append("\xf0\x9f\x98\x80");
    if (dice() % 2 == 0) line.position = Position{dice(), dice()};
    if (dice() % 2 == 0)
      line.time = Timestamp{static_cast<std::int64_t>(dice() % 4'000'000'000U),
                            static_cast<std::uint32_t>(dice() % 1'000'000'000U)};
    if (dice() % 2 == 0) {
      line.amount = Money{static_cast<std::int64_t>(dice()), {"EUR", static_cast<std::uint8_t>(dice() % 19)}};
    }
    if (dice() % 2 == 0) line.client = "c,\"" + std::to_string(dice());
    csv += csv_line(line);
    const auto json = jsonl_line(line);
    REQUIRE(json);
    jsonl += *json;
    written.push_back(line);
  }
  for (const auto& [lines, error] : {read<CsvReader>(csv, 997), read<JsonlReader>(jsonl, 997)}) {
    INFO(error);
    REQUIRE(lines.size() == written.size());
    for (std::size_t i = 0; i < lines.size(); ++i) CHECK(same(lines[i], written[i]));
  }
  StatementLine bytes;
  bytes.key = "\xff";
  CHECK(jsonl_line(bytes).error().id() == ErrorId::statement);
  CHECK(csv_line(bytes) == "\xff,,,,,,\n");
}

TEST_CASE("a file is read with its digest, and one that is not there is an error") {
  const support::TempFolder folder;
  std::ofstream(folder / "s.csv") << "key\nA\nB\n";
  std::vector<std::string> keys;
  const auto facts = read_statement(folder / "s.csv", StatementFormat::csv, [&](const StatementLine& line) {
    keys.push_back(line.key);
    return ok();
  });
  REQUIRE(facts);
  CHECK(facts->lines == 2);
  CHECK(keys == std::vector<std::string>{"A", "B"});
  // printf 'key\nA\nB\n' | sha256sum
  CHECK(to_hex(std::as_bytes(std::span(facts->digest))) ==
        "1b0472a40f5c1c75d66f33deefafba99b9af0b81a836e8f411563a43f4956d80");
  const auto none = [](const StatementLine&) { return ok(); };
  CHECK(read_statement(folder / "no.csv", StatementFormat::csv, none).error().id() == ErrorId::object_missing);
  CHECK(read_statement(folder.path(), StatementFormat::csv, none).error().id() == ErrorId::medium_io);
  const auto stop = [](const StatementLine&) -> Status { return Error{ErrorId::interrupted, "enough"}; };
  CHECK(read_statement(folder / "s.csv", StatementFormat::csv, stop).error().id() == ErrorId::interrupted);
  CHECK(read_statement(folder / "s.csv", StatementFormat::jsonl, none).error().id() == ErrorId::statement);
}

TEST_CASE("the list that a restore leaves of what is undone is read, but for what has no key") {
  const support::TempFolder folder;
  const std::string line = R"({"position":"1:7","time":"2026-11-24T14:03:00.000000000Z","key":"A","amount":"1.00",)"
                           R"("currency":"EUR","state":"undone","type":"payment","record":"{key: \"A\"}"})"
                           "\n"
                           R"({"position":"1:7","time":"2026-11-24T14:03:00.000000000Z","amount":"1.00",)"
                           R"("currency":"EUR","state":"undone","type":"posting","record":""})"
                           "\n";
  std::ofstream(folder / "u.jsonl") << line;
  const auto lines = statement_lines(folder / "u.jsonl", StatementFormat::undone);
  REQUIRE(lines);
  REQUIRE(lines->size() == 1);
  CHECK(lines->front().key == "A");
  CHECK(lines->front().position == Position{1, 7});
  CHECK(statement_lines(folder / "u.jsonl", StatementFormat::jsonl).error().id() == ErrorId::statement);
  // Keys are any bytes, and such a list is written so that none is lost.
  std::string every = "{\"key\":";
  const std::string odd("\x01\x1f \x7f\x80\xff\xc3\xa9\xe9\"\\\xc0\xaf", 14);
  append_json(every, odd);
  std::ofstream(folder / "v.jsonl") << every << "}\n";
  CHECK(statement_lines(folder / "v.jsonl", StatementFormat::undone)->front().key == odd);
  std::ofstream(folder / "u.jsonl", std::ios::app) << R"({"position":"1:8","state":"undone","unknown_records":2})";
  CHECK(statement_lines(folder / "u.jsonl", StatementFormat::undone).error().sentence().find("unknown") !=
        std::string::npos);
}

TEST_CASE("how a file is written is told by how it begins") {
  const support::TempFolder folder;
  const auto format = [&](const std::string& text) {
    std::ofstream(folder / "f", std::ios::binary) << text;
    const auto found = statement_format(folder / "f");
    REQUIRE(found);
    return *found;
  };
  CHECK(format("key,amount\n") == StatementFormat::csv);
  CHECK(format("\"key\"\n") == StatementFormat::csv);
  CHECK(format("") == StatementFormat::csv);
  CHECK(format("{\"key\":\"A\"}\n") == StatementFormat::jsonl);
  CHECK(format("\r\n \t{\"key\":\"A\"}\n") == StatementFormat::jsonl);
  const auto missing = statement_format(folder / "none");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().id() == ErrorId::object_missing);
}

}  // namespace test_statement_csv
