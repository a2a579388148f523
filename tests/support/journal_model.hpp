// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/once.hpp>

// What a journal must hold after any death of its writer, told from what was asked of it and what it answered. What a
// group holds is a function of who asked: a reader knows what it must be.

struct ModelHead {
  std::uint64_t who;
  std::uint32_t kind;
  std::uint32_t lines;
};
BOOST_HANA_ADAPT_STRUCT(ModelHead, who, kind, lines);

struct ModelLine {
  std::uint64_t who;
  std::uint64_t mixed;
};
BOOST_HANA_ADAPT_STRUCT(ModelLine, who, mixed);

/// What append_once pays: the same key with another variant is another payment.
struct ModelPaid {
  lifeboat::Key key;
  std::uint64_t variant;
};
BOOST_HANA_ADAPT_STRUCT(ModelPaid, key, variant);

/// A type that no open is told of.
struct ModelLate {
  std::uint64_t who;
};
BOOST_HANA_ADAPT_STRUCT(ModelLate, who);

namespace support {

enum class AskKind : std::uint32_t { one, pair, span, built, late, once };
inline constexpr std::uint32_t ask_kinds = 6;

enum class Answer : std::uint32_t { none, intended, position, acked, already, not_written, unknown };

/// One group that was asked for. Lies in memory that outlives who asks.
struct Ask {
  std::atomic<Answer> answer{Answer::none};
  AskKind kind{};
  std::uint32_t lines = 0;
  std::uint64_t who = 0;  ///< of once: its key
  std::uint64_t variant = 0;
  lifeboat::Position at{};  ///< where the answer says that there is one
  std::uint32_t thread = 0;

  /// `answer` comes last: who reads it reads the rest. Whoever dies between the two halves of a position has not said
  /// it.
  void settle(Answer how, lifeboat::Position position = {}) noexcept {
    if (position != lifeboat::Position{}) at = position;
    answer.store(how, std::memory_order_release);
  }
  [[nodiscard]] Answer told() const noexcept { return answer.load(std::memory_order_acquire); }
  /// None was told: zeros.
  [[nodiscard]] lifeboat::Position position() const noexcept {
    const Answer how = told();
    return how == Answer::position || how == Answer::acked || how == Answer::already || how == Answer::unknown
               ? at
               : lifeboat::Position{};
  }
};

/// A group that was read.
struct ModelGroup {
  lifeboat::Position at{};
  bool once = false;
  std::uint64_t who = 0;
  std::uint64_t variant = 0;
  std::uint32_t kind = 0;
  friend bool operator==(const ModelGroup&, const ModelGroup&) = default;
};

inline std::uint64_t mixed_of(std::uint64_t who, std::uint64_t index) noexcept {
  return (who * 0x9E3779B97F4A7C15ULL) ^ (index * 0xC2B2AE3D27D4EB4FULL);
}
inline ModelPaid paid_of(std::uint64_t key, std::uint64_t variant) {
  return {*lifeboat::Key::of("key-" + std::to_string(key)), variant};
}

/// What a group is; none where it is not whole, or not what any ask makes.
inline std::optional<ModelGroup> model_group(const lifeboat::JournalGroup& group) {
  using namespace lifeboat;
  RecordsOfGroup records = group.records();
  const auto first = records.next();
  if (!first) return std::nullopt;
  ModelGroup found{group.position, group.frame.flag() == GroupFlag::once};
  if (found.once) {
    found.kind = static_cast<std::uint32_t>(AskKind::once);
    if (first->number != record_number<ModelPaid>()) return std::nullopt;
    const auto paid = decode_record<ModelPaid>(first->bytes);
    if (!paid || !paid->key.view().starts_with("key-")) return std::nullopt;
    found.who = std::stoull(std::string(paid->key.view().substr(4)));
    found.variant = paid->variant;
  } else {
    if (first->number != record_number<ModelHead>()) return std::nullopt;
    const auto head = decode_record<ModelHead>(first->bytes);
    if (!head) return std::nullopt;
    found.who = head->who;
    found.kind = head->kind;
    for (std::uint32_t i = 0; i < head->lines; ++i) {
      const auto record = records.next();
      if (!record) return std::nullopt;
      if (head->kind == static_cast<std::uint32_t>(AskKind::late)) {
        const auto late = decode_record<ModelLate>(record->bytes);
        if (record->number != record_number<ModelLate>() || !late || late->who != head->who) return std::nullopt;
        continue;
      }
      const auto line = decode_record<ModelLine>(record->bytes);
      if (record->number != record_number<ModelLine>() || !line || line->who != head->who ||
          line->mixed != mixed_of(head->who, i))
        return std::nullopt;
    }
  }
  if (records.next() || !records.good()) return std::nullopt;
  return found;
}

/// What is known of a journal: its groups as they were when it was last looked at, and every key that was ever paid.
struct JournalModel {
  std::vector<ModelGroup> groups;
  std::map<std::uint64_t, ModelGroup> paid;

  /// The oracle: empty, or how `now` breaks it. What is recovered is a gapless prefix of what was submitted, holds
  /// all that was acknowledged, and may hold more; what was there stays. Takes `now` over.
  std::string look(std::vector<ModelGroup> now, const std::vector<const Ask*>& asked) {
    if (now.size() < groups.size()) return "groups are gone that were there";
    for (std::size_t i = 0; i < groups.size(); ++i)
      if (!(now[i] == groups[i])) return "group " + to_text(groups[i].at) + " is another than it was";
    for (std::size_t i = 1; i < now.size(); ++i) {
      const lifeboat::Position& before = now[i - 1].at;
      const lifeboat::Position& here = now[i].at;
      const bool next = here.epoch == before.epoch ? here.sequence == before.sequence + 1
                                                   : here.epoch > before.epoch && here.sequence > before.sequence;
      if (!next) return "group " + to_text(here) + " stands behind " + to_text(before);
    }
    std::map<std::uint64_t, const ModelGroup*> plain;
    std::map<lifeboat::Position, const ModelGroup*> by_position;
    for (const ModelGroup& group : now) {
      by_position[group.at] = &group;
      if (!group.once && !plain.emplace(group.who, &group).second) return twice(group);
    }
    for (std::size_t i = groups.size(); i < now.size(); ++i)
      if (now[i].once && !paid.emplace(now[i].who, now[i]).second) return twice(now[i]);
    std::set<const ModelGroup*> submitted;
    std::map<std::uint32_t, lifeboat::Position> last_of;
    for (const Ask* const ask : asked) {
      const Answer answer = ask->told();
      const lifeboat::Position told_at = ask->position();
      const bool once = ask->kind == AskKind::once;
      const auto found = plain.find(ask->who);
      const bool there = !once && found != plain.end();
      const std::string name = std::string(once ? "key " : "ask ") + std::to_string(ask->who);
      if (answer == Answer::not_written && there) return name + " is there and was said to be not written";
      if (answer == Answer::acked || answer == Answer::already) {
        const auto payment = paid.find(ask->who);
        const bool kept =
            once ? payment != paid.end() && payment->second.at == told_at && payment->second.variant == ask->variant
                 : there && found->second->at == told_at;
        if (!kept) return name + " was acknowledged at " + to_text(told_at) + " and is not there";
      }
      // What got a position has that one, where anything stands there or behind it.
      if (told_at != lifeboat::Position{} && !now.empty() && told_at <= now.back().at && answer != Answer::already) {
        const auto at = by_position.find(told_at);
        const bool mine = at != by_position.end() && at->second->once == once && at->second->who == ask->who &&
                          (!once || at->second->variant == ask->variant);
        if (!mine) return name + " had the position " + to_text(told_at) + ", where something else stands";
      }
      if (there) {
        submitted.insert(found->second);
        if (told_at != lifeboat::Position{} && found->second->at != told_at) return name + " stands elsewhere";
        if (found->second->kind != static_cast<std::uint32_t>(ask->kind)) return name + " has another form";
        lifeboat::Position& last = last_of[ask->thread];
        if (found->second->at <= last) return name + " stands before what its thread asked for earlier";
        last = found->second->at;
      }
      if (once && answer != Answer::none)
        for (std::size_t i = groups.size(); i < now.size(); ++i)
          if (now[i].once && now[i].who == ask->who && now[i].variant == ask->variant) submitted.insert(&now[i]);
    }
    for (std::size_t i = groups.size(); i < now.size(); ++i)
      if (!submitted.contains(&now[i])) return "group " + to_text(now[i].at) + " was never asked for";
    groups = std::move(now);
    return {};
  }

  /// Forgets the groups before the first that is kept.
  void recycled(lifeboat::Position first_kept) {
    std::erase_if(groups, [&](const ModelGroup& group) { return group.at < first_kept; });
  }

 private:
  static std::string twice(const ModelGroup& group) {
    return std::string(group.once ? "key " : "ask ") + std::to_string(group.who) + " is there twice";
  }
};

}  // namespace support
