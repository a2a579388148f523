// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <variant>

#include <lifeboat/core/owner.hpp>
#include <lifeboat/core/posix.hpp>
#include <lifeboat/restore/statement_jsonl.hpp>
#include <lifeboat/verifier/structural.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// `undone`: the list of JSON lines that a restore leaves beside its target.
enum class StatementFormat : std::uint8_t { csv, jsonl, undone };

/// What was read of a statement.
struct StatementFacts {
  std::array<std::uint8_t, 32> digest{};  ///< SHA-256 of the file, as `sha256sum` prints it
  std::uint64_t lines = 0;
};

namespace detail {

template <class = void>
Result<FileDescriptor> open_statement(const std::string& path) {
  auto file = open_at(AT_FDCWD, path.c_str(), O_RDONLY);
  if (file) return std::move(file.value);
  const ErrorId id = file.error == ENOENT ? ErrorId::object_missing : ErrorId::medium_io;
  return not_opened(id, "the statement " + path + " can not be opened", path, file.error);
}

}  // namespace detail

/// How a partner's file is written, by its first character: no CSV header begins with a brace. Errors: object_missing,
/// medium_io.
template <class = void>
Result<StatementFormat> statement_format(const std::string& path) {
  LIFEBOAT_TRY(const FileDescriptor file, detail::open_statement(path));
  Bytes head(4096);
  const auto got = read_full(file.get(), head);
  if (!got)
    return Error{ErrorId::medium_io, "the statement " + path + " can not be read"}.because(got.error).unchanged();
  const std::string_view text = as_text(ByteView(head).first(got.value));
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{' ? StatementFormat::jsonl : StatementFormat::csv;
}

using EachLine = FunctionRef<Status(const StatementLine&)>;

/// Reads the statement in a file, line by line. `each` may end it with an error. Memory: 64 KiB and the longest line.
/// `unknown` counts the records in a list of what is undone whose keys are not known; without it they are an error.
/// Errors: statement, naming the line; object_missing, medium_io; what `each` answers.
template <class = void>
Result<StatementFacts> read_statement(const std::string& path, StatementFormat format, EachLine each,
                                      std::uint64_t* unknown = nullptr) {
  LIFEBOAT_TRY(const FileDescriptor file, detail::open_statement(path));
  LIFEBOAT_TRY(const std::unique_ptr<VerifierPort> sha256, open_structural(StructuralId::sha256));
  LIFEBOAT_TRY(const std::unique_ptr<HashPort> hash, sha256->begin());
  StatementFacts facts;
  const auto fields = [&](const StatementFields& texts, std::uint64_t number) -> Status {
    Result<StatementLine> line = statement_line(texts, path + ", line " + std::to_string(number));
    if (!line) return std::move(line).error().next(show_statement_line(path, number));
    ++facts.lines;
    return each(*line);
  };
  std::variant<CsvReader, JsonlReader> reader{std::in_place_type<CsvReader>, path};
  if (format != StatementFormat::csv) reader.emplace<JsonlReader>(path, format == StatementFormat::undone, unknown);
  Bytes piece(std::size_t{64} << 10U);
  while (true) {
    const auto got = read_full(file.get(), piece);
    if (!got) return Error{ErrorId::medium_io, "the statement " + path + " can not be read"}.because(got.error);
    const ByteView bytes = ByteView(piece).first(got.value);
    LIFEBOAT_CHECK(hash->update(bytes));
    LIFEBOAT_CHECK(std::visit([&](auto& r) { return r.feed(bytes, fields); }, reader));
    if (got.value < piece.size()) break;
  }
  LIFEBOAT_CHECK(std::visit([&](auto& r) { return r.finish(fields); }, reader));
  LIFEBOAT_CHECK(hash->finish({reinterpret_cast<std::byte*>(facts.digest.data()), facts.digest.size()}));
  return facts;
}

/// SHA-256 of a file, as `sha256sum` prints it. Errors: object_missing, medium_io.
template <class = void>
Result<std::string> file_sha256(const std::string& path) {
  LIFEBOAT_TRY(const FileDescriptor file, detail::open_statement(path));
  LIFEBOAT_TRY(const std::unique_ptr<VerifierPort> sha256, open_structural(StructuralId::sha256));
  LIFEBOAT_TRY(const std::unique_ptr<HashPort> hash, sha256->begin());
  Bytes piece(std::size_t{64} << 10U);
  while (true) {
    const auto got = read_full(file.get(), piece);
    if (!got) return Error{ErrorId::medium_io, "the statement " + path + " can not be read"}.because(got.error);
    LIFEBOAT_CHECK(hash->update(ByteView(piece).first(got.value)));
    if (got.value < piece.size()) break;
  }
  std::byte digest[32];
  LIFEBOAT_CHECK(hash->finish(digest));
  return to_hex(digest);
}

/// All lines of a statement, as a loss lists them. Errors: as read_statement.
template <class = void>
Result<std::vector<StatementLine>> statement_lines(const std::string& path, StatementFormat format) {
  std::vector<StatementLine> lines;
  const auto keep = [&](const StatementLine& line) {
    lines.push_back(line);
    return ok();
  };
  LIFEBOAT_TRY(const StatementFacts facts, read_statement(path, format, keep));
  (void)facts;
  return lines;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
