// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lifeboat/core/guard.hpp>
#include <lifeboat/record/seen.hpp>

// An invariant is what must be true of all groups of a journal: that debits equal credits, that no key stands twice. It
// reads records by their schema alone, so that it runs on an engine that it was never compiled with.
//
// Minimal definition: `name`, `see`, `finish`. Optional: `speaks_of_groups`, true where it reads no records, so that
// those of unknown types take nothing from it.
//
// Laws (lifeboat/testing/laws/invariant.hpp runs them):
//  - On nothing, `finish` covers 0 rows and holds.
//  - The same groups give the same verdict, and `finish` asked twice the same answer.
//  - A failure stays, whatever comes behind it, and is the first of those found.
//  - `rows` is the number of rows fed that it speaks of and judged; what it speaks of and can not judge is
//    `not_covered`. Nothing is silently left out.
//  - A failure names a position that was fed, and no value of a Sensitive.
//
// Groups come in the order of the journal. `see` does not fail for what it finds: it remembers.
//
// Models: DebitsEqualCredits, GaplessSequence, UniqueKeys, NothingGoesBackwards, CapturesWithinAuthorised,
// RefundsWithinCaptured, BalancesEqualReplay. Errors: limit, medium_full, state_folder (where its memory does not
// suffice), config.
namespace lifeboat::inline LIFEBOAT_ABI {

/// The first place where an invariant does not hold.
struct InvariantFailure {
  Position position;
  std::string sentence;
  friend bool operator==(const InvariantFailure&, const InvariantFailure&) = default;
};

/// What an invariant found.
struct InvariantReport {
  std::string name;
  std::uint64_t rows = 0;         ///< that it speaks of and judged: records, or groups where it speaks of those
  std::uint64_t not_covered = 0;  ///< that it could not judge: of unknown types, or without what it asks for
  bool holds = true;
  std::optional<InvariantFailure> first_failure;

  /// Whether it held for all there was, and nothing was left out. Of nothing it says nothing: look at `rows`.
  [[nodiscard]] bool proven() const noexcept { return holds && not_covered == 0; }
  friend bool operator==(const InvariantReport&, const InvariantReport&) = default;
};

template <class I>
concept Invariant = requires(I& invariant, const SeenGroup& group) {
  { I::name } -> std::convertible_to<std::string_view>;
  { invariant.see(group) } -> std::same_as<Status>;
  { invariant.finish() } -> std::same_as<Result<InvariantReport>>;
};

/// "debits-equal-credits: holds for 812 rows; 3 were not covered".
template <class = void>
std::string to_text(const InvariantReport& report) {
  std::string text = report.name + ": ";
  if (report.first_failure) text.append("broken at ").append(to_text(report.first_failure->position)).append(": ");
  if (report.first_failure)
    text.append(report.first_failure->sentence).append("; ").append(std::to_string(report.rows)).append(" rows");
  else if (report.rows == 0)
    text.append("there was nothing to look at");
  else
    text.append("holds for ").append(std::to_string(report.rows)).append(report.rows == 1 ? " row" : " rows");
  if (report.not_covered != 0) text.append("; ").append(std::to_string(report.not_covered)).append(" not covered");
  return text;
}

/// Counts for an invariant, and keeps its first failure.
template <class = void>
class BasicInvariantTally {
 public:
  void rows(std::uint64_t count = 1) noexcept { rows_ += count; }
  void not_covered(std::uint64_t count = 1) noexcept { not_covered_ += count; }
  [[nodiscard]] bool failed() const noexcept { return failure_.has_value(); }
  /// Keeps the first failure; `sentence` makes its text only then.
  template <class F>
  void fails(Position position, F&& sentence) {
    if (!failure_) failure_ = InvariantFailure{position, sentence()};
  }
  [[nodiscard]] InvariantReport report(std::string_view name) const {
    return {std::string(name), rows_, not_covered_, !failure_.has_value(), failure_};
  }

 private:
  std::uint64_t rows_ = 0;
  std::uint64_t not_covered_ = 0;
  std::optional<InvariantFailure> failure_;
};
using InvariantTally = BasicInvariantTally<>;

/// An invariant as whoever walks a journal sees it.
struct InvariantPort {
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  virtual Status see(const SeenGroup& group) = 0;
  virtual Result<InvariantReport> finish() = 0;
  virtual ~InvariantPort() = default;
};

/// A model behind its port, borrowed. Records of unknown types are entered in its report, whatever the model does; what
/// it throws is the error callback_threw.
template <Invariant I>
class InvariantAdapter final : public InvariantPort {
 public:
  explicit InvariantAdapter(I& model) noexcept : model_(model) {}

  [[nodiscard]] std::string_view name() const noexcept override { return I::name; }
  Status see(const SeenGroup& group) override {
    unknown_ += group.unknown;
    return guarded(I::name, [&] { return model_.see(group); });
  }
  Result<InvariantReport> finish() override {
    LIFEBOAT_TRY(InvariantReport report, guarded(I::name, [&] { return model_.finish(); }));
    if constexpr (requires { I::speaks_of_groups; }) {
      if (I::speaks_of_groups) return report;
    }
    report.not_covered += unknown_;
    return report;
  }

 private:
  I& model_;
  std::uint64_t unknown_ = 0;
};

/// Invariants that somebody holds.
using Invariants = std::vector<std::unique_ptr<InvariantPort>>;
/// What an engine's own records must keep to, made anew for each look. `folder`: where temporary files may go.
using MakeInvariants = Invariants (*)(const std::string& folder);

/// A model behind its port, held.
template <Invariant I>
class HeldInvariant final : public InvariantPort {
 public:
  explicit HeldInvariant(I model) : model_(std::move(model)) {}
  [[nodiscard]] std::string_view name() const noexcept override { return I::name; }
  Status see(const SeenGroup& group) override { return port_.see(group); }
  Result<InvariantReport> finish() override { return port_.finish(); }

 private:
  I model_;
  InvariantAdapter<I> port_{model_};
};

template <Invariant... I>
Invariants invariants_of(I... models) {
  Invariants all;
  (all.push_back(std::make_unique<HeldInvariant<I>>(std::move(models))), ...);
  return all;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
