// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/owner.hpp>
#include <lifeboat/journal/segment_image.hpp>
#include <lifeboat/restore/journal_tail.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// Writes what a medium has of a journal into a folder, as segments of its own.
template <class = void>
class BasicTailWriter {
 public:
  BasicTailWriter(std::string path, int folder) : path_(std::move(path)), folder_(folder) {}

  Status add(const JournalBatch& batch, const SegmentHeader& header) {
    if (image_ && !image_->takes(batch, header)) LIFEBOAT_CHECK(put());
    if (!image_) {
      LIFEBOAT_TRY(image_, SegmentImage::begin(header, batch, number_, header.salt));  // as good here
    }
    image_->add(batch);
    return ok();
  }

  Status put() {
    if (!image_) return ok();
    LIFEBOAT_TRY(const ByteView bytes, image_->finish());
    const SegmentName name(number_++);
    auto file = open_at(folder_, name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    int error = file.error;
    if (error == 0) error = pwrite_full(file.value.get(), 0, bytes);
    if (error == 0) error = sync_file(file.value.get());
    if (error != 0) return Error{ErrorId::target_io, path_ + "/" + name.c_str() + " can not be written"}.because(error);
    image_.reset();
    return ok();
  }

 private:
  std::string path_;
  int folder_;
  std::uint64_t number_ = 1;
  std::optional<SegmentImage> image_;
};

}  // namespace detail

namespace detail {

/// Makes `root`/`place`, which may be of several parts, and opens it.
template <class = void>
Result<FileDescriptor> make_place(const std::string& root, const std::string& path) {
  if (const int error = make_folders(path, root.size()))
    return Error{ErrorId::target_io, "the folder " + path + " can not be made"}.because(error);
  auto folder = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!folder) return Error{ErrorId::target_io, "the folder " + path + " can not be opened"}.because(folder.error);
  return std::move(folder.value);
}

/// Writes a history up to a position, reads it back, and proves that it ends there.
template <class = void>
Status write_history(MediumPort& medium, const std::string& source, const JournalHistory& history, Position upto,
                     const std::string& path, int folder, const std::stop_token& stop) {
  BasicTailWriter<> writer(path, folder);
  LIFEBOAT_TRY(PieceReader reader, PieceReader::open(medium, source, history, {}, upto));
  while (true) {
    if (stop.stop_requested()) return Error{ErrorId::interrupted, "the restore was stopped"};
    LIFEBOAT_TRY(const JournalBatch* const batch, reader.next_batch());
    if (batch == nullptr) break;
    LIFEBOAT_CHECK(writer.add(*batch, reader.header()));
  }
  LIFEBOAT_CHECK(writer.put());
  if (const int failed = sync_file(folder))
    return Error{ErrorId::target_io, "the folder " + path + " can not be made durable"}.because(failed);
  LIFEBOAT_TRY(JournalReader back, JournalReader::open(path));
  LIFEBOAT_TRY(const JournalVerdict verdict, back.verify());
  if (verdict.last != upto)
    return Error{ErrorId::damage, "the journal of " + source + " was restored to " + to_text(verdict.last) +
                                      ", not to " + to_text(upto)};
  return ok();
}

}  // namespace detail

/// What root made of it in a tree that is somebody else's becomes that one's: an engine could not open it. Errors:
/// target_io.
template <class = void>
Status give_tail(int root_folder, const std::string& root, const std::string& place) {
  const auto whose = stat_of(root_folder);
  if (::geteuid() != 0 || !whose || whose.value.st_uid == 0) return ok();
  const uid_t owner = whose.value.st_uid;
  const gid_t group = whose.value.st_gid;
  FileDescriptor folder;
  int error = 0;
  for (std::size_t begin = 0; error == 0 && begin <= place.size();) {
    const std::size_t end = std::min(place.find('/', begin), place.size());
    auto inner = open_at(begin == 0 ? root_folder : folder.get(), place.substr(begin, end - begin).c_str(),
                         O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!inner) {
      error = inner.error;
      break;
    }
    folder = std::move(inner.value);
    begin = end + 1;
    if (begin > place.size()) {
      error = hand_over(folder.get(), owner, group);
    } else if (const auto found = stat_of(folder.get());  // made with it, above it
               found && found.value.st_uid == 0 && found.value.st_mode == (S_IFDIR | 0700U)) {
      error = ::fchown(folder.get(), owner, group) == 0 ? 0 : errno;
    }
  }
  if (error == 0) return ok();
  return Error{ErrorId::target_io, "the journal in " + root + " can not be given to whom the tree belongs"}.because(
      error);
}

/// Writes the journal of a restore into `root`/`tail.place`: all that the medium has of it up to the point, for the
/// keys of old groups are asked for too; and the window of doubt, whole. Reads both back. `said` is what the mark
/// tells. Errors: target_io, damage, corrupt, and those of the medium.
template <class = void>
Status write_tail(MediumPort& medium, const std::string& source, const JournalTail& tail, const std::string& root,
                  const std::string& said, const std::stop_token& stop) {
  const std::string path = root + "/" + tail.place;
  LIFEBOAT_TRY(const FileDescriptor folder, detail::make_place(root, path));
  auto mark = open_at(folder.get(), restored_name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  int error = mark.error;
  if (error == 0) error = pwrite_full(mark.value.get(), 0, as_bytes(said));
  if (error == 0) error = sync_file(mark.value.get());
  if (error != 0) return Error{ErrorId::target_io, path + "/" + restored_name + " can not be written"}.because(error);
  LIFEBOAT_CHECK(detail::write_history(medium, source, tail.history, tail.upto, path, folder.get(), stop));
  if (tail.doubt.empty()) return ok();
  const std::string doubt = path + "/doubt";
  LIFEBOAT_TRY(const FileDescriptor window, detail::make_place(path, doubt));
  return detail::write_history(medium, tail.doubt_source, tail.doubt, tail.doubt.last(), doubt, window.get(), stop);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
