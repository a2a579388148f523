// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include <lifeboat/source/scan.hpp>
#include <lifeboat/source/tree_output.hpp>

namespace support {

/// Feeds what a scan finds straight into a tree being built: a copy with nothing between source and target.
class CopySink final : public lifeboat::EntrySink {
 public:
  explicit CopySink(lifeboat::TreeOutput& output) : output_(output) {}

  lifeboat::Status entry(lifeboat::Entry&& entry, std::unique_ptr<lifeboat::Content> content) override {
    LIFEBOAT_CHECK(content->details(entry));
    if (entry.type != lifeboat::EntryType::file) return output_.place(entry);
    LIFEBOAT_CHECK(content->open());
    LIFEBOAT_TRY(const auto file, output_.create(entry));
    lifeboat::Bytes buffer(64 * 1024);
    const auto copy = [&](lifeboat::Segment segment) -> lifeboat::Status {
      for (std::uint64_t at = segment.offset; at < segment.offset + segment.length;) {
        const std::uint64_t left = segment.offset + segment.length - at;
        const lifeboat::MutableBytes room(buffer.data(), left < buffer.size() ? left : buffer.size());
        LIFEBOAT_TRY(const std::size_t got, content->read(at, room));
        if (got == 0) break;
        LIFEBOAT_CHECK(file->write(at, room.first(got)));
        at += got;
      }
      return lifeboat::ok();
    };
    LIFEBOAT_CHECK(content->segments(copy));
    return file->finish();
  }
  lifeboat::Status unreadable(lifeboat::Entry&&, lifeboat::Error error) override { return error; }
  void skipped(std::string_view, const lifeboat::Error&) override {}

 private:
  lifeboat::TreeOutput& output_;
};

/// Copies the tree at `from` into the empty folder `to`. What could not be restored comes back through `missing`.
inline lifeboat::Status copy_tree(const std::string& from, const std::string& to,
                                  lifeboat::TreeWriterConfig config = {},
                                  std::vector<lifeboat::NotRestored>* missing = nullptr) {
  auto source = lifeboat::open_at(AT_FDCWD, from.c_str(), O_RDONLY | O_DIRECTORY);
  auto target = lifeboat::open_at(AT_FDCWD, to.c_str(), O_RDONLY | O_DIRECTORY);
  config.root = std::move(target.value);
  LIFEBOAT_TRY(const auto writer, lifeboat::TreeWriter::open(std::move(config)));
  CopySink sink(*writer);
  LIFEBOAT_CHECK(lifeboat::scan_tree(source.value.get(), {}, sink, std::stop_token{}));
  LIFEBOAT_CHECK(writer->finish());
  if (missing != nullptr) *missing = writer->missing().list();
  return lifeboat::ok();
}

}  // namespace support
