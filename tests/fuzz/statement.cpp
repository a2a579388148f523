// SPDX-License-Identifier: BSL-1.0
// Statements by both readers, whole and in pieces: the same lines, and what is read is written and read again the same.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <lifeboat/restore/statement_jsonl.hpp>

namespace {

using Texts = std::array<std::string, lifeboat::statement_columns.size()>;

/// The lines of a text, written again, and the error that ended them.
template <class Reader>
std::pair<std::vector<Texts>, std::string> read(std::string_view text, std::size_t piece) {
  using namespace lifeboat;
  std::vector<Texts> lines;
  Reader reader("s");
  const auto each = [&](const StatementFields& fields, std::uint64_t number) -> Status {
    LIFEBOAT_TRY(const StatementLine line, statement_line(fields, std::to_string(number)));
    lines.push_back(statement_texts(line));
    return ok();
  };
  Status done = ok();
  for (std::size_t at = 0; done && at < text.size(); at += piece)
    done = reader.feed(as_bytes(text.substr(at, piece)), each);
  if (done) done = reader.finish(each);
  return {lines, done ? std::string() : done.error().sentence()};
}

void must(bool is_so, const char* what) {
  if (is_so) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

template <class Reader>
void try_reader(std::string_view text) {
  using namespace lifeboat;
  const auto whole = read<Reader>(text, text.size() + 1);
  must(whole == read<Reader>(text, 3), "in pieces it reads otherwise");
  std::string csv = csv_header();
  std::string jsonl;
  bool in_json = true;
  for (const Texts& texts : whole.first) {
    StatementFields fields;
    for (std::size_t i = 0; i < texts.size(); ++i) fields[i] = texts[i];
    const auto line = statement_line(fields, "again");
    must(line.has_value(), "what was written is refused");
    csv += csv_line(*line);
    const auto json = jsonl_line(*line);
    in_json = in_json && json;
    if (json) jsonl += *json;
  }
  must(read<CsvReader>(csv, 7) == std::pair(whole.first, std::string()), "as CSV it is read otherwise");
  if (in_json)
    must(read<JsonlReader>(jsonl, 7) == std::pair(whole.first, std::string()), "as JSON it is read otherwise");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try_reader<lifeboat::CsvReader>(text);
  try_reader<lifeboat::JsonlReader>(text);
  return 0;
}
