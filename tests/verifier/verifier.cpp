// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/verifier/verifier.hpp>

#include <atomic>
#include <string>

#include <lifeboat/testing/laws/verifier.hpp>

#include "known_answers.hpp"

namespace test_verifier {

using namespace lifeboat;

namespace {

/// What is wrong with a model, so that each law is seen to be broken by something.
enum class Flaw {
  none,
  order_ignored,       // bytes are added up
  length_ignored,      // zeros at the end change nothing
  no_reset,            // finish goes on with the old bytes
  reset_when_refused,  // a short buffer loses what was hashed
  short_buffer_taken,
  writes_too_much,
  writes_too_little,
  pieces_matter,       // each update leaves a trace
  one_byte_lost,       // updates of more than 100 bytes lose one
  leaves_wrong,        // the model's own leaves forget the short last one
};

/// A user's own verifier: FNV-1a with 64 bits, as `Flaw::none`.
template <Flaw flaw>
class Fnv {
 public:
  static constexpr VerifierTraits traits{.name = "fnv", .id = 0x8001, .size = 8, .cryptographic = false};
  struct Config {};

  class State {
   public:
    Status update(ByteView data) {
      if (flaw == Flaw::one_byte_lost && data.size() > 100) data = data.subspan(1);
      for (const std::byte b : data) {
        if (flaw == Flaw::order_ignored)
          hash_ += std::to_integer<std::uint64_t>(b) + 1;
        else if (flaw == Flaw::length_ignored)
          hash_ += std::to_integer<std::uint64_t>(b) * (++at_ * 0x9E3779B97F4A7C15ULL);
        else
          hash_ = (hash_ ^ std::to_integer<std::uint64_t>(b)) * prime;
      }
      if (flaw == Flaw::pieces_matter && !data.empty()) hash_ = hash_ * prime + 1;
      return ok();
    }
    Status finish(MutableBytes out) {
      const auto fits = digest_fits(traits.name, traits.size, out);
      if (!fits && flaw == Flaw::reset_when_refused) *this = State();
      if (flaw != Flaw::short_buffer_taken || out.empty()) LIFEBOAT_CHECK(fits);
      std::byte raw[8];
      store_le(raw, hash_);
      const std::size_t size = flaw == Flaw::writes_too_little ? 7 : 8;
      std::memcpy(out.data(), raw, out.size() < size ? out.size() : size);
      if (flaw == Flaw::writes_too_much && out.size() > 8) out[8] = std::byte{1};
      if (flaw != Flaw::no_reset) *this = State();
      return ok();
    }

   private:
    static constexpr std::uint64_t prime = 0x100000001B3ULL;
    std::uint64_t hash_ = 0xCBF29CE484222325ULL;
    std::uint64_t at_ = 0;
  };

  static Result<Fnv> open(Config) { return Fnv(); }
  Result<State> begin() const { return State(); }
  Status digest(ByteView data, MutableBytes out) const {
    LIFEBOAT_TRY(auto state, begin());
    LIFEBOAT_CHECK(state.update(data));
    return state.finish(out);
  }
  Status leaves(ByteView data, std::size_t leaf, MutableBytes out) const
    requires(flaw == Flaw::leaves_wrong)
  {
    for (std::size_t i = 0; (i + 1) * leaf <= data.size(); ++i)
      LIFEBOAT_CHECK(digest(data.subspan(i * leaf, leaf), out.subspan(i * 8)));
    return ok();
  }
};

/// A model whose const members share what they should not: whoever comes while another is inside is given its trace.
class Shared {
 public:
  static constexpr VerifierTraits traits{.name = "shared", .id = 0x8002, .size = 8, .cryptographic = false};
  struct Config {};
  using State = Fnv<Flaw::none>::State;
  static Result<Shared> open(Config) { return Shared(); }
  Result<State> begin() const { return State(); }
  Status digest(ByteView data, MutableBytes out) const {
    LIFEBOAT_CHECK(digest_fits(traits.name, traits.size, out));
    State state;
    LIFEBOAT_CHECK(state.update(data));
    return state.finish(out);
  }
  /// The calls of four threads over 64 leaves: the second and later ones fail, as they would on one shared buffer.
  Status leaves(ByteView data, std::size_t leaf, MutableBytes out) const {
    if (data.size() == 64 * leaf && busy_->fetch_add(1) > 0) return Error{ErrorId::crypto, "in use"};
    for (std::size_t i = 0; i * leaf < data.size(); ++i) {
      const ByteView rest = data.subspan(i * leaf);
      LIFEBOAT_CHECK(digest(rest.first(rest.size() < leaf ? rest.size() : leaf), out.subspan(i * 8, 8)));
    }
    return ok();
  }

 private:
  std::unique_ptr<std::atomic<int>> busy_ = std::make_unique<std::atomic<int>>(0);
};

struct NotAVerifier {
  static constexpr VerifierTraits traits{};
};

template <Flaw flaw>
void require_broken(std::string_view law) {
  const auto laws = testing::verifier_laws<Fnv<flaw>>();
  INFO(laws.report());
  CHECK_FALSE(laws.all_hold());
  CHECK_FALSE(laws.holds(law));
}

}  // namespace

TEST_CASE("a user's own verifier keeps the laws and serves as a port") {
  STATIC_REQUIRE(Verifier<Fnv<Flaw::none>>);
  STATIC_REQUIRE_FALSE(Verifier<NotAVerifier>);
  STATIC_REQUIRE(NotAVerifier::traits.size == 0);
  known_answers::require_laws<Fnv<Flaw::none>>();

  const auto port = open_verifier_port<Fnv<Flaw::none>>();
  REQUIRE(port);
  CHECK((*port)->traits().id == 0x8001);
  Bytes out(8);
  REQUIRE((*port)->leaves(as_bytes("a"), 1, out));
  CHECK(to_hex(out) == "8cec01864cdc63af");  // 0xaf63dc4c8601ec8c, as published for FNV-1a of "a", little-endian
}

TEST_CASE("each law is broken by a model with that flaw") {
  require_broken<Flaw::order_ignored>("inputs that differ have different digests");
  require_broken<Flaw::length_ignored>("inputs that differ have different digests");
  require_broken<Flaw::no_reset>("a state is as new after finish");
  require_broken<Flaw::reset_when_refused>("a state is as new after finish");
  require_broken<Flaw::short_buffer_taken>("a buffer too short is refused");
  require_broken<Flaw::short_buffer_taken>("nothing is written into a buffer too short");
  require_broken<Flaw::writes_too_much>("exactly the bytes of a digest are written");
  require_broken<Flaw::writes_too_little>("exactly the bytes of a digest are written");
  require_broken<Flaw::pieces_matter>("however it is cut, the digest is the same");
  require_broken<Flaw::one_byte_lost>("however it is cut, the digest is the same");
  require_broken<Flaw::leaves_wrong>("digests of leaves are those of each leaf alone");

  const auto laws = testing::verifier_laws<Shared>();
  INFO(laws.report());
  CHECK_FALSE(laws.holds("many threads give what one gives"));
}

}  // namespace test_verifier
