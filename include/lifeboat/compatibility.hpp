// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <boost/hana/bool.hpp>
#include <boost/hana/find_if.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/optional.hpp>
#include <boost/hana/tuple.hpp>

#include <lifeboat/fwd.hpp>
#include <lifeboat/journal/outcome.hpp>
#include <lifeboat/medium/medium.hpp>
#include <lifeboat/source/source.hpp>
#include <lifeboat/strategy/strategy.hpp>
#include <lifeboat/sync/sync.hpp>
#include <lifeboat/verifier/verifier.hpp>

// Which combinations of policies make sense: each rule a type with a sentence. What is chosen at run time is asked the
// same rules when it is opened.
namespace lifeboat::inline LIFEBOAT_ABI {

/// The answer of a rule, in the order that the better one decides where either of two things is enough.
enum class Answer { no, ask_at_open, yes };

/// What the rules on combinations look at: what policies declare, or what was opened.
struct PipelineFacts {
  StrategyId strategy = StrategyId::full;
  bool strategy_at_run_time = false;
  Capabilities medium{};
  VerifierTraits verifier{};
};

namespace detail {

constexpr Answer either(Answer a, Answer b) noexcept { return a < b ? b : a; }
constexpr Answer answer(bool at_run_time, bool holds) noexcept {
  return at_run_time ? Answer::ask_at_open : holds ? Answer::yes : Answer::no;
}
constexpr Answer stands_alone(const PipelineFacts& facts) noexcept {
  return answer(facts.strategy_at_run_time, facts.strategy == StrategyId::full);
}

}  // namespace detail

/// An increment takes content for unchanged where its digest is.
struct UnchangedContentIsProven {
  static constexpr std::string_view sentence =
      "an incremental or differential takes content of equal digest for unchanged, so its verifier must be "
      "cryptographic: choose Sha256, Sha512_256, Sm3 or Blake2b, or the strategy Full";
  static constexpr Answer holds(const PipelineFacts& facts) noexcept {
    return detail::either(detail::stands_alone(facts),
                          detail::answer(facts.verifier.at_run_time, facts.verifier.cryptographic));
  }
};

/// An increment reads pages of its base's manifest, and leaf digests from the middle of streams.
struct BaseIsReadable {
  static constexpr std::string_view sentence =
      "an incremental or differential reads parts of the archives it builds on, so its medium must have ranged_read: "
      "choose a medium that has, or the strategy Full";
  static constexpr Answer holds(const PipelineFacts& facts) noexcept {
    return detail::either(detail::stands_alone(facts),
                          detail::answer(facts.medium.at_run_time, facts.medium.ranged_read));
  }
};

/// The publication of its chain entry is the commit of an archive.
struct CommitIsExclusive {
  static constexpr std::string_view sentence =
      "a backup commits by a chain entry that no other writer can publish too, so its medium must have put_if_absent: "
      "choose a medium that has";
  static constexpr Answer holds(const PipelineFacts& facts) noexcept {
    return detail::answer(facts.medium.at_run_time, facts.medium.put_if_absent);
  }
};

/// The rules on combinations.
inline constexpr boost::hana::tuple<UnchangedContentIsProven, BaseIsReadable, CommitIsExclusive> combination_rules{};

/// The five arguments of a pipeline, each with the sentence where it is no model of its concept, and the one where it
/// is a model of another.
struct StrategySlot {
  static constexpr std::string_view sentence =
      "argument 1 (Strategy) must satisfy Strategy: name, Config, id, base(chain, limits); see strategy/strategy.hpp";
  static constexpr std::string_view misplaced =
      "argument 1 (Strategy) is a policy of another slot; the order is <Strategy, Medium, Sync, Verifier, Source>";
  template <class P>
  using Argument = typename P::strategy_type;
  template <class T>
  static constexpr bool fits = Strategy<T>;
};
struct MediumSlot {
  static constexpr std::string_view sentence =
      "argument 2 (Medium) must satisfy Medium: name, Config, capabilities, open, create, read, list; see "
      "medium/medium.hpp";
  static constexpr std::string_view misplaced =
      "argument 2 (Medium) is a policy of another slot; the order is <Strategy, Medium, Sync, Verifier, Source>";
  template <class P>
  using Argument = typename P::medium_type;
  template <class T>
  static constexpr bool fits = Medium<T>;
};
struct SyncSlot {
  static constexpr std::string_view sentence =
      "argument 3 (Sync) must satisfy Sync: name, Config, has_log, open, sync, verify; see sync/sync.hpp";
  static constexpr std::string_view misplaced =
      "argument 3 (Sync) is a policy of another slot; the order is <Strategy, Medium, Sync, Verifier, Source>";
  template <class P>
  using Argument = typename P::sync_type;
  template <class T>
  static constexpr bool fits = Sync<T>;
};
struct VerifierSlot {
  static constexpr std::string_view sentence =
      "argument 4 (Verifier) must satisfy Verifier: traits, Config, State, open, begin, digest; see "
      "verifier/verifier.hpp";
  static constexpr std::string_view misplaced =
      "argument 4 (Verifier) is a policy of another slot; the order is <Strategy, Medium, Sync, Verifier, Source>";
  template <class P>
  using Argument = typename P::verifier_type;
  template <class T>
  static constexpr bool fits = Verifier<T>;
};
struct SourceSlot {
  static constexpr std::string_view sentence =
      "argument 5 (Source) must satisfy Source: name, Config, open, facts, freeze, thaw, scan; see source/source.hpp";
  static constexpr std::string_view misplaced =
      "argument 5 (Source) is a policy of another slot; the order is <Strategy, Medium, Sync, Verifier, Source>";
  template <class P>
  using Argument = typename P::source_type;
  template <class T>
  static constexpr bool fits = Source<T>;
};

inline constexpr boost::hana::tuple<StrategySlot, MediumSlot, SyncSlot, VerifierSlot, SourceSlot> slot_rules{};

namespace detail {

/// Five policies seen as a pipeline is: by these names.
template <class S, class M, class Y, class V, class Src>
struct Slots {
  using strategy_type = S;
  using medium_type = M;
  using sync_type = Y;
  using verifier_type = V;
  using source_type = Src;
};

/// Whether an argument is no model of its own slot, and one of another.
template <class Slot, class T>
inline constexpr bool is_misplaced =
    !Slot::template fits<T> && (Strategy<T> || Medium<T> || Sync<T> || Verifier<T> || Source<T>);

template <class P>
inline constexpr bool slots_fit = Strategy<typename P::strategy_type>&& Medium<typename P::medium_type>&&
    Sync<typename P::sync_type>&& Verifier<typename P::verifier_type>&& Source<typename P::source_type>;

/// What five policies declare.
template <class P>
constexpr PipelineFacts declared_facts() noexcept {
  return {.strategy = P::strategy_type::id,
          .strategy_at_run_time = chosen_at_run_time<typename P::strategy_type>(),
          .medium = P::medium_type::capabilities,
          .verifier = P::verifier_type::traits};
}

/// Whether a rule on combinations is not broken by what is declared. Where a slot does not fit, that is the news.
template <class Rule, class P>
constexpr bool not_broken() noexcept {
  if constexpr (slots_fit<P>)
    return Rule::holds(declared_facts<P>()) != Answer::no;
  else
    return true;
}

/// True, or a sentence from the compiler: `static_assert(detail::check_combination<...>())` in the pipeline's body.
template <class S, class M, class Y, class V, class Src>
consteval bool check_combination() {
  using P = Slots<S, M, Y, V, Src>;
  static_assert(!is_misplaced<StrategySlot, S>,
                "lifeboat: argument 1 (Strategy) is a policy of another slot; the order is "
                "<Strategy, Medium, Sync, Verifier, Source>");
  static_assert(!is_misplaced<MediumSlot, M>,
                "lifeboat: argument 2 (Medium) is a policy of another slot; the order is "
                "<Strategy, Medium, Sync, Verifier, Source>");
  static_assert(!is_misplaced<SyncSlot, Y>,
                "lifeboat: argument 3 (Sync) is a policy of another slot; the order is "
                "<Strategy, Medium, Sync, Verifier, Source>");
  static_assert(!is_misplaced<VerifierSlot, V>,
                "lifeboat: argument 4 (Verifier) is a policy of another slot; the order is "
                "<Strategy, Medium, Sync, Verifier, Source>");
  static_assert(!is_misplaced<SourceSlot, Src>,
                "lifeboat: argument 5 (Source) is a policy of another slot; the order is "
                "<Strategy, Medium, Sync, Verifier, Source>");
  static_assert(Strategy<S>,
                "lifeboat: argument 1 (Strategy) must satisfy Strategy: name, Config, id, base(chain, limits); see "
                "strategy/strategy.hpp");
  static_assert(Medium<M>,
                "lifeboat: argument 2 (Medium) must satisfy Medium: name, Config, capabilities, open, create, read, "
                "list; see medium/medium.hpp");
  static_assert(Sync<Y>,
                "lifeboat: argument 3 (Sync) must satisfy Sync: name, Config, has_log, open, sync, verify; see "
                "sync/sync.hpp");
  static_assert(Verifier<V>,
                "lifeboat: argument 4 (Verifier) must satisfy Verifier: traits, Config, State, open, begin, digest; "
                "see verifier/verifier.hpp");
  static_assert(Source<Src>,
                "lifeboat: argument 5 (Source) must satisfy Source: name, Config, open, facts, freeze, thaw, scan; "
                "see source/source.hpp");
  static_assert(not_broken<UnchangedContentIsProven, P>(),
                "lifeboat: an incremental or differential takes content of equal digest for unchanged, so its verifier "
                "must be cryptographic: choose Sha256, Sha512_256, Sm3 or Blake2b, or the strategy Full");
  static_assert(not_broken<BaseIsReadable, P>(),
                "lifeboat: an incremental or differential reads parts of the archives it builds on, so its medium must "
                "have ranged_read: choose a medium that has, or the strategy Full");
  static_assert(not_broken<CommitIsExclusive, P>(),
                "lifeboat: a backup commits by a chain entry that no other writer can publish too, so its medium must "
                "have put_if_absent: choose a medium that has");
  return true;
}

}  // namespace detail

/// Why these five can not be a pipeline: the sentence of the first rule that is broken; empty where they can.
template <class S, class M, class Y, class V, class Src = Directory>
constexpr std::string_view explain() noexcept {
  namespace hana = boost::hana;
  using P = detail::Slots<S, M, Y, V, Src>;
  const auto slot = hana::find_if(slot_rules, [](auto rule) {
    using Slot = decltype(rule);
    return hana::bool_c<!Slot::template fits<typename Slot::template Argument<P>>>;
  });
  if constexpr (decltype(hana::is_just(slot))::value) {
    using Slot = std::decay_t<decltype(*slot)>;
    return detail::is_misplaced<Slot, typename Slot::template Argument<P>> ? Slot::misplaced : Slot::sentence;
  } else {
    const auto broken = hana::find_if(combination_rules,
                                      [](auto rule) { return hana::bool_c<!detail::not_broken<decltype(rule), P>()>; });
    if constexpr (decltype(hana::is_just(broken))::value)
      return std::decay_t<decltype(*broken)>::sentence;
    else
      return {};
  }
}

/// Whether these five can be a pipeline, as far as that can be told before it is opened.
template <class S, class M, class Y, class V, class Src = Directory>
inline constexpr bool valid_pipeline = explain<S, M, Y, V, Src>().empty();

/// Answers the rules on combinations for what was opened: the sentence of the first that is broken.
template <class = void>
std::optional<std::string_view> check_at_open(const PipelineFacts& opened) {
  std::optional<std::string_view> broken;
  boost::hana::for_each(combination_rules, [&](auto rule) {
    if (!broken && rule.holds(opened) == Answer::no) broken = rule.sentence;
  });
  return broken;
}

/// The same as an error: combination.
template <class = void>
Status check_opened(const PipelineFacts& opened) {
  if (const auto sentence = check_at_open(opened))
    return Error{ErrorId::combination, std::string(*sentence)}.unchanged();
  return ok();
}

/// Whether `prune` can be called: not on a medium that keeps what it has. One chosen at run time answers when asked.
template <class P>
inline constexpr bool can_prune = Capabilities{P::medium_type::capabilities}.at_run_time ||
                                  (Capabilities{P::medium_type::capabilities}.remove &&
                                   !Capabilities{P::medium_type::capabilities}.write_once);

/// Whether `append` can be called at a level: a sync without a log has nowhere to put it, and one whose copy does not
/// acknowledge has no standby to wait for.
template <class P, class Level = LocalDurable>
inline constexpr bool can_append = P::sync_type::has_log && (std::is_same_v<Level, LocalDurable> ||
                                                             acknowledging_domains<typename P::sync_type>() >= 2);

/// Whether groups of the log can be read back by their types: the source names them.
template <class P>
inline constexpr bool can_replay = P::sync_type::has_log&& requires {
  typename P::source_type::records_type;
};

namespace detail {

/// For the body of an overload that is there for its sentence.
template <class P>
constexpr void require_prune() {
  static_assert(can_prune<P>,
                "lifeboat: prune on a write-once medium, or one that can not remove: what it holds ends by its own "
                "rules; prune a medium that can");
}
template <class P, class Level = LocalDurable>
constexpr void require_append() {
  static_assert(can_append<P>,
                "lifeboat: append needs a sync with a log, and this pipeline's sync has none: choose LogSync, or "
                "call backup() or sync()");
  static_assert(!can_append<P> || can_append<P, Level>,
                "lifeboat: StandbyDurable needs a standby that acknowledges, and the copy of this pipeline's sync does "
                "not: choose a LogSync over a transport that does, or append at LocalDurable");
}
template <class P>
constexpr void require_replay() {
  static_assert(can_replay<P>,
                "lifeboat: replay_from needs a sync with a log, and a source that names the records in it: choose "
                "LogSync, and With<Directory, Records<...>> or Engine<State, Records<...>>");
}

}  // namespace detail
}  // namespace lifeboat::inline LIFEBOAT_ABI
