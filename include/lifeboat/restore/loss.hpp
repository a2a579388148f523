// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <map>
#include <span>
#include <vector>

#include <lifeboat/journal/keys.hpp>
#include <lifeboat/restore/doubt_records.hpp>
#include <lifeboat/restore/statement_reader.hpp>

// What people state of losses and of how they are settled, and the records that it becomes.
namespace lifeboat::inline LIFEBOAT_ABI {

/// What was lost or undone, and how that is known.
struct Loss {
  LossBasis basis = LossBasis::unknown;
  Position after{};               ///< the last group that is surely there
  Position ceiling{};             ///< bounded: no position above it was handed out
  std::uint64_t fresh_epoch = 0;  ///< the first epoch behind the loss; every token of an earlier one is in doubt
  Timestamp since{};              ///< of the last group that is surely there
  std::string by{};               ///< who says so
  std::string why{};
};

/// Who reconciles, what by.
struct Evidence {
  std::string by{};
  std::string second{};  ///< another person; a class of keys needs one
  std::string note{};
};

/// A file that closes a client's or a rail's keys.
struct ClassClosing {
  std::uint32_t window = 0;
  std::string name{};  ///< of the client, or the rail
  std::string path{};
  StatementFormat format = StatementFormat::csv;
  Timestamp from{};  ///< what the file covers, all of it
  Timestamp until{};
  Evidence evidence{};
};

/// What is listed in a window, as a line of a statement.
template <class = void>
StatementLine listed_line(const DoubtListed& listed) {
  StatementLine line{std::string(listed.key.view()),
                     Position{listed.epoch, listed.sequence},
                     {},
                     {},
                     std::string(listed.client.view()),
                     "in-doubt"};
  if (*line.position == Position{}) line.position.reset();
  if (listed.time != Timestamp{}) line.time = listed.time;
  if (listed.amount != Money{}) line.amount = listed.amount;
  return line;
}

namespace detail {

template <std::size_t N>
Status fit_text(FixedString<N>& into, std::string_view text, std::string_view what) {
  const auto fits = FixedString<N>::of(text);
  if (!fits)
    return Error{ErrorId::usage, std::string(what) + " has at most " + std::to_string(N) + " bytes"}.unchanged();
  into = *fits;
  return ok();
}

template <class = void>
Status check_loss(const Loss& loss, std::span<const StatementLine> listed) {
  const auto wrong = [](const char* what) { return Error{ErrorId::usage, what}.unchanged(); };
  if (loss.by.empty()) return wrong("a loss is stated by somebody: give its name");
  if (loss.basis == LossBasis::zero && !listed.empty()) return wrong("a loss that is zero has nothing listed");
  if (loss.fresh_epoch <= loss.after.epoch)
    return wrong("the first epoch behind a loss is above the one before it: tokens of the two would be taken for one");
  if (loss.basis == LossBasis::bounded && loss.ceiling <= loss.after)
    return wrong("a bounded loss has a ceiling above the last group that is there; else it is zero");
  if ((loss.basis == LossBasis::listed || loss.basis == LossBasis::undone) && listed.empty())
    return wrong("a loss that is exactly what is listed has a list; else it is zero, or unknown");
  return ok();
}

template <class = void>
Result<DoubtOpened> loss_record(const Loss& loss, Timestamp now) {
  DoubtOpened record;
  record.basis = loss.basis;
  record.after_epoch = loss.after.epoch;
  record.after_sequence = loss.after.sequence;
  record.ceiling_epoch = loss.ceiling.epoch;
  record.ceiling_sequence = loss.ceiling.sequence;
  record.fresh_epoch = loss.fresh_epoch;
  record.since = loss.since;
  record.opened = now;
  LIFEBOAT_CHECK(fit_text(record.by, loss.by, "a name"));
  LIFEBOAT_CHECK(fit_text(record.why, loss.why, "a reason"));
  return record;
}

template <class = void>
Result<std::vector<DoubtListed>> listed_records(std::span<const StatementLine> listed) {
  std::map<std::string_view, const StatementLine*> once;
  for (const StatementLine& line : listed) {
    LIFEBOAT_CHECK(check_key(line.key));
    once.emplace(line.key, &line);
  }
  std::vector<DoubtListed> records;
  records.reserve(once.size());
  for (const auto& [key, line] : once) {
    DoubtListed& record = records.emplace_back();
    record.key = *Key::of(key);
    const Position position = line->position.value_or(Position{});
    record.epoch = position.epoch;
    record.sequence = position.sequence;
    record.time = line->time.value_or(Timestamp{});
    record.amount = line->amount.value_or(Money{});
    LIFEBOAT_CHECK(fit_text(record.client, line->client, "a client"));
  }
  return records;
}

template <class = void>
Status check_second_name(const Evidence& evidence) {
  if (!evidence.second.empty() && evidence.second != evidence.by) return ok();
  return Error{ErrorId::second_name, "closing more than one key needs the names of two people"}.unchanged();
}

template <class = void>
Result<DoubtClosed> closing_record(ClosingKind kind, std::string_view name, const Evidence& evidence, Timestamp now) {
  DoubtClosed closed;
  closed.kind = kind;
  closed.at = now;
  if (evidence.by.empty()) return Error{ErrorId::usage, "a reconciliation has the name of who makes it"}.unchanged();
  if (name.empty()) return Error{ErrorId::usage, "a reconciliation says whose keys it closes"}.unchanged();
  LIFEBOAT_CHECK(fit_text(closed.name, name, "a name"));
  LIFEBOAT_CHECK(fit_text(closed.evidence.by, evidence.by, "a name"));
  LIFEBOAT_CHECK(fit_text(closed.evidence.second, evidence.second, "a name"));
  LIFEBOAT_CHECK(fit_text(closed.evidence.note, evidence.note, "a note"));
  return closed;
}

}  // namespace detail

}  // namespace lifeboat::inline LIFEBOAT_ABI
