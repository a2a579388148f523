// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/record/invariant.hpp>
#include <lifeboat/record/invariants/postings.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What is debited is credited, in each currency: in every group that has an amount with more accounts on one side than
/// on the other, and in the whole. A row is a record that posts. Sums have 128 bits; one that overflows is a failure. A
/// group that holds records of unknown types is left out, for they may post too; its rows are not covered.
template <class = void>
class BasicDebitsEqualCredits {
 public:
  static constexpr std::string_view name = "debits-equal-credits";

  struct Config {
    std::vector<std::string> except{};  ///< names of record types that post nothing, whatever their fields are
  };

  explicit BasicDebitsEqualCredits(Config config = {}) : config_(std::move(config)) {}

  Status see(const SeenGroup& group) {
    group_.clear();
    std::uint64_t rows = 0;
    bool one_sided = false;
    bool fits = true;
    for (const SeenRecord& record : group.records) {
      if (!config_.except.empty() && excepted(*record.schema)) continue;
      bool posts = false;
      each_posting(record, [&](const Posting& posting) {
        posts = true;
        one_sided |= posting.debits != posting.credits;
        fits = group_.add(posting) && (group.unknown != 0 || total_.add(posting)) && fits;
      });
      rows += posts ? 1 : 0;
    }
    if (group.unknown != 0) {
      tally_.not_covered(rows);
      return ok();
    }
    tally_.rows(rows);
    if (!fits) tally_.fails(group.position, [] { return std::string("a sum of amounts has more than 128 bits"); });
    if (one_sided) judge(group_, group.position, "");
    last_ = group.position;
    return ok();
  }

  Result<InvariantReport> finish() {
    judge(total_, last_, "in all, ");
    return tally_.report(name);
  }

 private:
  [[nodiscard]] bool excepted(const Schema& schema) const noexcept {
    return std::find(config_.except.begin(), config_.except.end(), schema.name) != config_.except.end();
  }

  void judge(const TwoSidesByCurrency& sums, Position position, const char* where) {
    for (const TwoSides& sides : sums.all())
      if (sides.debits != sides.credits)
        tally_.fails(position, [&] {
          if (sides.sensitive)
            return where + ("debits and credits differ in " + std::string(sides.currency.code())) +
                   " (the amounts are sensitive)";
          return where + ("debits are " + to_text(sides.debits)) + ", credits are " + to_text(sides.credits);
        });
  }

  Config config_;
  TwoSidesByCurrency group_;
  TwoSidesByCurrency total_;
  Position last_;
  InvariantTally tally_;
};
using DebitsEqualCredits = BasicDebitsEqualCredits<>;
static_assert(Invariant<DebitsEqualCredits>);

}  // namespace lifeboat::inline LIFEBOAT_ABI
