// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <lifeboat/medium/disk/place.hpp>
#include <lifeboat/medium/medium.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// One object being written: a locked file in tmp/ until it is linked to its name.
template <class = void>
class BasicDiskWriter {
 public:
  static Result<BasicDiskWriter> create(std::shared_ptr<DiskPlace> place, const ObjectName& name, CreateHint hint) {
    const std::uint64_t limit = file_size_limit();
    if (hint.expected_length > limit) return too_long(*place, name, limit).unchanged();
    LIFEBOAT_TRY(auto temporary, place->new_temporary());
    return BasicDiskWriter(std::move(place), name, hint, limit, std::move(temporary));
  }

  BasicDiskWriter(BasicDiskWriter&&) noexcept = default;
  BasicDiskWriter& operator=(BasicDiskWriter&& other) noexcept {
    if (this != &other) {
      discard();
      place_ = std::move(other.place_);
      name_ = std::move(other.name_);
      file_ = std::move(other.file_);
      temporary_ = std::move(other.temporary_);
      hint_ = other.hint_;
      limit_ = other.limit_;
      written_ = other.written_;
      flushing_ = other.flushing_;
      failed_ = other.failed_;
    }
    return *this;
  }
  ~BasicDiskWriter() { discard(); }

  Status write(ByteView piece) {
    if (failed_) return ended();
    failed_ = true;
    // A write beyond the limit would raise SIGXFSZ in a process that is not ours.
    if (piece.size() > limit_ - written_) return too_long(*place_, name_, limit_);
    if (const int error = write_full(file_.get(), piece)) return write_failed(piece.size(), error);
    written_ += piece.size();
    constexpr std::uint64_t stretch = 8ULL << 20U;
    if (written_ - flushing_ >= stretch) {
      begin_write_back(file_.get(), flushing_, written_ - flushing_);
      flushing_ = written_;
    }
    failed_ = false;
    return ok();
  }

  Result<Receipt> commit(Publish) {
    if (failed_) return ended();
    failed_ = true;
    if (const int error = sync_file(file_.get())) {
      if (error == ENOSPC || error == EDQUOT) return write_failed(0, error);
      return place_->failed("object " + name_ + " can not be made durable", error);
    }
    LIFEBOAT_CHECK(publish());
    discard();
    return Receipt{.length = written_, .chunk_digests = {}};
  }

 private:
  BasicDiskWriter(std::shared_ptr<DiskPlace> place, const ObjectName& name, CreateHint hint, std::uint64_t limit,
                  std::pair<FileDescriptor, std::string> temporary)
      : place_(std::move(place)),
        name_(name),
        file_(std::move(temporary.first)),
        temporary_(std::move(temporary.second)),
        hint_(hint),
        limit_(limit) {}

  Status publish() {
    const DiskPath path = split_path(name_);
    int error = 0;
    for (int tries = 0; tries < 16; ++tries) {  // a removal beside this one may prune the folder once it is empty
      LIFEBOAT_TRY(const FileDescriptor folder, place_->durable_folder(path.folder));
      const int from = place_->temporary();
      error = place_->links() ? link_noreplace(from, temporary_.c_str(), folder.get(), path.base.c_str())
                              : rename_noreplace(from, temporary_.c_str(), folder.get(), path.base.c_str());
      if (error == EEXIST && is_linked()) error = 0;
      if (error == EEXIST)
        return Error{ErrorId::object_exists, place_->url() + " holds an object " + name_ + " already"}.unchanged();
      if (error == ENOENT) {
        place_->forget_folder(path.folder);
        continue;
      }
      if (error != 0) break;
      if (const int unsynced = sync_file(folder.get())) {
        // The name may not survive a power cut: what was not committed is not left visible.
        (void)remove_file(folder.get(), path.base.c_str());
        (void)sync_file(folder.get());
        return place_->failed("the name of object " + name_ + " can not be made durable", unsynced);
      }
      if (!place_->links()) temporary_.clear();
      return ok();
    }
    return place_->failed("object " + name_ + " can not be given its name", error);
  }

  /// A network file system may repeat a link whose answer was lost, and then find its own name taken.
  bool is_linked() const noexcept {
    const auto found = stat_of(file_.get());
    return place_->links() && found && found.value.st_nlink == 2;
  }

  void discard() noexcept {
    if (file_ && !temporary_.empty()) (void)remove_file(place_->temporary(), temporary_.c_str());
    file_.reset();
  }

  Error ended() const {
    return {ErrorId::medium_io, place_->url() + ": the writer of " + name_ + " has ended: it was committed, or failed"};
  }

  static Error too_long(const DiskPlace& place, const ObjectName& name, std::uint64_t limit) {
    return Error{ErrorId::limit, place.url() + ": object " + name + " would grow beyond " + std::to_string(limit) +
                                     " bytes, the largest file that this process may write (RLIMIT_FSIZE)"}
        .because(EFBIG)
        .next("ulimit -f unlimited");
  }

  Error write_failed(std::size_t piece, int error) const {
    if (error != ENOSPC && error != EDQUOT)
      return place_->failed("object " + name_ + " can not be written at byte " + std::to_string(written_), error);
    const auto facts = file_system_of(place_->root());
    const std::uint64_t free_bytes = facts ? facts.value.free_bytes : 0;
    const std::uint64_t rest = hint_.expected_length > written_ ? hint_.expected_length - written_ : 0;
    const std::uint64_t wanted = rest > piece ? rest : piece;
    const std::uint64_t lacking = wanted > free_bytes ? wanted - free_bytes : wanted;
    return Error{ErrorId::medium_full, place_->url() + " is full: object " + name_ + " needs " +
                                           (rest > piece ? "" : "at least ") + std::to_string(lacking) +
                                           " bytes more than are free, after " + std::to_string(written_) + " written"}
        .because(error)
        .next("lifeboat prune");
  }

  std::shared_ptr<DiskPlace> place_;
  ObjectName name_;
  FileDescriptor file_;
  std::string temporary_;
  CreateHint hint_;
  std::uint64_t limit_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t flushing_ = 0;
  bool failed_ = false;
};
using DiskWriter = BasicDiskWriter<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
