// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <map>

#include <lifeboat/core/guard.hpp>
#include <lifeboat/restore/statement_reader.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// How a statement and what is here differ about one key.
enum class DifferenceKind : std::uint8_t {
  unknown_here,   ///< in the statement, and neither known nor listed here
  missing_there,  ///< here, and not in the statement
  amount,         ///< the amounts differ, or one has none
  twice,          ///< the statement has it more than once
};

/// "unknown-here"
constexpr std::string_view to_string(DifferenceKind kind) noexcept {
  switch (kind) {
    case DifferenceKind::unknown_here: return "unknown-here";
    case DifferenceKind::missing_there: return "missing-there";
    case DifferenceKind::amount: return "amount";
    case DifferenceKind::twice: return "twice";
  }
  return "";
}

/// One difference; it is exported as its lines, with what differs in place of the state.
struct Difference {
  DifferenceKind kind{};
  const StatementLine* theirs = nullptr;  ///< null: missing there
  const StatementLine* ours = nullptr;    ///< null: unknown here

  /// The lines to write: theirs, ours, or both, with "unknown-here", "missing-there", "amount-there" and so on.
  void each_line(FunctionRef<void(const StatementLine&)> each) const {
    const bool both = theirs != nullptr && ours != nullptr;
    const std::string name(to_string(kind));
    for (const StatementLine* side : {theirs, ours}) {
      if (side == nullptr) continue;
      StatementLine line = *side;
      line.state = both ? name + (side == theirs ? "-there" : "-here") : name;
      each(line);
    }
  }
};

/// Matches a partner's statement with lines of ours. Memory: ours.
template <class = void>
class BasicStatementMatch {
 public:
  /// What is here: what is listed as lost or undone, and what else the statement should have.
  void add_ours(StatementLine line) {
    std::string key = line.key;
    ours_.insert_or_assign(std::move(key), Ours{std::move(line), false});
  }

  /// Reads the statement and hands out each difference. `known` answers whether a key that is none of ours is known
  /// here all the same, with its line where it has one. Errors: as read_statement, and what `known` answers.
  Result<StatementFacts> run(const std::string& path, StatementFormat format,
                             FunctionRef<Result<std::optional<StatementLine>>(const StatementLine&)> known,
                             FunctionRef<void(const Difference&)> each) {
    const auto compare = [&](const StatementLine& theirs) -> Status {
      const auto found = ours_.find(theirs.key);
      if (found == ours_.end()) {
        LIFEBOAT_TRY(
            const std::optional<StatementLine> line,
            guarded("the engine's lookup", [&]() -> Result<std::optional<StatementLine>> { return known(theirs); }));
        if (!line)
          each({DifferenceKind::unknown_here, &theirs, nullptr});
        else if (line->amount && !same(theirs, *line))
          each({DifferenceKind::amount, &theirs, &*line});
        return ok();
      }
      Ours& ours = found->second;
      if (ours.seen) {
        each({DifferenceKind::twice, &theirs, &ours.line});
        return ok();
      }
      ours.seen = true;
      if (!same(theirs, ours.line)) each({DifferenceKind::amount, &theirs, &ours.line});
      return ok();
    };
    for (auto& [key, ours] : ours_) ours.seen = false;
    LIFEBOAT_TRY(const StatementFacts facts, read_statement(path, format, compare));
    for (const auto& [key, ours] : ours_)
      if (!ours.seen) each({DifferenceKind::missing_there, nullptr, &ours.line});
    return facts;
  }

 private:
  struct Ours {
    StatementLine line;
    bool seen = false;
  };
  static bool same(const StatementLine& a, const StatementLine& b) noexcept {
    if (!a.amount || !b.amount) return a.amount.has_value() == b.amount.has_value();
    return same_amount(*a.amount, *b.amount);
  }

  std::map<std::string, Ours, std::less<>> ours_;
};
using StatementMatch = BasicStatementMatch<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
