// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/testing/laws/verifier.hpp>

#include <string>
#include <string_view>

#include "catch.hpp"

namespace known_answers {

/// The digest in hexadecimal, computed in one call, in pieces and as a leaf: the three agree or the test fails.
template <class V>
std::string digest(lifeboat::ByteView message) {
  auto verifier = V::open({});
  REQUIRE(verifier);
  lifeboat::Bytes at_once(V::traits.size);
  REQUIRE(verifier->digest(message, at_once));

  auto state = verifier->begin();
  REQUIRE(state);
  lifeboat::Bytes in_pieces(V::traits.size);
  const auto half = message.size() / 2;
  REQUIRE(state->update(message.first(half)));
  REQUIRE(state->update(message.subspan(half)));
  REQUIRE(state->finish(in_pieces));
  REQUIRE(in_pieces == at_once);

  if (!message.empty()) {
    const auto port = lifeboat::verifier_port(std::move(*verifier));
    lifeboat::Bytes leaf(V::traits.size);
    REQUIRE(port->leaves(message, message.size(), leaf));
    REQUIRE(leaf == at_once);
  }
  return lifeboat::to_hex(at_once);
}

template <class V>
std::string digest(std::string_view message) {
  return digest<V>(lifeboat::as_bytes(message));
}

/// The vector that every standard has: a million times the letter a.
inline std::string million_a() { return std::string(1'000'000, 'a'); }

/// What holds for every model: its laws, with their report when one is broken.
template <class V>
void require_laws(typename V::Config config = {}) {
  const auto laws = lifeboat::testing::verifier_laws<V>(std::move(config));
  INFO(laws.report());
  REQUIRE(laws.all_hold());
}

}  // namespace known_answers
