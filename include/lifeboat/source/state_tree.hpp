// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <unistd.h>

#include <stop_token>

#include <lifeboat/record/saved_state.hpp>
#include <lifeboat/source/port.hpp>

// A saved state as a tree of files: a root with the one file `state` in it.
namespace lifeboat::inline LIFEBOAT_ABI {

inline constexpr std::string_view state_file_name = "state";

/// Serves the one file; keeps the saved state as long as it lives.
template <class = void>
class BasicStateContent final : public Content {
 public:
  BasicStateContent(std::shared_ptr<const SavedState> saved, FileStamp stamp) noexcept
      : saved_(std::move(saved)), stamp_(stamp) {}

  Status details(Entry&) override { return ok(); }
  Status open() override { return ok(); }
  Result<FileStamp> stamp() override { return stamp_; }
  Status segments(FunctionRef<Status(Segment)> each) override { return each({0, stamp_.size}); }
  Result<std::size_t> read(std::uint64_t at, MutableBytes out) override { return saved_->read(at, out); }
  void close() noexcept override {}

 private:
  std::shared_ptr<const SavedState> saved_;
  FileStamp stamp_;
};

/// Serves the root, which has no content.
template <class = void>
class BasicStateRoot final : public Content {
 public:
  Status details(Entry&) override { return ok(); }
  Status open() override { return none(); }
  Result<FileStamp> stamp() override { return none(); }
  Status segments(FunctionRef<Status(Segment)>) override { return none(); }
  Result<std::size_t> read(std::uint64_t, MutableBytes) override { return none(); }
  void close() noexcept override {}

 private:
  static Error none() { return Error{ErrorId::entry_unreadable, "the root of an engine's state is no file"}; }
};

/// Tells the root and the file. `changed`: when this content was first seen.
template <class = void>
Status scan_state(const std::shared_ptr<const SavedState>& saved, Timestamp changed, EntrySink& sink,
                  const std::stop_token& stop) {
  const auto stopped = [] { return Error{ErrorId::interrupted, "the reading of the engine's state was stopped"}; };
  Entry entry;
  entry.type = EntryType::directory;
  entry.mode = 0700;
  entry.uid = ::geteuid();
  entry.gid = ::getegid();
  entry.inode = 1;
  // A folder's times say nothing here, and would differ from backup to backup.
  Entry file = entry;
  if (stop.stop_requested()) return stopped();
  LIFEBOAT_CHECK(sink.entry(std::move(entry), std::make_unique<BasicStateRoot<>>()));
  if (stop.stop_requested()) return stopped();
  file.path = state_file_name;
  file.type = EntryType::file;
  file.mode = 0600;
  file.inode = 2;
  file.size = saved->size();
  file.mtime = file.ctime = changed;
  const FileStamp stamp = stamp_of(file);
  LIFEBOAT_CHECK(sink.entry(std::move(file), std::make_unique<BasicStateContent<>>(saved, stamp)));
  return stop.stop_requested() ? Status(stopped()) : ok();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
