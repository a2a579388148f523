// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/cli/doubt_place.hpp>
#include <lifeboat/cli/money_sums.hpp>
#include <lifeboat/restore/loss.hpp>
#include <lifeboat/restore/statement_jsonl.hpp>

// What a doubt window says, as text, as JSON, and as a statement.
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

inline constexpr std::uint64_t doubt_keys_shown = 20;  ///< as text: a screen; all of them stand in every other form

constexpr std::string_view basis_name(LossBasis basis) noexcept {
  switch (basis) {
    case LossBasis::zero: return "zero";
    case LossBasis::listed: return "listed";
    case LossBasis::undone: return "undone";
    case LossBasis::bounded: return "bounded";
    case LossBasis::unknown: return "unknown";
  }
  return "unknown";
}
constexpr std::string_view closing_name(ClosingKind kind) noexcept {
  switch (kind) {
    case ClosingKind::key: return "key";
    case ClosingKind::client: return "client";
    case ClosingKind::rail: return "rail";
    case ClosingKind::counter: return "counter";
  }
  return "unknown";
}

/// A line of a statement, for people and as JSON.
template <class = void>
std::string statement_text(const StatementLine& line) {
  std::string text;
  for (const std::string& field : statement_texts(line))
    if (!field.empty()) text.append(text.empty() ? "" : " ").append(field);
  return printable(text);
}
template <class = void>
Json statement_json(const StatementLine& line) {
  Json object = Json::object();
  const auto texts = statement_texts(line);
  for (std::size_t i = 0; i < texts.size(); ++i)
    if (!texts[i].empty()) put_text(object, std::string(statement_columns[i]), texts[i]);
  return object;
}

/// A line of a statement as a row. Errors: statement, for what JSON can not hold.
template <class = void>
Status print_row(Session& session, RowFormat format, const StatementLine& line) {
  if (format == RowFormat::csv) {
    session.out.out(csv_line(line));
    return ok();
  }
  LIFEBOAT_TRY(const std::string row, jsonl_line(line));
  session.out.out(row);
  return ok();
}

namespace detail {

/// What of a window is still in doubt.
struct OpenOf {
  std::uint64_t keys = 0;
  MoneySums sums;
};

/// The windows, the closings, and the listed keys of a state.
template <class = void>
class BasicDoubtListing {
 public:
  BasicDoubtListing(Session& session, const DoubtState& state) : session_(session), state_(state) {
    state_.each_open([&](const DoubtListed& listed) {
      OpenOf& of = open_[listed.window];
      ++of.keys;
      ++keys_;
      if (listed.amount == Money{}) return;
      fits_ = add_money(of.sums, listed.amount) && add_money(sums_, listed.amount) && fits_;
    });
    state_.each_window(
        [&](const DoubtOpened& opened, std::uint64_t, bool whole) { ranges_ += is_exact(opened, whole) ? 0U : 1U; });
  }

  Status rows(RowFormat format) {
    Status done = ok();
    if (format == RowFormat::csv) session_.out.out(csv_header());
    state_.each_open([&](const DoubtListed& listed) {
      if (done) done = print_row(session_, format, listed_line(listed));
    });
    return done;
  }

  Status print() {
    if (!fits_) return Error{ErrorId::limit, "the sum of what is in doubt does not fit into 128 bits"};
    Json windows = Json::array();
    state_.each_window([&](const DoubtOpened& opened, std::uint64_t listed, bool whole) {
      windows.push_back(window(opened, listed, whole));
    });
    session_.json["windows"] = std::move(windows);
    Json none = Json::array();
    for (const DoubtOpened& stated : state_.nothing_lost()) none.push_back(nothing_lost(stated));
    session_.json["nothing_lost"] = std::move(none);
    Json closings = Json::array();
    for (const DoubtClosed& closed : state_.closings()) closings.push_back(closing(closed));
    session_.json["closings"] = std::move(closings);
    Json lives = Json::array();
    for (const WentLive& live : state_.went_live()) lives.push_back(went_live(live));
    session_.json["went_live"] = std::move(lives);
    session_.begin_array("keys");
    std::uint64_t shown = 0;
    state_.each_open([&](const DoubtListed& listed) {
      const StatementLine line = listed_line(listed);
      if (shown++ < doubt_keys_shown) session_.say("key     " + statement_text(line));
      if (!session_.wants_json()) return;
      Json object = statement_json(line);
      object.erase("state");
      object["window"] = listed.window;
      session_.item(object);
    });
    if (keys_ > doubt_keys_shown && !session_.wants_json()) {
      session_.say("        " + std::to_string(keys_ - doubt_keys_shown) + " more");
      session_.next("--as csv");
    }
    summary();
    return ok();
  }

  /// What is still in doubt, in one line.
  void summary() {
    const std::string sums = sums_text(sums_);
    session_.say(count_text(keys_, "key", "keys") + " in doubt by name" + (sums.empty() ? "" : ", " + sums) + " | " +
                 (ranges_ == 0 ? "no other key is in doubt"
                               : "in " + count_text(ranges_, "window", "windows") +
                                     " also every other key that nobody knows or vouches for"));
    session_.json["open_count"] = keys_;
    session_.json["sums"] = sums_json(sums_);
    session_.json["range_count"] = ranges_;
  }

 private:
  /// Whether what is listed is all that is in doubt.
  static bool is_exact(const DoubtOpened& opened, bool whole) noexcept {
    return (opened.basis == LossBasis::listed || opened.basis == LossBasis::undone) && whole;
  }

  /// "behind 1:6 of 2026-...": where the loss begins, and how far it may reach.
  static std::string interval_text(const DoubtOpened& o) {
    std::string text = "behind " + to_text(Position{o.after_epoch, o.after_sequence});
    if (o.since != Timestamp{}) text += " of " + utc_text(o.since);
    if (o.basis == LossBasis::bounded) text += " up to " + to_text(Position{o.ceiling_epoch, o.ceiling_sequence});
    return text;
  }

  /// What its basis says of the loss, and of the keys that are not listed.
  static std::string basis_text(const DoubtOpened& o, std::uint64_t listed, bool exact) {
    const std::string keys = count_text(listed, "key", "keys");
    switch (o.basis) {
      case LossBasis::listed: return exact ? "exactly " + keys + " lost" : "a list that is not whole: " + keys;
      case LossBasis::undone: return exact ? "exactly " + keys + " undone" : "a list that is not whole: " + keys;
      case LossBasis::bounded: return "any key may be lost, but no position above the bound";
      default: return "any key may be lost, with no bound";
    }
  }

  Json window(const DoubtOpened& o, std::uint64_t listed, bool whole) {
    const OpenOf& of = open_[o.window];
    const bool exact = is_exact(o, whole);
    const bool settled = exact && of.keys == 0;
    const std::string sums = sums_text(of.sums);
    session_.say("window  " + std::to_string(o.window) + ", " + std::string(basis_name(o.basis)) + " " +
                 interval_text(o) + ": " + basis_text(o, listed, exact) + " | opened " + utc_text(o.opened) + " by " +
                 printable(o.by.view()) + (o.why.view().empty() ? "" : ": " + printable(o.why.view())));
    session_.say("        " +
                 (settled ? std::string("settled")
                          : std::to_string(of.keys) + " of " + count_text(listed, "listed key", "listed keys") +
                                " in doubt" + (sums.empty() ? "" : ", " + sums)) +
                 " | tokens of epoch " + std::to_string(o.fresh_epoch) + " and later are clear");
    Json json;
    json["window"] = o.window;
    json["basis"] = basis_name(o.basis);
    json["after"] = to_text(Position{o.after_epoch, o.after_sequence});
    json["ceiling"] =
        o.basis == LossBasis::bounded ? Json(to_text(Position{o.ceiling_epoch, o.ceiling_sequence})) : Json(nullptr);
    json["fresh_epoch"] = o.fresh_epoch;
    json["since"] = o.since != Timestamp{} ? time_json(o.since) : Json(nullptr);
    json["opened"] = time_json(o.opened);
    put_text(json, "by", o.by.view());
    put_text(json, "why", o.why.view());
    json["listed"] = listed;
    json["exact"] = exact;
    json["open_count"] = of.keys;
    json["sums"] = sums_json(of.sums);
    json["settled"] = settled;
    return json;
  }

  /// That an epoch began without a loss, as somebody states.
  Json nothing_lost(const DoubtOpened& o) const {
    const Position after{o.after_epoch, o.after_sequence};
    session_.say("none    " + (after.sequence == 0 ? "" : "behind " + to_text(after) + " ") + "before epoch " +
                 std::to_string(o.fresh_epoch) + ": nothing was lost | stated " + utc_text(o.opened) + " by " +
                 printable(o.by.view()) + (o.why.view().empty() ? "" : ": " + printable(o.why.view())));
    Json json;
    json["after"] = to_text(after);
    json["fresh_epoch"] = o.fresh_epoch;
    json["stated"] = time_json(o.opened);
    put_text(json, "by", o.by.view());
    put_text(json, "why", o.why.view());
    return json;
  }

  Json closing(const DoubtClosed& c) const {
    const auto& e = c.evidence;
    const bool file = c.kind == ClosingKind::client || c.kind == ClosingKind::rail;
    std::string text = "closed  " + std::to_string(c.closing) + ", " + std::string(closing_name(c.kind)) + " " +
                       printable(c.name.view());
    if (c.kind == ClosingKind::counter) text += " above " + std::to_string(c.counter);
    text += c.first == c.last ? " in window " + std::to_string(c.first)
                              : " in windows " + std::to_string(c.first) + " to " + std::to_string(c.last);
    text += " | " + utc_text(c.at) + " by " + printable(e.by.view());
    if (!e.second.view().empty()) text += " and " + printable(e.second.view()) + " (unproven names)";
    if (file)
      text += " | " + count_text(c.verdicts, "key", "keys") + " of " + utc_text(c.from) + " to " + utc_text(c.until) +
              ", sha256 " + to_hex(std::as_bytes(std::span(e.digest))).substr(0, 16);
    if (!e.note.view().empty()) text += " | " + printable(e.note.view());
    session_.say(text);
    Json json;
    json["closing"] = c.closing;
    json["kind"] = closing_name(c.kind);
    put_text(json, "name", c.name.view());
    json["first_window"] = c.first;
    json["last_window"] = c.last;
    if (c.kind == ClosingKind::counter) json["highest"] = c.counter;
    json["verdicts"] = c.verdicts;
    json["time"] = time_json(c.at);
    put_text(json, "by", e.by.view());
    put_text(json, "second", e.second.view());
    put_text(json, "note", e.note.view());
    if (file) {
      json["from"] = time_json(c.from);
      json["until"] = time_json(c.until);
      json["digest"] = to_hex(std::as_bytes(std::span(e.digest)));
    }
    return json;
  }

  Json went_live(const WentLive& live) const {
    const Position first{live.epoch, live.first};
    const Position after{live.after_epoch, live.after_sequence};
    std::string text = "live    epoch " + std::to_string(live.epoch) + " begins at " + to_text(first) + ", behind " +
                       to_text(after) + " | " + utc_text(live.at) + " by " + printable(live.by.view());
    if (!live.second.view().empty()) text += " and " + printable(live.second.view()) + " (unproven names)";
    if (!live.reason.view().empty()) text += " | why: " + printable(live.reason.view());
    if (!live.ticket.view().empty()) text += " | ticket " + printable(live.ticket.view());
    session_.say(text);
    Json json;
    json["epoch"] = live.epoch;
    json["first"] = to_text(first);
    json["after"] = to_text(after);
    json["time"] = time_json(live.at);
    put_text(json, "by", live.by.view());
    put_text(json, "second", live.second.view());
    put_text(json, "reason", live.reason.view());
    put_text(json, "ticket", live.ticket.view());
    return json;
  }

  Session& session_;
  const DoubtState& state_;
  std::map<std::uint32_t, OpenOf> open_;
  MoneySums sums_;
  std::uint64_t keys_ = 0;
  std::uint64_t ranges_ = 0;
  bool fits_ = true;
};
using DoubtListing = BasicDoubtListing<>;

}  // namespace detail

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
