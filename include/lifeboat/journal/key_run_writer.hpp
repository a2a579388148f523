// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <span>
#include <vector>

#include <lifeboat/core/function_ref.hpp>
#include <lifeboat/journal/key_run.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Why something of the known keys could not be written.
template <class = void>
Error keys_not_written(const std::string& path, const std::string& what, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return Error{full ? ErrorId::medium_full : ErrorId::medium_io, "the known keys " + path + ": " + what}.because(error);
}

/// Writes one run front to back; what was written is read again before it counts. Destroyed before `finish`, it leaves
/// nothing. Memory: 260 KiB.
template <class = void>
class BasicKeyRunWriter {
 public:
  static Result<BasicKeyRunWriter> create(int folder, const std::string& path, std::uint64_t number, std::uint64_t salt,
                                          std::uint64_t seed) {
    BasicKeyRunWriter writer;
    writer.folder_ = folder;
    writer.path_ = path;
    writer.seed_ = seed;
    writer.info_.number = number;
    writer.info_.salt = salt;
    writer.name_ = key_run_name(number);
    constexpr int flags = O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW;
    auto file = open_at(folder, writer.name_.c_str(), flags, 0600);
    if (!file) return writer.failed("can not be made", file.error);
    writer.file_ = std::move(file.value);
    writer.out_.reserve(pages_at_once);
    return writer;
  }
  BasicKeyRunWriter(BasicKeyRunWriter&&) noexcept = default;
  BasicKeyRunWriter& operator=(BasicKeyRunWriter&&) = delete;
  ~BasicKeyRunWriter() {
    if (file_) (void)remove_file(folder_, name_.c_str());
  }

  /// The next entry in the order of `key_before`. Errors: medium_full, medium_io.
  Status put(const KeyEntry& entry, std::uint64_t hash) {
    const std::size_t size = key_entry_fixed + entry.length;
    if (in_leaf_ != 0 && used_ + size > key_page_bytes) LIFEBOAT_CHECK(close_leaf());
    if (in_leaf_ == 0) store_le(fences_.data() + key_page_head + in_fences_++ * 8, hash);
    (void)put_key_entry(leaf_.data() + used_, entry);
    used_ += size;
    ++in_leaf_;
    const Position position = entry.known.position;
    if (info_.keys == 0 || position < info_.low) info_.low = position;
    if (info_.keys == 0 || position > info_.high) info_.high = position;
    ++info_.keys;
    return ok();
  }

  [[nodiscard]] bool empty() const noexcept { return info_.keys == 0; }

  /// Writes the filter; the run is durable under its name when this returns. Not for an empty one.
  /// Errors: medium_full, medium_io, corrupt where the disk gives back what was not written.
  Result<std::shared_ptr<const KeyRun>> finish() {
    if (in_leaf_ != 0) LIFEBOAT_CHECK(close_leaf());
    if (in_fences_ != 0) LIFEBOAT_CHECK(close_fences());
    LIFEBOAT_CHECK(flush());
    LIFEBOAT_TRY(const std::shared_ptr<const KeyRun> bare, KeyRun::open(folder_, path_, info_, seed_));
    LIFEBOAT_CHECK(write_filter(bare));
    if (const int error = sync_file(file_.get())) return failed("can not be made durable", error);
    if (const int error = sync_file(folder_)) return failed("can not be made durable", error);
    LIFEBOAT_TRY(std::shared_ptr<const KeyRun> run, KeyRun::open(folder_, path_, info_, seed_));
    file_.reset();
    return run;
  }

 private:
  static constexpr std::size_t pages_at_once = 64;
  BasicKeyRunWriter() = default;

  [[nodiscard]] Error failed(const char* what, int error) const {
    return keys_not_written(path_, name_ + " " + what, error);
  }

  Status emit(KeyPage& page) {
    seal_key_page(page, info_.salt, written_ + out_.size());
    out_.push_back(page);
    page.fill(std::byte{0});
    return out_.size() < pages_at_once ? ok() : flush();
  }
  Status flush() {
    const ByteView bytes = std::as_bytes(std::span(out_));
    if ((written_ + out_.size()) * key_page_bytes > file_size_limit()) return failed("can not be written", EFBIG);
    if (const int error = pwrite_full(file_.get(), written_ * key_page_bytes, bytes))
      return failed("can not be written", error);
    written_ += out_.size();
    out_.clear();
    return ok();
  }
  Status close_leaf() {
    set_page_head(leaf_, KeyPageKind::leaf, in_leaf_);
    in_leaf_ = 0;
    used_ = key_page_head;
    ++info_.leaves;
    LIFEBOAT_CHECK(emit(leaf_));
    return in_fences_ == fences_per_page ? close_fences() : ok();
  }
  Status close_fences() {
    set_page_head(fences_, KeyPageKind::fence, in_fences_);
    in_fences_ = 0;
    return emit(fences_);
  }

  /// One page of the filter is filled at a time, for keys come in the order of their hashes.
  Status write_filter(const std::shared_ptr<const KeyRun>& bare) {
    info_.filters = (info_.keys * filter_bits_per_key + filter_bits - 1) / filter_bits;
    KeyCursor cursor(bare, seed_);
    KeyPage& page = leaf_;
    std::uint64_t filled = 0;
    std::uint64_t keys = 0;
    for (std::uint64_t before = 0;; before = cursor.hash(), ++keys) {
      LIFEBOAT_TRY(const bool more, cursor.next());
      const std::uint64_t wanted = more ? spread(cursor.hash(), info_.filters) : info_.filters;
      if (more && cursor.hash() < before) return bare->damaged("is not in order");
      for (; filled < wanted; ++filled) LIFEBOAT_CHECK(emit(page));
      if (!more) break;
      filter_add(page, cursor.hash());
    }
    if (keys != info_.keys) return bare->damaged("holds another number of keys than was written");
    return flush();
  }

  int folder_ = -1;
  std::string path_;
  std::string name_;
  FileDescriptor file_;
  std::uint64_t seed_ = 0;
  KeyRunInfo info_;
  std::vector<KeyPage> out_;
  std::uint64_t written_ = 0;  ///< pages
  KeyPage leaf_{};
  KeyPage fences_{};
  std::size_t used_ = key_page_head;
  std::uint16_t in_leaf_ = 0;
  std::uint16_t in_fences_ = 0;
};
using KeyRunWriter = BasicKeyRunWriter<>;

/// Merges runs: each key once, with its first position, but for those that `gone` names. Errors: as put.
template <class = void>
Status merge_runs(std::span<const std::shared_ptr<const KeyRun>> runs, std::uint64_t seed,
                  FunctionRef<bool(Position)> gone, KeyRunWriter& writer) {
  std::vector<KeyCursor> cursors;
  cursors.reserve(runs.size());
  for (const auto& run : runs) {
    KeyCursor cursor(run, seed);
    LIFEBOAT_TRY(const bool any, cursor.next());
    if (any) cursors.push_back(std::move(cursor));
  }
  while (!cursors.empty()) {
    std::size_t first = 0;
    for (std::size_t i = 1; i < cursors.size(); ++i)
      if (key_before(cursors[i].hash(), cursors[i].entry().key(), cursors[first].hash(), cursors[first].entry().key()))
        first = i;
    KeyEntry entry = cursors[first].entry();
    const std::uint64_t hash = cursors[first].hash();
    for (std::size_t i = first; i < cursors.size();) {
      if (cursors[i].hash() != hash || cursors[i].entry().key() != entry.key()) {
        ++i;
        continue;
      }
      if (cursors[i].entry().known.position < entry.known.position) entry.known = cursors[i].entry().known;
      LIFEBOAT_TRY(const bool more, cursors[i].next());
      if (!more) cursors.erase(cursors.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (!gone(entry.known.position)) LIFEBOAT_CHECK(writer.put(entry, hash));
  }
  return ok();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
