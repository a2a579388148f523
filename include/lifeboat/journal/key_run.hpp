// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>

#include <lifeboat/core/posix.hpp>
#include <lifeboat/core/shell_word.hpp>
#include <lifeboat/journal/key_page.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// "run-0000000007"
template <class = void>
std::string key_run_name(std::uint64_t number) {
  std::string digits = std::to_string(number);
  return "run-" + std::string(digits.size() < 10 ? 10 - digits.size() : 0, '0') + digits;
}

/// Reads one immutable run of keys. Any thread. Memory: a page of 4 KiB on the stack at a time.
template <class = void>
class BasicKeyRun {
 public:
  /// Errors: corrupt where it is not there or has another length, medium_io.
  static Result<std::shared_ptr<const BasicKeyRun>> open(int folder, const std::string& path, const KeyRunInfo& info,
                                                         std::uint64_t seed) {
    const std::string name = key_run_name(info.number);
    auto file = open_at(folder, name.c_str(), O_RDONLY | O_NOFOLLOW);
    std::shared_ptr<BasicKeyRun> run(new BasicKeyRun(path + "/" + name, info, seed));
    if (file.error == ENOENT) return run->damaged("is not there");
    if (!file) return run->unreadable(file.error);
    run->file_ = std::move(file.value);
    const auto found = stat_of(run->file_.get());
    if (!found) return run->unreadable(found.error);
    if (static_cast<std::uint64_t>(found.value.st_size) != info.pages() * key_page_bytes)
      return run->damaged("has another length than it was written with");
    return std::shared_ptr<const BasicKeyRun>(std::move(run));
  }

  [[nodiscard]] const KeyRunInfo& info() const noexcept { return info_; }

  /// Whether the filter lets a key through. Errors: corrupt, medium_io.
  Result<bool> may_have(std::uint64_t hash) const {
    KeyPage page;
    LIFEBOAT_CHECK(read(info_.filter_page(spread(hash, info_.filters)), page));
    return filter_has(page, hash);
  }

  /// Reads one page of the filter, a page or two of fences, and one leaf. Errors: corrupt, medium_io.
  Result<std::optional<KnownKey>> find(std::string_view key, std::uint64_t hash) const {
    LIFEBOAT_TRY(const bool may, may_have(hash));
    if (!may) return std::optional<KnownKey>();
    KeyPage fences;
    LIFEBOAT_TRY(const std::uint64_t above, first_leaf_from(hash, fences));
    // The last leaf that begins below the hash, then those that begin with it.
    for (std::uint64_t leaf = above == 0 ? 0 : above - 1; leaf < info_.leaves; ++leaf) {
      if (leaf >= above) {
        if (leaf % fences_per_page == 0) LIFEBOAT_CHECK(read_fences(leaf / fences_per_page, fences));
        if (fence_in(fences, leaf % fences_per_page) > hash) break;
      }
      LIFEBOAT_TRY(const std::optional<KnownKey> known, find_in_leaf(leaf, key));
      if (known) return known;
    }
    return std::optional<KnownKey>();
  }

  Status read_leaf(std::uint64_t leaf, KeyPage& page) const {
    LIFEBOAT_CHECK(read(info_.leaf_page(leaf), page));
    if (page_count(page, KeyPageKind::leaf).value_or(0) == 0) return damaged("has a leaf that is none");
    return ok();
  }

  [[nodiscard]] Error damaged(const char* what) const {
    return Error{ErrorId::corrupt, "the run of keys " + name_ + " " + what}
        .next("rm -r " + shell_quoted(name_.substr(0, name_.rfind('/'))) + "    # it is made again from the journal")
        .unchanged();
  }

 private:
  BasicKeyRun(std::string name, const KeyRunInfo& info, std::uint64_t seed)
      : name_(std::move(name)), info_(info), seed_(seed) {}

  [[nodiscard]] Error unreadable(int error) const {
    return Error{ErrorId::medium_io, "the run of keys " + name_ + " can not be read"}.because(error);
  }

  Status read(std::uint64_t index, KeyPage& page) const {
    const auto got = read_full(file_.get(), index * key_page_bytes, page);
    if (!got) return unreadable(got.error);
    if (got.value == key_page_bytes && key_page_fits(page, info_.salt, index)) return ok();
    return damaged(("has a damaged page: " + std::to_string(index)).c_str());
  }
  Status read_fences(std::uint64_t fence, KeyPage& page) const {
    LIFEBOAT_CHECK(read(info_.fence_page(fence), page));
    if (page_count(page, KeyPageKind::fence) != fences_of(fence)) return damaged("has fences that are none");
    return ok();
  }
  [[nodiscard]] std::uint64_t fences_of(std::uint64_t fence) const noexcept {
    const std::uint64_t left = info_.leaves - fence * fences_per_page;
    return left < fences_per_page ? left : fences_per_page;
  }
  static std::uint64_t fence_in(const KeyPage& page, std::uint64_t i) noexcept {
    return load_le<std::uint64_t>(page.data() + key_page_head + i * 8);
  }

  /// The first leaf that begins at a hash or above it; leaves the page of its fence, or the last one, in `page`.
  Result<std::uint64_t> first_leaf_from(std::uint64_t hash, KeyPage& page) const {
    // Hashes are spread evenly, so the first guess is mostly right.
    std::uint64_t at = spread(hash, info_.leaves) / fences_per_page;
    LIFEBOAT_CHECK(read_fences(at, page));
    while (at > 0 && fence_in(page, 0) >= hash) LIFEBOAT_CHECK(read_fences(--at, page));
    while (fence_in(page, fences_of(at) - 1) < hash && at + 1 < info_.fences()) LIFEBOAT_CHECK(read_fences(++at, page));
    std::uint64_t low = 0;
    std::uint64_t high = fences_of(at);
    while (low < high) {
      const std::uint64_t middle = (low + high) / 2;
      if (fence_in(page, middle) < hash)
        low = middle + 1;
      else
        high = middle;
    }
    return at * fences_per_page + low;
  }

  Result<std::optional<KnownKey>> find_in_leaf(std::uint64_t leaf, std::string_view key) const {
    KeyPage page;
    LIFEBOAT_CHECK(read_leaf(leaf, page));
    LeafWalk walk(page);
    KeyEntry entry;
    while (walk.next(entry))
      if (entry.key() == key) return std::optional(entry.known);
    if (!walk.done()) return damaged("has an entry that breaks a rule");
    return std::optional<KnownKey>();
  }

  std::string name_;
  KeyRunInfo info_;
  std::uint64_t seed_;
  FileDescriptor file_;
};
using KeyRun = BasicKeyRun<>;

/// Walks through a run in order.
template <class = void>
class BasicKeyCursor {
 public:
  explicit BasicKeyCursor(std::shared_ptr<const KeyRun> run, std::uint64_t seed)
      : run_(std::move(run)), page_(std::make_unique<KeyPage>()), seed_(seed) {}

  /// Moves to the next entry; false at the end. Errors: corrupt, medium_io.
  Result<bool> next() {
    while (!walk_ || !walk_->next(entry_)) {
      if (walk_ && !walk_->done()) return run_->damaged("has an entry that breaks a rule");
      if (leaf_ == run_->info().leaves) return false;
      LIFEBOAT_CHECK(run_->read_leaf(leaf_++, *page_));
      walk_.emplace(*page_);
    }
    hash_ = key_hash(entry_.key(), seed_);
    return true;
  }
  [[nodiscard]] const KeyEntry& entry() const noexcept { return entry_; }
  [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }
  /// The leaf that the entry stands in.
  [[nodiscard]] std::uint64_t leaf() const noexcept { return leaf_ - 1; }

 private:
  std::shared_ptr<const KeyRun> run_;
  std::unique_ptr<KeyPage> page_;
  std::optional<LeafWalk> walk_;
  std::uint64_t leaf_ = 0;
  KeyEntry entry_;
  std::uint64_t hash_ = 0;
  std::uint64_t seed_;
};
using KeyCursor = BasicKeyCursor<>;

/// Reads all of a run, in order, and looks up each key of it. Errors: corrupt, medium_io.
template <class = void>
Status verify_run(const std::shared_ptr<const KeyRun>& run, std::uint64_t seed) {
  KeyCursor cursor(run, seed);
  KeyEntry before;
  std::uint64_t before_hash = 0;
  for (std::uint64_t count = 0;; ++count) {
    LIFEBOAT_TRY(const bool more, cursor.next());
    if (!more) return count == run->info().keys ? ok() : Status(run->damaged("holds another number of keys"));
    const KeyEntry& entry = cursor.entry();
    if (count != 0 && !key_before(before_hash, before.key(), cursor.hash(), entry.key()))
      return run->damaged("is not in order");
    if (entry.known.position < run->info().low || entry.known.position > run->info().high)
      return run->damaged("holds a position that it should not");
    LIFEBOAT_TRY(const std::optional<KnownKey> found, run->find(entry.key(), cursor.hash()));
    if (found != entry.known) return run->damaged("does not find a key that it holds");
    before = entry;
    before_hash = cursor.hash();
  }
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
