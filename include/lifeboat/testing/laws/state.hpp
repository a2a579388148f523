// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <lifeboat/journal/replay.hpp>
#include <lifeboat/record/saved_state.hpp>
#include <lifeboat/testing/laws/laws.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace testing {

/// The laws of an engine's state (record/engine_state.hpp), run on a journal of some groups. `Make` gives a new state,
/// that nothing was applied to. The journal is not changed; saved states are held in `space`.
template <class List, class Make>
class StateLaws {
 public:
  using State = typename std::invoke_result_t<Make&>::element_type;
  static_assert(EngineState<State>, "lifeboat: a state has save(StateWriter&) and load(StateReader&)");

  StateLaws(Make make, std::string journal, StateSpace space)
      : make_(std::move(make)),
        journal_(std::move(journal)),
        space_(std::move(space)),
        laws_("the state " + journal_) {}

  Laws run() && {
    places();
    whole();
    if (whole_ == nullptr) return std::move(laws_);
    const std::size_t step = places_.size() / cuts_ + 1;
    for (std::size_t i = 0; i < places_.size(); i += step) cut_at(places_[i]);
    if (!places_.empty()) cut_at(places_.back());
    cut_at({});
    loads_of_nothing();
    return std::move(laws_);
  }

 private:
  using Saved = std::shared_ptr<const SavedState>;
  static constexpr std::size_t cuts_ = 20;

  Result<JournalReader> read(Position from = {}) { return JournalReader::open(journal_, from); }

  void places() {
    auto reader = read();
    if (!laws_.succeeds("the journal is read", reader)) return;
    while (true) {
      const auto group = reader->next();
      if (!laws_.succeeds("the journal is read", group) || !*group) break;
      places_.push_back((*group)->position);
    }
    laws_.check("the journal of these laws has at least two groups", places_.size() >= 2);
  }

  Saved save(State& state, std::string_view law) {
    auto saved = SavedState::of(state, space_);
    return laws_.succeeds(law, saved) ? *saved : nullptr;
  }

  /// Replays what lies behind `from`, up to `to`.
  bool replayed(State& state, Position from, std::optional<Position> to = {}) {
    auto reader = read(from);
    if (!laws_.succeeds("the journal is read", reader)) return false;
    return laws_.succeeds("a replay succeeds", replay<List>(state, *reader, from, to));
  }

  void same(const Saved& a, const Saved& b, std::string_view law, Position cut) {
    if (a == nullptr || b == nullptr) return;
    laws_.check(law, a->digest() == b->digest() && a->position() == b->position() && a->size() == b->size(),
                "at " + std::to_string(cut.epoch) + ":" + std::to_string(cut.sequence) + ": " + to_hex(a->digest()) +
                    " and " + to_hex(b->digest()));
  }

  void whole() {
    const auto state = make_();
    if (!replayed(*state, {})) return;
    whole_ = save(*state, "a state saves itself");
    if (whole_ == nullptr || places_.empty()) return;
    same(whole_, save(*state, "a state saves itself"), "the same state saves the same bytes", places_.back());
    laws_.check("the position is that of the last group applied", whole_->position() == places_.back());
    if (!replayed(*state, places_.back())) return;
    same(whole_, save(*state, "a state saves itself"), "a replay of what is in it changes nothing", places_.back());
    const auto another = make_();
    if (!replayed(*another, {})) return;
    same(whole_, save(*another, "a state saves itself"), "two replays give the same state", places_.back());
  }

  /// Saves there, loads what was saved into a new state, and replays the rest.
  void cut_at(Position cut) {
    const auto before = make_();
    if (cut != Position{} && !replayed(*before, {}, cut)) return;
    const Saved saved = save(*before, "a state saves itself");
    if (saved == nullptr) return;
    laws_.check("the position is that of the last group applied", saved->position() == cut);
    const auto after = make_();
    const auto position = load_state(*after, *saved, saved->size(), "of the laws");
    if (!laws_.succeeds("what was saved is loaded", position)) return;
    same(saved, save(*after, "a state saves itself"), "what was loaded saves the same", cut);
    if (!replayed(*after, *position)) return;
    same(whole_, save(*after, "a state saves itself"), "loading and applying equals replaying from nothing", cut);
  }

  /// A state that saved something refuses to be loaded from less.
  void loads_of_nothing() {
    struct Cut final : StateBytes {
      const SavedState* whole = nullptr;
      std::array<std::byte, state_head_bytes> head{};
      Result<std::size_t> read(std::uint64_t at, MutableBytes out) const override {
        if (at != 0) return whole->read(at, out);
        std::memcpy(out.data(), head.data(), head.size());
        return head.size();
      }
    } cut;
    const std::uint64_t length = whole_->size() - state_head_bytes;
    if (length == 0) return;
    cut.whole = whole_.get();
    cut.head = encode_state_head({whole_->position(), length - 1, whole_->digest()});
    const auto state = make_();
    laws_.check("a load of a part is an error", !load_state(*state, cut, whole_->size() - 1, "of the laws"));
  }

  Make make_;
  std::string journal_;
  StateSpace space_;
  std::vector<Position> places_;
  Saved whole_;
  Laws laws_;
};

/// Runs the laws of a state: `REQUIRE(state_laws<Records<Payment>>([] { return std::make_unique<Ledger>(); }, folder)
/// .all_hold())`.
template <class List, class Make>
Laws state_laws(Make make, std::string journal, StateSpace space = {}) {
  return StateLaws<List, Make>(std::move(make), std::move(journal), std::move(space)).run();
}

}  // namespace testing
}  // namespace lifeboat::inline LIFEBOAT_ABI
