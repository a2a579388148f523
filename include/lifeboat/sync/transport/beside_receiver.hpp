// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <lifeboat/journal/doubt_copy.hpp>
#include <lifeboat/journal/key_copy.hpp>
#include <lifeboat/sync/transport/tls_link.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The receiver's side of what comes beside the groups: the doubt window and the known keys, in the replica's folder,
/// where a journal that goes on there finds them. One thread.
template <class = void>
class BasicBesideReceiver {
 public:
  explicit BasicBesideReceiver(std::string replica) : replica_(std::move(replica)) {}

  /// Takes the locks of what is there. Errors: busy, and those of DoubtCopy and KeyCopy.
  Status open() {
    if (!doubt_) {
      LIFEBOAT_TRY(doubt_, DoubtCopy::open(replica_));
    }
    if (keys_ == nullptr && stat_at(AT_FDCWD, keys_folder(replica_).c_str()).error == 0) {
      LIFEBOAT_TRY(keys_, KeyCopy::open(keys_folder(replica_)));
    }
    return ok();
  }
  /// Lets go of the locks.
  void close() noexcept {
    doubt_.reset();
    keys_.reset();
  }

  [[nodiscard]] HasMessage has() const {
    return {doubt_ ? doubt_->head() : JournalHead{}, keys_ != nullptr ? keys_->check() : KeySetCheck{}};
  }
  [[nodiscard]] Position keys_covered() const noexcept { return keys_ != nullptr ? keys_->covered() : Position{}; }

  /// Durable when it returns. Errors: those of DoubtCopy::receive.
  Status take(const DoubtMessage& doubt) {
    LIFEBOAT_CHECK(doubt_->receive(ShippedOrigin{doubt.journal, doubt.schemas}, std::span(&doubt.batch, 1)));
    return ok();
  }
  /// `durable`: the replica reaches up to there. Errors: those of KeyCopy, and of the link.
  Status take(TlsLink& link, const KeysMessage& keys, Position durable) {
    if (keys_ == nullptr) {
      LIFEBOAT_TRY(keys_, KeyCopy::open(keys_folder(replica_)));
    }
    LIFEBOAT_TRY(const std::optional<KeyRunPart> wanted, keys_->offer(keys.set, durable));
    return answer(link, wanted);
  }
  Status take(TlsLink& link, const RunMessage& run) {
    if (keys_ == nullptr) return Error{ErrorId::format, "the primary sent a part of known keys before their set"};
    LIFEBOAT_TRY(const std::optional<KeyRunPart> wanted, keys_->take(run.part));
    return answer(link, wanted);
  }

 private:
  Status answer(TlsLink& link, const std::optional<KeyRunPart>& wanted) {
    if (wanted) return link.put_one(WantRunMessage{wanted->number, wanted->offset});
    return link.put_one(has());
  }

  std::string replica_;
  std::optional<DoubtCopy> doubt_;
  std::unique_ptr<KeyCopy> keys_;
};
using BesideReceiver = BasicBesideReceiver<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
