// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <span>

#include <lifeboat/record/condition.hpp>
#include <lifeboat/record/left_out.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// How a record stands to a scope.
enum class ScopeFit : std::uint8_t {
  unreadable,  ///< no schema that is known describes it, or its bytes break that one's rules
  none,        ///< it fits no condition
  only,        ///< it fits one of those that say what is wanted, or there are none of them
  excluded,    ///< it fits one of those that say what is not
};

/// Which records are meant by what stays of a journal: `only` and `exclude`, each a list of conditions. A condition is
/// the name of a record type ("payment"), or one on a field ("account=42", "amount>=100.00 EUR"). What is sensitive
/// fits none. Memory: the schemas that it was told of.
template <class = void>
class BasicRecordScope {
 public:
  static constexpr std::size_t text_max = 65'536;

  /// Errors: usage, for what is no condition; config, where there is none at all; limit.
  static Result<BasicRecordScope> parse(const std::vector<std::string>& only, const std::vector<std::string>& exclude) {
    if (only.empty() && exclude.empty())
      return Error{ErrorId::config, "a scope needs a condition: what is wanted only, or what is excluded"}.unchanged();
    BasicRecordScope scope;
    LIFEBOAT_CHECK(scope.take("exclude", exclude, scope.exclude_));
    LIFEBOAT_CHECK(scope.take("only", only, scope.only_));
    if (scope.text_.size() > text_max)
      return Error{ErrorId::limit, "the conditions of a scope have more than " + std::to_string(text_max) + " bytes"}
          .unchanged();
    return scope;
  }

  /// All conditions, "exclude pan" and "only account=42", a line each, in their order and once: two scopes of one text
  /// take the same.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  /// Takes up what schemas it does not know yet, in their order.
  void learn(std::span<const Bytes> schemas) {
    for (const Bytes& bytes : schemas) {
      if (std::find(seen_.begin(), seen_.end(), bytes) != seen_.end()) continue;
      seen_.push_back(bytes);
      auto schema = read_schema(bytes);
      if (schema && schema->number != record_number<LeftOut>()) types_.push_back(std::move(*schema));
    }
  }

  /// Whether each condition could be met by some type that is known: one that is misspelt takes nothing for ever, or
  /// keeps nothing out. Errors: path_unknown, with the names that there are.
  Status check() const {
    LIFEBOAT_CHECK(check("exclude", exclude_));
    return check("only", only_);
  }

  /// Of several schemas with one number, version and length it is the first that counts: what comes later changes
  /// nothing of what was taken.
  [[nodiscard]] ScopeFit fit(RecordNumber number, std::uint16_t version, ByteView bytes) const {
    const auto of_it = [&](const Schema& type) {
      return type.number == number && type.version == version && type.record.size == bytes.size();
    };
    const auto type = std::find_if(types_.begin(), types_.end(), of_it);
    if (type == types_.end()) return ScopeFit::unreadable;
    const auto value = record_value(*type, bytes);
    if (!value) return ScopeFit::unreadable;
    const auto meets = [&](const Condition& condition) {
      return condition.type.empty() ? fits(condition.filter, *value) : condition.type == type->title();
    };
    if (std::any_of(exclude_.begin(), exclude_.end(), meets)) return ScopeFit::excluded;
    return only_.empty() || std::any_of(only_.begin(), only_.end(), meets) ? ScopeFit::only : ScopeFit::none;
  }

 private:
  BasicRecordScope() = default;

  struct Condition {
    std::string text;
    std::string type;  ///< empty: it asks for a field
    RecordFilter filter;
  };

  Status take(const char* list, std::vector<std::string> texts, std::vector<Condition>& into) {
    std::sort(texts.begin(), texts.end());
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
    for (const std::string& text : texts) {
      if (text.empty() || text.find_first_of(std::string_view("\n\r\0", 3)) != std::string::npos)
        return Error{ErrorId::usage, std::string(list) + ": a condition is a line of text, as payment or account=42"}
            .unchanged();
      Condition condition{text, {}, {}};
      if (text.find_first_of("=!<>") == std::string::npos) {
        condition.type = text;
      } else {
        auto filter = parse_filter(text);
        if (!filter)
          return Error{filter.error().id(), std::string(list) + ": " + filter.error().sentence()}.unchanged();
        condition.filter = std::move(*filter);
      }
      into.push_back(std::move(condition));
      text_ += std::string(list) + " " + text + "\n";
    }
    return ok();
  }

  Status check(const std::string& list, const std::vector<Condition>& conditions) const {
    if (types_.empty()) return ok();
    for (const Condition& condition : conditions) {
      if (condition.type.empty()) {
        LIFEBOAT_CHECK(parse_condition(condition.text, types_, {}, list));
      } else {
        LIFEBOAT_CHECK(check_type(list, condition));
      }
    }
    return ok();
  }
  Status check_type(const std::string& list, const Condition& condition) const {
    std::string names;
    for (const Schema& type : types_) {
      if (type.title() == condition.type) return ok();
      if ((", " + names + ",").find(", " + type.title() + ",") == std::string::npos)
        names.append(names.empty() ? "" : ", ").append(type.title());
    }
    return Error{ErrorId::path_unknown, list + " " + condition.text +
                                            ": no record type of this journal has that name; " + "there are " + names}
        .unchanged();
  }

  std::vector<Condition> only_;
  std::vector<Condition> exclude_;
  std::string text_;
  std::vector<Bytes> seen_;
  std::deque<Schema> types_;
};
using RecordScope = BasicRecordScope<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
