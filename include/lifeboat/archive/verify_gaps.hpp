// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/verify_input.hpp>
#include <lifeboat/core/clock.hpp>
#include <lifeboat/core/throttle.hpp>

// What the owner of a verification does itself: it hashes what lies between contents, and looks at the budget.
namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// When a budget is used up.
template <class = void>
class BasicVerifyBudget {
 public:
  BasicVerifyBudget(const VerifyInput& input, const VerifyReport& report)
      : throttle(input.budgets.bytes_per_second, input.stop, stopped()), input_(input), report_(report) {
    if (input.budget_ns != 0 && input.clock != nullptr) began_ = input.clock->now();
  }
  [[nodiscard]] bool used_up() const {
    if (input_.budget_bytes != 0 && report_.bytes >= input_.budget_bytes) return true;
    if (input_.budget_ns == 0 || input_.clock == nullptr) return false;
    return input_.clock->now().boot_nanoseconds - began_.boot_nanoseconds >= input_.budget_ns;
  }
  static Error stopped() { return Error{ErrorId::interrupted, "the verification was stopped"}.unchanged(); }

  Throttle throttle;  ///< passed before anything is read

 private:
  const VerifyInput& input_;
  const VerifyReport& report_;
  ClockReading began_;
};
using VerifyBudget = BasicVerifyBudget<>;

/// Hashes what is nobody's content, volume by volume, and compares.
template <class = void>
class BasicGapHash {
 public:
  BasicGapHash(const ArchiveReader& archive, HashPort& hash, std::uint64_t first_volume)
      : manifest_(archive.manifest()), hash_(hash), volume_(first_volume), at_(first_volume * length()) {}

  /// Everything up to `at` that was not fed was content. Gives the volumes that ended and do not fit.
  Status go_to(std::uint64_t at, std::vector<std::uint64_t>& bad) {
    while (at_ < at) {
      LIFEBOAT_CHECK(begin());
      at_ = std::min(at, end());
      LIFEBOAT_CHECK(finish(bad));
    }
    return ok();
  }

  Status feed(std::uint64_t at, ByteView bytes, std::vector<std::uint64_t>& bad) {
    if (at < at_) {  // before the volume that is begun with
      const std::uint64_t before = at_ - at;
      if (before >= bytes.size()) return ok();
      bytes = bytes.subspan(static_cast<std::size_t>(before));
      at += before;
    }
    LIFEBOAT_CHECK(go_to(at, bad));
    while (!bytes.empty()) {
      LIFEBOAT_CHECK(begin());
      const std::uint64_t left = end() - at_;
      const ByteView piece = bytes.first(bytes.size() < left ? bytes.size() : static_cast<std::size_t>(left));
      LIFEBOAT_CHECK(hash_.update(piece));
      at_ += piece.size();
      bytes = bytes.subspan(piece.size());
      LIFEBOAT_CHECK(finish(bad));
    }
    return ok();
  }

 private:
  [[nodiscard]] std::uint64_t length() const noexcept { return manifest_.volume_length; }
  [[nodiscard]] std::uint64_t end() const noexcept { return std::min((volume_ + 1) * length(), manifest_.covered); }

  Status begin() {
    if (begun_) return ok();
    begun_ = true;
    std::byte raw[8];
    store_le(raw, volume_);
    LIFEBOAT_CHECK(hash_.update(as_bytes(digest_tag::volume)));
    LIFEBOAT_CHECK(hash_.update(manifest_.archive.view()));
    return hash_.update(raw);
  }

  Status finish(std::vector<std::uint64_t>& bad) {
    if (at_ != end()) return ok();
    Digest digest;
    digest.size = structural_size;
    LIFEBOAT_CHECK(hash_.finish({digest.bytes.data(), structural_size}));
    if (volume_ >= manifest_.volumes.size() || manifest_.volumes[static_cast<std::size_t>(volume_)].digest != digest)
      bad.push_back(volume_);
    ++volume_;
    begun_ = false;
    return ok();
  }

  const Manifest& manifest_;
  HashPort& hash_;
  std::uint64_t volume_;
  std::uint64_t at_;
  bool begun_ = false;
};
using GapHash = BasicGapHash<>;

}  // namespace detail

}  // namespace lifeboat::inline LIFEBOAT_ABI
