// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/testing/laws/state.hpp>

#include "support/ledger.hpp"
#include "support/temp_folder.hpp"

namespace test_state_laws {

using namespace lifeboat;
using support::Ledger;
using support::LedgerRecords;

namespace {

/// What a state does wrong, one thing each.
enum class Flaw {
  none,
  forgetful,  // loads less than it saved
  restless,   // saves something else each time
  drifting,   // saves something else from the third time on
  personal,   // saves which state of its program it is
  amnesiac,   // goes by something that it does not save
  misplaced,  // says that it holds a group more
  stubborn,   // does not load what it saved
  brittle,    // does not take a group
  mute        // does not save
};

template <Flaw flaw>
class Flawed : public Ledger {
 public:
  Flawed() {
    if constexpr (flaw == Flaw::personal) number_ = ++born;
  }
  Result<Position> save(StateWriter& writer) {
    if constexpr (flaw == Flaw::mute) return Error{ErrorId::freeze_failed, "not now"};
    ++saves_;
    if constexpr (flaw == Flaw::restless) number_ = saves_;
    if constexpr (flaw == Flaw::drifting) number_ = saves_ > 2 ? 1 : 0;
    LIFEBOAT_CHECK(writer.fixed(number_));
    LIFEBOAT_TRY(Position at, Ledger::save(writer));
    if constexpr (flaw == Flaw::misplaced) ++at.sequence;
    return at;
  }
  Status load(StateReader& reader) {
    if constexpr (flaw == Flaw::stubborn) return Error{ErrorId::corrupt, "not this"};
    LIFEBOAT_TRY(number_, reader.fixed<std::uint64_t>());
    LIFEBOAT_CHECK(Ledger::load(reader));
    if constexpr (flaw == Flaw::forgetful) return Ledger::apply({{}, {}}, {1, 1}, Replaying{});
    return ok();
  }
  Status apply(const LedgerRecords::Group& group, Position position, Applying how) {
    if constexpr (flaw == Flaw::brittle)
      if (position.sequence == 13) return Error{ErrorId::corrupt, "not this"};
    // Every tenth that it saw counts twice.
    if constexpr (flaw == Flaw::amnesiac)
      if (++seen_ % 10 == 0) LIFEBOAT_CHECK(Ledger::apply(group, position, how));
    return Ledger::apply(group, position, how);
  }

 private:
  static inline std::uint64_t born = 0;
  std::uint64_t number_ = 0;
  std::uint64_t saves_ = 0;
  std::uint64_t seen_ = 0;
};

template <Flaw flaw>
testing::Laws laws_of(std::uint64_t groups) {
  const support::TempFolder folder;
  support::fill(*support::open_ledger_journal(folder / "j"), groups);
  return testing::state_laws<LedgerRecords>([] { return std::make_unique<Flawed<flaw>>(); }, folder / "j");
}

template <Flaw flaw>
bool breaks(std::string_view law) {
  const auto laws = laws_of<flaw>(20);
  INFO(laws.report());
  CHECK_FALSE(laws.all_hold());
  return laws.report().find("  BROKEN  " + std::string(law) + " (") != std::string::npos;
}

}  // namespace

TEST_CASE("a state without a flaw keeps the laws of a state, and they need a journal of some groups") {
  const auto laws = laws_of<Flaw::none>(20);
  INFO(laws.report());
  CHECK(laws.all_hold());
  CHECK_FALSE(laws_of<Flaw::none>(1).holds("the journal of these laws has at least two groups"));
}

TEST_CASE("each law of a state is seen to be broken") {
  CHECK(breaks<Flaw::amnesiac>("loading and applying equals replaying from nothing"));
  CHECK(breaks<Flaw::forgetful>("what was loaded saves the same"));
  CHECK(breaks<Flaw::restless>("the same state saves the same bytes"));
  CHECK(breaks<Flaw::drifting>("a replay of what is in it changes nothing"));
  CHECK(breaks<Flaw::personal>("two replays give the same state"));
  CHECK(breaks<Flaw::misplaced>("the position is that of the last group applied"));
  CHECK(breaks<Flaw::stubborn>("what was saved is loaded"));
  CHECK(breaks<Flaw::brittle>("a replay succeeds"));
  CHECK(breaks<Flaw::mute>("a state saves itself"));
}

TEST_CASE("what a state goes by and does not save shows in nothing but what comes after a load") {
  const auto laws = laws_of<Flaw::amnesiac>(20);
  INFO(laws.report());
  CHECK(laws.holds("the same state saves the same bytes"));
  CHECK(laws.holds("what was loaded saves the same"));
  CHECK(laws.holds("two replays give the same state"));
}

}  // namespace test_state_laws
