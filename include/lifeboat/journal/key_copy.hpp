// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <utility>

#include <lifeboat/journal/key_folder.hpp>
#include <lifeboat/journal/key_source.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A copy of known keys, that KeptKeys opens once it is not written any more: a set is offered, the runs that it names
/// and that are not here are asked for part by part, and when all are durable the set takes the place of the one
/// before. So whatever moment ends it, what stands there is a whole set. What is offered twice costs nothing; a run
/// that was begun goes on where it was, as long as this lives. One thread. Memory: two sets.
template <class = void>
class BasicKeyCopy {
 public:
  /// Opens the folder and locks it, or makes it. Errors: busy, corrupt, format_version, medium_io, medium_full.
  static Result<std::unique_ptr<BasicKeyCopy>> open(const std::string& path) {
    std::unique_ptr<BasicKeyCopy> copy(new BasicKeyCopy);
    copy->path_ = path;
    LIFEBOAT_TRY(copy->place_, lock_keys(path));
    LIFEBOAT_TRY(std::optional<KeySet> set, read_key_set(copy->place_.folder.get(), path));
    if (set) {
      copy->set_ = std::move(*set);
      copy->there_ = true;
    }
    sweep_runs(copy->place_.folder.get(), copy->set_);
    return copy;
  }

  /// Of the set that stands here; zeros where none does.
  [[nodiscard]] KeySetCheck check() const { return there_ ? key_set_check(encode_key_set(set_)) : KeySetCheck{}; }
  [[nodiscard]] Position covered() const noexcept { return set_.covered; }

  /// Takes a set; what is wanted for it, or none where it stands here now. `durable`: the journal's copy reaches up to
  /// there, and no key of a group behind it may be known. Errors: corrupt, format_version, usage (it knows more),
  /// medium_io, medium_full.
  Result<std::optional<KeyRunPart>> offer(ByteView bytes, Position durable) {
    bool later = false;
    std::optional<KeySet> set = decode_key_set(bytes, later);
    if (later) return Error{ErrorId::format_version, "a later version wrote the known keys that were sent"}.unchanged();
    if (!set) return Error{ErrorId::corrupt, "the set of known keys that was sent is damaged"}.unchanged();
    if (highest_in(*set) > durable)
      return Error{ErrorId::usage, "known keys up to " + to_text(highest_in(*set)) +
                                       " were sent, and the journal is here up to " + to_text(durable)}
          .unchanged();
    offered_ = std::move(*set);
    if (!goes_on()) LIFEBOAT_CHECK(begin_anew());
    return next();
  }

  /// Takes a part that was wanted; what is wanted next, or none where the set stands here now, or a run is gone: then
  /// it waits for another set. Errors: corrupt, usage (it was not asked for), medium_io, medium_full.
  Result<std::optional<KeyRunPart>> take(const KeyRunPart& part) {
    if (!offered_ || !file_ || part.number != wanted_.number || part.offset != offset_)
      return Error{ErrorId::usage, "a part of known keys was sent that was not asked for"}.unchanged();
    if (part.bytes.empty()) {
      offered_.reset();
      return std::optional<KeyRunPart>();
    }
    const std::uint64_t length = wanted_.pages() * key_page_bytes;
    if (part.bytes.size() > length - offset_ || !key_pages_fit(part.bytes, wanted_.salt, offset_))
      return Error{ErrorId::corrupt, "a page of known keys that was sent is damaged"}.unchanged();
    if (offset_ + part.bytes.size() > file_size_limit()) return failed("can not be written", EFBIG);
    if (const int error = pwrite_full(file_.get(), offset_, part.bytes)) return failed("can not be written", error);
    const std::uint64_t before = offset_;
    offset_ += part.bytes.size();
    // Little by little, so that the last flush takes no longer than the first.
    if (offset_ == length || before / flush_every != offset_ / flush_every)
      if (const int error = sync_data(file_.get())) return failed("can not be made durable", error);
    if (offset_ == length) {
      here_.push_back(wanted_);
      file_.reset();
    }
    return next();
  }

 private:
  static constexpr std::uint64_t flush_every = 4U << 20U;

  BasicKeyCopy() = default;

  Error failed(const char* what, int error) const {
    return keys_not_written(path_, key_run_name(wanted_.number) + " " + what, error);
  }

  static bool among(const std::vector<KeyRunInfo>& runs, const KeyRunInfo& run) {
    return std::find(runs.begin(), runs.end(), run) != runs.end();
  }

  /// Whether what is offered comes from the folder that this is a copy of: a number names one run there.
  [[nodiscard]] bool goes_on() const {
    if (!there_ || offered_->seed != set_.seed) return false;
    for (const KeyRunInfo& run : offered_->runs)
      for (const KeyRunInfo& own : set_.runs)
        if (run.number == own.number && run != own) return false;
    return true;
  }

  Status begin_anew() {
    KeySet empty;
    empty.seed = offered_->seed;
    empty.next = offered_->next;
    LIFEBOAT_CHECK(write_key_set(place_.folder.get(), path_, empty));
    set_ = std::move(empty);
    there_ = true;
    here_.clear();
    file_.reset();
    sweep_runs(place_.folder.get(), set_);
    return ok();
  }

  Result<std::optional<KeyRunPart>> next() {
    for (const KeyRunInfo& run : offered_->runs) {
      if (among(set_.runs, run) || among(here_, run)) continue;
      if (!file_ || wanted_ != run) {
        const std::string name = key_run_name(run.number);
        auto file = open_at(place_.folder.get(), name.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
        wanted_ = run;
        if (!file) return failed("can not be made", file.error);
        file_ = std::move(file.value);
        offset_ = 0;
      }
      return std::optional(KeyRunPart{run.number, offset_, {}});
    }
    if (const int error = sync_file(place_.folder.get()))
      return keys_not_written(path_, "their folder can not be made durable", error);
    LIFEBOAT_CHECK(write_key_set(place_.folder.get(), path_, *offered_));
    set_ = std::move(*offered_);
    offered_.reset();
    here_.clear();
    file_.reset();
    sweep_runs(place_.folder.get(), set_);
    return std::optional<KeyRunPart>();
  }

  std::string path_;
  KeysPlace place_;
  KeySet set_;
  bool there_ = false;
  std::optional<KeySet> offered_;
  std::vector<KeyRunInfo> here_;  ///< runs that are durable, and that no set names yet
  KeyRunInfo wanted_;
  FileDescriptor file_;  ///< of the run that is wanted
  std::uint64_t offset_ = 0;
};
using KeyCopy = BasicKeyCopy<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
