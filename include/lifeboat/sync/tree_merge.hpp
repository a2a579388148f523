// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <lifeboat/core/spool.hpp>
#include <lifeboat/sync/sealed_file.hpp>
#include <lifeboat/sync/sync_item.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Takes the items of a merge, in the order of compare_paths.
struct ItemSink {
  virtual Status item(std::unique_ptr<SyncItem> item) = 0;
  /// Something in the source that could not be read; what the state has at this path and below comes as kept.
  virtual Status unreadable(const Entry& entry, const Error& error) = 0;
  virtual void skipped(std::string_view path, const Error& error) = 0;
  virtual Status settle() = 0;
  virtual ~ItemSink() = default;
};

using StateWalk = SyncRecordWalk<SealedBytes>;
using ReplicaWalk = SyncRecordWalk<Spool>;

/// A scan of the source beside the stored state and a look at the replica: each path once, with what each has there.
template <class = void>
class BasicTreeMerge final : public EntrySink {
 public:
  BasicTreeMerge(const SyncTools& tools, StateWalk* state, ReplicaWalk& replica, ItemSink& out)
      : tools_(tools), state_(state), replica_(replica), out_(out) {}

  Status entry(Entry&& entry, std::unique_ptr<Content> content) override {
    LIFEBOAT_CHECK(keep_skipped(entry.path));
    LIFEBOAT_CHECK(advance(&entry.path));
    auto item = next_item(entry.path);
    // What lies below a mount is hidden, not gone.
    if ((entry.flags & entry_flag::mount_point) != 0) keep_below(entry.path);
    item->source = std::move(entry);
    item->content = std::move(content);
    ++told_;
    LIFEBOAT_CHECK(fill(*item));
    return out_.item(std::move(item));
  }
  Status unreadable(Entry&& entry, Error error) override {
    LIFEBOAT_CHECK(keep_skipped(entry.path));
    LIFEBOAT_CHECK(advance(&entry.path));
    keep_below(entry.path);
    ++told_;
    return out_.unreadable(entry, error);
  }
  void skipped(std::string_view path, const Error& error) override {
    skipped_ = path;
    has_skipped_ = true;
    out_.skipped(path, error);
  }
  Status settle() override { return out_.settle(); }

  /// What the state and the replica have behind the source's last entry.
  Status finish() {
    if (has_skipped_) {
      LIFEBOAT_CHECK(advance(&skipped_));
      keep_below(skipped_);
      has_skipped_ = false;
    }
    return advance(nullptr);
  }

  [[nodiscard]] std::uint64_t told() const noexcept { return told_; }
  [[nodiscard]] std::uint64_t in_state() const noexcept { return in_state_; }
  [[nodiscard]] std::uint64_t in_replica() const noexcept { return in_replica_; }

 private:
  [[nodiscard]] SyncRecord* state_at() noexcept { return state_ != nullptr ? state_->current() : nullptr; }

  void keep_below(const std::string& path) {
    kept_ = path;
    has_kept_ = true;
  }
  /// What was left out on purpose and is not told as an entry is kept as it was.
  Status keep_skipped(const std::string& next) {
    if (!has_skipped_) return ok();
    has_skipped_ = false;
    if (next == skipped_) return ok();
    LIFEBOAT_CHECK(advance(&skipped_));
    keep_below(skipped_);
    return ok();
  }
  std::unique_ptr<SyncItem> next_item(const std::string& path) const {
    auto item = std::make_unique<SyncItem>(tools_);
    item->path = path;
    item->kept = has_kept_ && is_below(path, kept_);
    return item;
  }
  /// Takes what the state and the replica have at the item's path.
  Status fill(SyncItem& item) {
    if (SyncRecord* s = state_at(); s != nullptr && s->path() == item.path) {
      item.state = std::move(*s);
      ++in_state_;
      LIFEBOAT_CHECK(state_->advance());
    }
    if (SyncRecord* r = replica_.current(); r != nullptr && r->path() == item.path) {
      item.replica = std::move(*r);
      ++in_replica_;
      LIFEBOAT_CHECK(replica_.advance());
    }
    return ok();
  }
  /// Hands on all that comes before `path`, which the source does not have; all of the rest where it is null.
  Status advance(const std::string* path) {
    for (;;) {
      const SyncRecord* s = state_at();
      const SyncRecord* r = replica_.current();
      const SyncRecord* first = s;
      if (first == nullptr || (r != nullptr && compare_paths(r->path(), s->path()) == std::strong_ordering::less))
        first = r;
      if (first == nullptr) return ok();
      if (path != nullptr && compare_paths(first->path(), *path) != std::strong_ordering::less) return ok();
      auto item = next_item(first->path());
      LIFEBOAT_CHECK(fill(*item));
      LIFEBOAT_CHECK(out_.item(std::move(item)));
    }
  }

  const SyncTools& tools_;
  StateWalk* state_;
  ReplicaWalk& replica_;
  ItemSink& out_;
  std::string kept_;
  bool has_kept_ = false;
  std::string skipped_;
  bool has_skipped_ = false;
  std::uint64_t told_ = 0;
  std::uint64_t in_state_ = 0;
  std::uint64_t in_replica_ = 0;
};
using TreeMerge = BasicTreeMerge<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
