// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <span>

#include <lifeboat/record/invariant.hpp>
#include <lifeboat/testing/laws/laws.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace testing {

/// What the laws of an Invariant are run on.
struct InvariantStory {
  std::span<const SeenGroup> holds;   ///< groups for which it holds
  std::uint64_t rows = 0;             ///< that it speaks of in those and judges
  std::span<const SeenGroup> breaks;  ///< groups for which it does not
};

/// The laws of an Invariant (record/invariant.hpp). `Make` gives a new one each time.
template <class Make>
class InvariantLaws {
 public:
  using I = std::invoke_result_t<Make&>;
  static_assert(Invariant<I>, "lifeboat: an invariant has name, see(const SeenGroup&) and finish()");

  InvariantLaws(Make make, InvariantStory story)
      : make_(std::move(make)), story_(story), laws_("invariant " + std::string(I::name)) {}

  Laws run() && {
    laws_.check("the story of these laws has a part that holds and one that does not",
                !story_.holds.empty() && !story_.breaks.empty() && story_.rows != 0);
    nothing();
    same();
    rows();
    failure_stays();
    unknown_is_said();
    return std::move(laws_);
  }

 private:
  using Reports = std::vector<InvariantReport>;

  /// What it says of groups, one list behind the other; `between`: finish is asked after each list.
  Reports told(std::initializer_list<std::span<const SeenGroup>> lists) {
    I model = make_();
    Reports reports;
    for (const auto& groups : lists) {
      for (const SeenGroup& group : groups) laws_.succeeds("see does not fail for what it finds", model.see(group));
      auto report = model.finish();
      if (laws_.succeeds("finish does not fail for what was found", report)) reports.push_back(std::move(*report));
    }
    reports.resize(lists.size());
    for (const InvariantReport& report : reports)
      laws_.check("what does not hold has a first failure, and nothing else has",
                  report.holds != report.first_failure.has_value(), to_text(report));
    return reports;
  }

  void nothing() {
    const Reports reports = told({{}});
    laws_.check("on nothing, no row is covered and it holds",
                reports[0].rows == 0 && reports[0].not_covered == 0 && reports[0].holds, to_text(reports[0]));
    laws_.check("a report has the invariant's name", reports[0].name == I::name, reports[0].name);
  }

  void same() {
    constexpr std::string_view law = "the same groups give the same verdict";
    for (const auto& groups : {story_.holds, story_.breaks}) {
      const Reports once = told({groups, {}});
      const Reports again = told({groups});
      laws_.check(law, once[0] == again[0], to_text(once[0]) + " and " + to_text(again[0]));
      laws_.check("finish asked twice gives the same answer", once[0] == once[1], to_text(once[1]));
    }
  }

  void rows() {
    const InvariantReport report = told({story_.holds})[0];
    laws_.check("the rows covered are those fed that it speaks of", report.rows == story_.rows && report.proven(),
                "of " + std::to_string(story_.rows) + ": " + to_text(report));
  }

  void failure_stays() {
    constexpr std::string_view law = "a failure stays, whatever comes behind it";
    const Reports reports = told({story_.breaks, story_.breaks, story_.holds});
    laws_.check("the story's second part breaks it", !reports[0].holds, to_text(reports[0]));
    for (const InvariantReport& report : reports)
      laws_.check(law, !report.holds && report.first_failure == reports[0].first_failure, to_text(report));
    laws_.check("no row is forgotten", reports[1].rows + reports[1].not_covered >= reports[0].rows,
                to_text(reports[1]));
    if (!reports[0].first_failure) return;
    const Position position = reports[0].first_failure->position;
    laws_.check("a failure names a position that was fed",
                std::any_of(story_.breaks.begin(), story_.breaks.end(),
                            [&](const SeenGroup& group) { return group.position == position; }),
                to_text(reports[0]));
  }

  void unknown_is_said() {
    I model = make_();
    InvariantAdapter<I> port(model);
    SeenGroup group = story_.holds.front();
    group.records = {};
    group.unknown = 3;
    laws_.succeeds("see does not fail for what it finds", port.see(group));
    const auto report = port.finish();
    bool speaks_of_groups = false;
    if constexpr (requires { I::speaks_of_groups; }) speaks_of_groups = I::speaks_of_groups;
    if (laws_.succeeds("finish does not fail for what was found", report))
      laws_.check("records of unknown types are not covered", report->not_covered == (speaks_of_groups ? 0 : 3),
                  to_text(*report));
  }

  Make make_;
  InvariantStory story_;
  Laws laws_;
};

/// Runs the laws of an Invariant: `REQUIRE(invariant_laws([] { return Mine(); }, story).all_hold())`.
template <class Make>
Laws invariant_laws(Make make, InvariantStory story) {
  return InvariantLaws<Make>(std::move(make), story).run();
}

}  // namespace testing
}  // namespace lifeboat::inline LIFEBOAT_ABI
