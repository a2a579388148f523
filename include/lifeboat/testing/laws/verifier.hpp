// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <lifeboat/testing/laws/laws.hpp>
#include <lifeboat/verifier/adapt.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace testing {

/// The laws of a Verifier (verifier/verifier.hpp), run on a model opened with `config`. Starts and joins four threads.
template <Verifier V>
class VerifierLaws {
 public:
  static Laws run(typename V::Config config = {}) {
    auto opened = V::open(std::move(config));
    Laws laws("verifier " + std::string(V::traits.name));
    if (!laws.succeeds("open", opened)) return laws;
    const VerifierAdapter<V> port(std::move(*opened));
    return VerifierLaws(port, std::move(laws)).all();
  }

 private:
  VerifierLaws(const VerifierAdapter<V>& port, Laws laws)
      : port_(port), size_(port.traits().size), laws_(std::move(laws)) {}

  Laws all() && {
    const VerifierTraits& traits = port_.traits();
    laws_.check("traits: a name, an id, 1 to 64 bytes",
                !traits.name.empty() && traits.id != 0 && size_ > 0 && size_ <= 64);
    if (!laws_.all_hold()) return std::move(laws_);
    split_independence();
    reuse_after_finish();
    length();
    leaves();
    different_inputs();
    threads();
    return std::move(laws_);
  }

  /// The digest of one leaf, as long as it is: the reference for all others. Empty where it fails.
  Bytes digest(ByteView data) const {
    Bytes out(size_);
    auto hash = port_.begin();
    if (!hash || !(*hash)->update(data) || !(*hash)->finish(out)) return {};
    return out;
  }

  void split_independence() {
    const Bytes data = patterned(4099);
    for (const std::size_t length : {0U, 1U, 63U, 64U, 65U, 127U, 128U, 129U, 240U, 241U, 1024U, 4099U}) {
      const ByteView message = ByteView(data).first(length);
      Bytes whole(size_);
      if (!laws_.succeeds(split_, port_.verifier().digest(message, whole))) return;
      for (const std::size_t piece : {1U, 7U, 64U, 100U, 1000U, 5000U}) {
        const std::string text = std::to_string(length) + " bytes in pieces of " + std::to_string(piece);
        auto hash = port_.begin();
        if (!laws_.succeeds(split_, hash, text)) return;
        Bytes out(size_);
        for (std::size_t at = 0; at < length; at += piece) {
          laws_.succeeds(split_, (*hash)->update(message.subspan(at, std::min(piece, length - at))), text);
          laws_.succeeds(split_, (*hash)->update({}), text + ", an empty one between");
        }
        laws_.succeeds(split_, (*hash)->finish(out), text);
        laws_.check(split_, out == whole, text);
      }
    }
  }

  void reuse_after_finish() {
    auto hash = port_.begin();
    if (!laws_.succeeds(reuse_, hash)) return;
    for (std::size_t round = 0; round < 20; ++round) {
      const Bytes message = patterned(round * 37, round);
      const std::string text = "round " + std::to_string(round);
      Bytes out(size_);
      laws_.succeeds(reuse_, (*hash)->update(message), text);
      Bytes small(size_ - 1, std::byte{0x5A});
      laws_.fails("a buffer too short is refused", (*hash)->finish(small), ErrorId::usage, text);
      laws_.check("nothing is written into a buffer too short", small == Bytes(size_ - 1, std::byte{0x5A}), text);
      laws_.succeeds(reuse_, (*hash)->finish(out), text);
      laws_.check(reuse_, out == digest(message), text);
    }
  }

  void length() {
    constexpr std::string_view law = "exactly the bytes of a digest are written";
    const Bytes message = patterned(100);
    const Bytes wanted = digest(message);
    for (const std::byte canary : {std::byte{0}, std::byte{0xFF}}) {
      Bytes at_once(size_ + 32, canary);
      Bytes in_steps(size_ + 32, canary);
      laws_.succeeds(law, port_.verifier().digest(message, at_once));
      auto hash = port_.begin();
      if (!laws_.succeeds(law, hash)) return;
      laws_.succeeds(law, (*hash)->update(message));
      laws_.succeeds(law, (*hash)->finish(in_steps));
      Bytes expected = wanted;
      expected.resize(size_ + 32, canary);
      laws_.check(law, at_once == expected, "digest");
      laws_.check(law, in_steps == expected, "finish");
    }
    Bytes small(size_ - 1, std::byte{0x5A});
    laws_.fails("a buffer too short is refused", port_.verifier().digest(message, small), ErrorId::usage, "digest");
    laws_.check("nothing is written into a buffer too short", small == Bytes(size_ - 1, std::byte{0x5A}), "digest");
  }

  void leaves() {
    constexpr std::string_view law = "digests of leaves are those of each leaf alone";
    const Bytes data = patterned(10'000);
    for (const std::size_t total : {0U, 1U, 511U, 512U, 513U, 8192U, 10'000U}) {
      for (const std::size_t leaf : {1U, 512U, 4096U, 20'000U}) {
        if (leaf == 1 && total > 600) continue;
        const std::string text = std::to_string(total) + " bytes in leaves of " + std::to_string(leaf);
        const std::size_t count = (total + leaf - 1) / leaf;
        Bytes out(count * size_ + 1, std::byte{0x5A});
        if (!laws_.succeeds(law, port_.leaves(ByteView(data).first(total), leaf, out), text)) return;
        Bytes wanted;
        for (std::size_t at = 0; at < total; at += leaf) {
          const Bytes one = digest(ByteView(data).subspan(at, std::min(leaf, total - at)));
          wanted.insert(wanted.end(), one.begin(), one.end());
        }
        wanted.push_back(std::byte{0x5A});
        laws_.check(law, out == wanted, text);
      }
    }
    Bytes small(size_ * 2 - 1);
    laws_.fails("a buffer too short is refused", port_.leaves(ByteView(data).first(513), 512, small), ErrorId::usage,
                "leaves");
  }

  void different_inputs() {
    constexpr std::string_view law = "inputs that differ have different digests";
    std::vector<Bytes> digests;
    for (std::size_t size = 0; size < 40; ++size) digests.push_back(digest(Bytes(size)));
    Bytes message = patterned(300);
    digests.push_back(digest(message));
    for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
      const std::byte mask{static_cast<unsigned char>(1U << (bit % 8))};
      message[bit / 8] ^= mask;
      digests.push_back(digest(message));
      message[bit / 8] ^= mask;
    }
    std::sort(digests.begin(), digests.end());
    for (std::size_t i = 0; i < digests.size(); ++i)
      laws_.check(law, !digests[i].empty() && (i == 0 || digests[i] != digests[i - 1]),
                  digests[i].empty() ? "no digest" : "two inputs have " + to_hex(digests[i]));
  }

  void threads() {
    constexpr std::string_view law = "many threads give what one gives";
    constexpr std::size_t leaf = 512;
    const Bytes data = patterned(64 * leaf);
    Bytes wanted(64 * size_);
    if (!laws_.succeeds(law, port_.leaves(data, leaf, wanted))) return;
    std::vector<Bytes> found(4, Bytes(wanted.size()));
    std::vector<std::thread> workers;
    for (Bytes& out : found) {
      workers.emplace_back([&out, &data, this] {
        for (int round = 0; round < 20; ++round) {
          const bool done = port_.leaves(data, leaf, out).has_value();
          Bytes first(size_);
          const bool same = port_.verifier().digest(ByteView(data).first(leaf), first).has_value() &&
                            std::equal(first.begin(), first.end(), out.begin());
          if (!done || !same) return out.clear();
        }
      });
    }
    for (std::thread& worker : workers) worker.join();
    for (const Bytes& out : found) laws_.check(law, out == wanted, "a thread found another digest");
  }

  static constexpr std::string_view split_ = "however it is cut, the digest is the same";
  static constexpr std::string_view reuse_ = "a state is as new after finish";

  const VerifierAdapter<V>& port_;
  std::size_t size_;
  Laws laws_;
};

/// Runs the laws of a Verifier: `REQUIRE(verifier_laws<Mine>().all_hold())`.
template <Verifier V>
Laws verifier_laws(typename V::Config config = {}) {
  return VerifierLaws<V>::run(std::move(config));
}

}  // namespace testing
}  // namespace lifeboat::inline LIFEBOAT_ABI
