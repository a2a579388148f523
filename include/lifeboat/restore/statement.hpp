// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include <lifeboat/core/position.hpp>
#include <lifeboat/core/result.hpp>
#include <lifeboat/core/shell_word.hpp>
#include <lifeboat/core/time_parse.hpp>
#include <lifeboat/core/time_text.hpp>
#include <lifeboat/record/money.hpp>

// One line of a statement: what a partner says of a payment, or we (docs/doubt.md, section 5).
namespace lifeboat::inline LIFEBOAT_ABI {

struct StatementLine {
  std::string key;
  std::optional<Position> position{};
  std::optional<Timestamp> time{};
  std::optional<Money> amount{};
  std::string client{};
  std::string state{};
};

inline constexpr std::array<std::string_view, 7> statement_columns = {"key",      "position", "time", "amount",
                                                                      "currency", "client",   "state"};

/// The fields of a line as they are written; an empty one is absent.
using StatementFields = std::array<std::string_view, statement_columns.size()>;

/// The same amount, with whatever digits the two are written: 125 and 125.00.
inline bool same_amount(const Money& a, const Money& b) noexcept {
  if (a.currency.letters != b.currency.letters) return false;
  MoneySum::Wide left = a.minor;
  MoneySum::Wide right = b.minor;
  for (unsigned d = a.currency.digits; d < b.currency.digits; ++d) left *= 10;
  for (unsigned d = b.currency.digits; d < a.currency.digits; ++d) right *= 10;
  return left == right;
}

namespace detail {

/// A whole number, all of the text.
template <class T>
std::optional<T> number_of(std::string_view text) noexcept {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "125.00" with "EUR"; the digits that are written are the currency's.
template <class = void>
std::optional<Money> money_of(std::string_view amount, std::string_view currency) {
  if (currency.size() != 3) return std::nullopt;
  const std::size_t point = amount.find('.');
  const std::string_view fraction = point == std::string_view::npos ? std::string_view() : amount.substr(point + 1);
  if (point != std::string_view::npos && fraction.empty()) return std::nullopt;
  std::string digits(amount.substr(0, point));
  const bool minus = digits.starts_with('-');
  if (digits.size() == (minus ? 1U : 0U)) return std::nullopt;
  digits.append(fraction);
  for (const char c : std::string_view(digits).substr(minus ? 1 : 0))
    if (c < '0' || c > '9') return std::nullopt;
  const auto minor = number_of<std::int64_t>(digits);
  if (!minor || fraction.size() > 18) return std::nullopt;
  Money money{*minor, {}};
  money.currency.letters = {currency[0], currency[1], currency[2]};
  money.currency.digits = static_cast<std::uint8_t>(fraction.size());
  return money.currency.valid() ? std::optional(money) : std::nullopt;
}

template <class = void>
std::optional<Position> position_of(std::string_view text) noexcept {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto epoch = number_of<std::uint64_t>(text.substr(0, colon));
  const auto sequence = number_of<std::uint64_t>(text.substr(colon + 1));
  if (!epoch || !sequence) return std::nullopt;
  return Position{*epoch, *sequence};
}

}  // namespace detail

/// The line that shows what is wrong in a statement.
template <class = void>
std::string show_statement_line(const std::string& path, std::uint64_t number) {
  return "sed -n " + std::to_string(number) + "p " + shell_quoted(path) +
         "    # mend that line, then the same command again";
}

/// A line of a statement out of its fields. `where` begins its errors: statement, naming the field.
template <class = void>
Result<StatementLine> statement_line(const StatementFields& fields, const std::string& where) {
  const auto& [key, position, time, amount, currency, client, state] = fields;
  const auto wrong = [&](std::string_view what) {
    return Error{ErrorId::statement, where + ": " + std::string(what)}.unchanged();
  };
  if (key.empty()) return wrong("there is no key");
  if (key.size() > 62 || client.size() > 62 || state.size() > 62)
    return wrong("a key, client and state have at most 62 bytes each");
  StatementLine line{std::string(key), {}, {}, {}, std::string(client), std::string(state)};
  if (!position.empty()) {
    line.position = detail::position_of(position);
    if (!line.position) return wrong("the position is not EPOCH:SEQUENCE");
  }
  if (!time.empty()) {
    const auto read = parse_time(time, {});
    if (!read) return wrong("the time is not as 2026-11-24T14:03:00Z: " + read.error().sentence());
    line.time = *read;
  }
  if (amount.empty() != currency.empty()) return wrong("an amount and its currency go together");
  if (!amount.empty()) {
    line.amount = detail::money_of(amount, currency);
    if (!line.amount) return wrong("the amount and its currency are not as 125.00 and EUR");
  }
  return line;
}

/// The fields of a line as they are written, in the order of `statement_columns`.
template <class = void>
std::array<std::string, statement_columns.size()> statement_texts(const StatementLine& line) {
  std::array<std::string, statement_columns.size()> texts;
  texts[0] = line.key;
  if (line.position) texts[1] = std::to_string(line.position->epoch) + ":" + std::to_string(line.position->sequence);
  if (line.time) texts[2] = utc_text(*line.time, line.time->nanoseconds == 0 ? Fraction::none : Fraction::nanoseconds);
  if (line.amount) {
    const std::string text = to_text(*line.amount);
    texts[3] = text.substr(0, text.find(' '));
    texts[4] = line.amount->currency.code();
  }
  texts[5] = line.client;
  texts[6] = line.state;
  return texts;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
