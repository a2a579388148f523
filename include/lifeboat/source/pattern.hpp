// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lifeboat/core/result.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace detail {

/// One step of a compiled pattern. A pattern is a small automaton over bytes: state i stands before token i.
struct PatternToken {
  enum Kind : std::uint8_t {
    byte,        ///< exactly this byte
    any,         ///< any byte but '/'
    set,         ///< a byte of (or not of) a bracket, never '/'
    star,        ///< any number of bytes but '/'
    deep_enter,  ///< "**/": goes on with the loop, or steps over it
    deep_loop,   ///< any bytes up to and with a '/'
    tail,        ///< a closing "/**": at least one byte, whatever it is
  };
  Kind kind = byte;
  unsigned char value = 0;
  std::uint16_t index = 0;  ///< of the bracket
};

/// The bytes that a bracket takes, one bit each.
using ByteSet = std::array<std::uint64_t, 4>;

inline void add_byte(ByteSet& set, unsigned char byte) noexcept { set[byte / 64U] |= std::uint64_t{1} << (byte % 64U); }

/// The bytes of "[:name:]", ASCII whatever the locale; false where there is no such class.
template <class = void>
bool add_named_class(ByteSet& set, std::string_view name) noexcept {
  using Range = std::pair<unsigned char, unsigned char>;
  struct Class {
    std::string_view name;
    std::array<Range, 4> ranges;
  };
  constexpr Range none{1, 0};
  constexpr Class classes[] = {
      {"alnum", {{{'0', '9'}, {'A', 'Z'}, {'a', 'z'}, none}}},
      {"alpha", {{{'A', 'Z'}, {'a', 'z'}, none, none}}},
      {"blank", {{{' ', ' '}, {'\t', '\t'}, none, none}}},
      {"cntrl", {{{0, 31}, {127, 127}, none, none}}},
      {"digit", {{{'0', '9'}, none, none, none}}},
      {"graph", {{{33, 126}, none, none, none}}},
      {"lower", {{{'a', 'z'}, none, none, none}}},
      {"print", {{{32, 126}, none, none, none}}},
      {"punct", {{{33, 47}, {58, 64}, {91, 96}, {123, 126}}}},
      {"space", {{{' ', ' '}, {'\t', '\r'}, none, none}}},
      {"upper", {{{'A', 'Z'}, none, none, none}}},
      {"xdigit", {{{'0', '9'}, {'A', 'F'}, {'a', 'f'}, none}}},
  };
  for (const Class& known : classes) {
    if (known.name != name) continue;
    for (const Range& range : known.ranges)
      for (unsigned byte = range.first; byte <= range.second; ++byte) add_byte(set, static_cast<unsigned char>(byte));
    return true;
  }
  return false;
}

}  // namespace detail

/// One line of gitignore's syntax, compiled. It works on bytes, knows no locale, and takes time linear in the path
/// times the pattern, whatever both hold.
template <class = void>
class BasicPattern {
 public:
  static constexpr std::size_t longest = 4095;  ///< bytes of a pattern

  /// Compiles a line that is neither blank nor a comment. Error: pattern, with the line and what is wrong in it.
  static Result<BasicPattern> parse(std::string_view line);

  /// Whether the line began with '!': what it names is taken again.
  [[nodiscard]] bool negated() const noexcept { return negated_; }

  /// Whether it names this entry itself, whatever it says of the folders above.
  [[nodiscard]] bool names(std::string_view path, bool is_directory) const noexcept;

  /// Whether it could name something below this folder.
  [[nodiscard]] bool may_name_below(std::string_view folder) const noexcept;

 private:
  static constexpr std::size_t words = longest / 64 + 1;
  struct States {
    std::array<std::uint64_t, words> bits;
  };

  static Error wrong(std::string_view line, std::string_view why) {
    return Error{ErrorId::pattern, "pattern '" + std::string(line) + "' " + std::string(why)}.unchanged();
  }
  Status compile(std::string_view text, std::string_view line);
  Status compile_bracket(std::string_view text, std::size_t& at, std::string_view line);
  void push(detail::PatternToken::Kind kind, unsigned char value = 0, std::uint16_t index = 0) {
    tokens_.push_back({kind, value, index});
  }
  [[nodiscard]] bool after_slash() const noexcept {
    return tokens_.empty() || tokens_.back().kind == detail::PatternToken::deep_loop ||
           (tokens_.back().kind == detail::PatternToken::byte && tokens_.back().value == '/');
  }
  [[nodiscard]] std::size_t used() const noexcept { return tokens_.size() / 64 + 1; }
  void enter(States& states, std::size_t state) const noexcept;
  void start(States& states) const noexcept;
  [[nodiscard]] bool step(const States& from, States& to, unsigned char byte) const noexcept;
  [[nodiscard]] bool run(std::string_view text) const noexcept;

  std::vector<detail::PatternToken> tokens_;
  std::vector<detail::ByteSet> sets_;
  std::string literal_;  ///< all of it, or what follows the one star
  bool is_literal_ = false;
  bool is_suffix_ = false;  ///< "*literal"
  bool negated_ = false;
  bool folders_only_ = false;
  bool anchored_ = false;  ///< a '/' stands before its end: matched against the whole path
};
using Pattern = BasicPattern<>;

template <class T>
Result<BasicPattern<T>> BasicPattern<T>::parse(std::string_view line) {
  if (line.size() > longest) return wrong(line.substr(0, 60), "is longer than 4095 bytes");
  if (line.find('\0') != std::string_view::npos) return wrong(line, "holds a zero byte, which no name does");
  BasicPattern pattern;
  std::string_view text = line;
  if (text.starts_with('!')) {
    pattern.negated_ = true;
    text.remove_prefix(1);
  }
  if (text.ends_with('/')) {
    pattern.folders_only_ = true;
    text.remove_suffix(1);
  }
  pattern.anchored_ = text.find('/') != std::string_view::npos;
  if (text.starts_with('/')) text.remove_prefix(1);
  if (text.empty()) return wrong(line, "names nothing");
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t slash = text.find('/', at);
    const std::size_t end = slash == std::string_view::npos ? text.size() : slash;
    const std::string_view part = text.substr(at, end - at);
    if (part.empty() || part == "." || part == "..")
      return Error{wrong(line, "has an empty, '.' or '..' component: no path matches it")}.next(
          "a pattern is relative to the root of the source: ledger/accounts");
    at = end + 1;
  }
  LIFEBOAT_CHECK(pattern.compile(text, line));
  return pattern;
}

template <class T>
Status BasicPattern<T>::compile(std::string_view text, std::string_view line) {
  using Token = detail::PatternToken;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\') {
      if (++at == text.size()) return wrong(line, "ends in a backslash that escapes nothing");
      push(Token::byte, static_cast<unsigned char>(text[at]));
    } else if (c == '?') {
      push(Token::any);
    } else if (c == '[') {
      LIFEBOAT_CHECK(compile_bracket(text, at, line));
    } else if (c == '*') {
      const std::size_t first = at;
      while (at + 1 < text.size() && text[at + 1] == '*') ++at;
      const bool bounded = anchored_ && at > first && after_slash();
      if (bounded && at + 1 == text.size()) {
        push(Token::tail);
      } else if (bounded && text[at + 1] == '/') {
        ++at;
        push(Token::deep_enter);
        push(Token::deep_loop);
      } else {
        push(Token::star);
      }
    } else {
      push(Token::byte, static_cast<unsigned char>(c));
    }
  }
  std::size_t from = 0;
  if (tokens_.size() > 1 && tokens_[0].kind == Token::star && !anchored_) from = 1;
  for (std::size_t i = from; i < tokens_.size(); ++i) {
    if (tokens_[i].kind != Token::byte) return ok();
    literal_.push_back(static_cast<char>(tokens_[i].value));
  }
  (from == 0 ? is_literal_ : is_suffix_) = true;
  return ok();
}

template <class T>
Status BasicPattern<T>::compile_bracket(std::string_view text, std::size_t& at, std::string_view line) {
  constexpr std::string_view open_end = "has a '[' without its ']'";
  detail::ByteSet set{};
  std::size_t i = at + 1;
  const bool inverted = i < text.size() && (text[i] == '!' || text[i] == '^');
  if (inverted) ++i;
  int previous = -1;
  for (bool first = true;; first = false, ++i) {
    if (i >= text.size()) return wrong(line, open_end);
    auto c = static_cast<unsigned char>(text[i]);
    if (c == ']' && !first) break;
    if (c == '\\') {
      if (++i >= text.size()) return wrong(line, open_end);
      c = static_cast<unsigned char>(text[i]);
      detail::add_byte(set, c);
      previous = c;
    } else if (c == '-' && previous >= 0 && i + 1 < text.size() && text[i + 1] != ']') {
      if (text[++i] == '\\' && ++i >= text.size()) return wrong(line, open_end);
      const auto last = static_cast<unsigned char>(text[i]);
      for (auto byte = static_cast<unsigned>(previous); byte <= last; ++byte)
        detail::add_byte(set, static_cast<unsigned char>(byte));
      previous = -1;
    } else if (c == '[' && i + 1 < text.size() && text[i + 1] == ':') {
      const std::size_t end = text.find(']', i + 2);
      if (end == std::string_view::npos) return wrong(line, open_end);
      if (end > i + 2 && text[end - 1] == ':') {
        if (!detail::add_named_class(set, text.substr(i + 2, end - 1 - (i + 2))))
          return wrong(line,
                       "names an unknown class; known are [:alnum:] [:alpha:] [:blank:] [:cntrl:] [:digit:] "
                       "[:graph:] [:lower:] [:print:] [:punct:] [:space:] [:upper:] [:xdigit:]");
        i = end;
        previous = -1;
      } else {
        detail::add_byte(set, c);
        previous = c;
      }
    } else {
      detail::add_byte(set, c);
      previous = c;
    }
  }
  if (inverted)
    for (std::uint64_t& word : set) word = ~word;
  push(detail::PatternToken::set, 0, static_cast<std::uint16_t>(sets_.size()));
  sets_.push_back(set);
  at = i;
  return ok();
}

template <class T>
void BasicPattern<T>::enter(States& states, std::size_t state) const noexcept {
  states.bits[state / 64] |= std::uint64_t{1} << (state % 64);
  while (state < tokens_.size()) {  // what can be passed without a byte
    const auto kind = tokens_[state].kind;
    if (kind == detail::PatternToken::deep_enter) {
      states.bits[(state + 1) / 64] |= std::uint64_t{1} << ((state + 1) % 64);
      state += 2;
    } else if (kind == detail::PatternToken::star) {
      ++state;
    } else {
      return;
    }
    states.bits[state / 64] |= std::uint64_t{1} << (state % 64);
  }
}

template <class T>
void BasicPattern<T>::start(States& states) const noexcept {
  for (std::size_t w = 0; w < used(); ++w) states.bits[w] = 0;
  enter(states, 0);
}

template <class T>
bool BasicPattern<T>::step(const States& from, States& to, unsigned char byte) const noexcept {
  using Token = detail::PatternToken;
  std::uint64_t alive = 0;
  for (std::size_t w = 0; w < used(); ++w) to.bits[w] = 0;
  for (std::size_t w = 0; w < used(); ++w) {
    for (std::uint64_t left = from.bits[w]; left != 0; left &= left - 1) {
      const std::size_t state = w * 64 + static_cast<std::size_t>(__builtin_ctzll(left));
      if (state >= tokens_.size()) continue;
      const Token& token = tokens_[state];
      bool stays = false;
      bool moves = false;
      switch (token.kind) {
        case Token::byte:
          moves = byte == token.value;
          break;
        case Token::any:
          moves = byte != '/';
          break;
        case Token::set:
          moves = byte != '/' && (sets_[token.index][byte / 64U] >> (byte % 64U) & 1U) != 0;
          break;
        case Token::star:
          stays = byte != '/';
          break;
        case Token::deep_enter:
          break;
        case Token::deep_loop:
          stays = true;
          moves = byte == '/';
          break;
        case Token::tail:
          stays = moves = true;
          break;
      }
      if (stays) enter(to, state);
      if (moves) enter(to, state + 1);
    }
  }
  for (std::size_t w = 0; w < used(); ++w) alive |= to.bits[w];
  return alive != 0;
}

template <class T>
bool BasicPattern<T>::run(std::string_view text) const noexcept {
  States states[2];
  start(states[0]);
  unsigned now = 0;
  for (const char c : text) {
    if (!step(states[now], states[1 - now], static_cast<unsigned char>(c))) return false;
    now = 1 - now;
  }
  return (states[now].bits[tokens_.size() / 64] >> (tokens_.size() % 64) & 1U) != 0;
}

template <class T>
bool BasicPattern<T>::names(std::string_view path, bool is_directory) const noexcept {
  if (folders_only_ && !is_directory) return false;
  std::string_view text = path;
  if (!anchored_)
    if (const std::size_t slash = path.rfind('/'); slash != std::string_view::npos) text.remove_prefix(slash + 1);
  if (is_literal_) return text == literal_;
  if (is_suffix_) return text.ends_with(literal_);
  return run(text);
}

template <class T>
bool BasicPattern<T>::may_name_below(std::string_view folder) const noexcept {
  if (!anchored_ || folder.empty()) return true;
  States states[2];
  start(states[0]);
  unsigned now = 0;
  for (std::size_t i = 0; i <= folder.size(); ++i) {
    const char c = i < folder.size() ? folder[i] : '/';
    if (!step(states[now], states[1 - now], static_cast<unsigned char>(c))) return false;
    now = 1 - now;
  }
  return true;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
