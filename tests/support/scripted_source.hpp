// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include <lifeboat/source/port.hpp>

namespace support {

/// What one file of a scripted source does when it is looked at.
struct ScriptedFile {
  lifeboat::Entry entry;
  std::string content;
  bool vanishes = false;                     ///< gone when it is opened
  int read_error = 0;                        ///< errno of every read
  std::uint64_t readable = 0;                ///< bytes before the first that can not be read
  bool always_changing = false;              ///< its stamp moves with every look
  std::string grows_by;                      ///< appended once after the first stamp
  std::size_t shrinks_to = ~std::size_t{0};  ///< after the first stamp
  std::vector<lifeboat::Segment> segments;
};

/// A source in memory whose files misbehave as told: what a real file system does only once in a while.
class ScriptedSource final : public lifeboat::SourcePort {
 public:
  ScriptedSource() { folder(""); }

  ScriptedFile& file(const std::string& path, std::string content) {
    ScriptedFile& f = add(path, lifeboat::EntryType::file);
    f.content = std::move(content);
    f.entry.size = f.content.size();
    return f;
  }
  ScriptedFile& folder(const std::string& path) { return add(path, lifeboat::EntryType::directory); }
  void remove(const std::string& path) { files_.erase(path); }
  /// New content under a new time, as a store through write(2) gives it.
  void change(const std::string& path, std::string content) {
    ScriptedFile& f = files_.at(path);
    f.content = std::move(content);
    f.entry.size = f.content.size();
    f.entry.mtime.seconds = f.entry.ctime.seconds = ++time_;
  }
  void rename(const std::string& from, const std::string& to) {
    ScriptedFile f = files_.at(from);
    files_.erase(from);
    f.entry.path = to;
    f.entry.ctime.seconds = ++time_;
    files_[to] = std::move(f);
  }
  [[nodiscard]] ScriptedFile& at(const std::string& path) { return files_.at(path); }

  bool times_prove = true;
  bool is_mount = false;
  std::uint64_t used_bytes = 0;
  std::map<std::string, int> unreadable;  ///< folders or files that the scan can not read
  std::atomic<int> reads{0};

  lifeboat::Result<lifeboat::SourceFacts> facts() override {
    lifeboat::SourceFacts facts;
    facts.id = "s";
    facts.url = "/scripted";
    facts.times_prove = times_prove;
    facts.is_mount = is_mount;
    facts.used_bytes = used_bytes;
    return facts;
  }
  lifeboat::Status flush() override { return lifeboat::ok(); }
  lifeboat::Result<lifeboat::Cut> freeze() override { return lifeboat::Cut{}; }
  void thaw() noexcept override {}

  lifeboat::Status scan(lifeboat::EntrySink& sink, std::stop_token) override {
    std::string hidden;
    bool hiding = false;
    for (auto& [path, file] : files_) {
      if (hiding && lifeboat::is_below(path, hidden)) continue;
      hiding = false;
      lifeboat::Entry entry = file.entry;
      if (const auto bad = unreadable.find(path); bad != unreadable.end()) {
        if (entry.type == lifeboat::EntryType::directory) {
          hiding = true;
          hidden = path;
        }
        if (auto taken = sink.unreadable(
                std::move(entry),
                lifeboat::Error{lifeboat::ErrorId::entry_unreadable, path + " can not be read"}.because(bad->second));
            !taken)
          return taken;
        continue;
      }
      if (auto taken = sink.entry(std::move(entry), std::make_unique<Handle>(file, reads)); !taken) return taken;
    }
    return lifeboat::ok();
  }

 private:
  struct ByPath {
    bool operator()(const std::string& a, const std::string& b) const {
      return lifeboat::compare_paths(a, b) == std::strong_ordering::less;
    }
  };

  class Handle final : public lifeboat::Content {
   public:
    Handle(ScriptedFile& file, std::atomic<int>& reads) : file_(file), reads_(reads) {}
    lifeboat::Status details(lifeboat::Entry& entry) override {
      if (entry.type == lifeboat::EntryType::symlink) entry.target = file_.entry.target;
      entry.owner = "keeper";
      entry.attributes = file_.entry.attributes;
      return lifeboat::ok();
    }
    lifeboat::Status open() override {
      if (file_.vanishes) return lifeboat::Error{lifeboat::ErrorId::entry_vanished, file_.entry.path + " is gone"};
      return lifeboat::ok();
    }
    lifeboat::Result<lifeboat::FileStamp> stamp() override {
      lifeboat::FileStamp stamp = lifeboat::stamp_of(file_.entry);
      stamp.size = file_.content.size();
      if (file_.always_changing) stamp.ctime.nanoseconds = ++changes_;
      if (!file_.grows_by.empty()) file_.content += std::exchange(file_.grows_by, {});
      if (file_.shrinks_to < file_.content.size()) file_.content.resize(file_.shrinks_to);
      return stamp;
    }
    lifeboat::Status segments(lifeboat::FunctionRef<lifeboat::Status(lifeboat::Segment)> each) override {
      if (file_.segments.empty()) return file_.content.empty() ? lifeboat::ok() : each({0, file_.content.size()});
      for (const lifeboat::Segment& segment : file_.segments)
        if (auto taken = each(segment); !taken) return taken;
      return lifeboat::ok();
    }
    lifeboat::Result<std::size_t> read(std::uint64_t at, lifeboat::MutableBytes out) override {
      ++reads_;
      if (file_.read_error != 0 && at + out.size() > file_.readable)
        return lifeboat::Error{lifeboat::ErrorId::entry_unreadable, file_.entry.path + " can not be read"}.because(
            file_.read_error);
      if (at >= file_.content.size()) return std::size_t{0};
      const std::size_t count = std::min(out.size(), file_.content.size() - static_cast<std::size_t>(at));
      std::memcpy(out.data(), file_.content.data() + at, count);
      return count;
    }
    void close() noexcept override {}

   private:
    ScriptedFile& file_;
    std::atomic<int>& reads_;
    std::uint32_t changes_ = 0;
  };

  ScriptedFile& add(const std::string& path, lifeboat::EntryType type) {
    ScriptedFile& f = files_[path];
    f.entry.path = path;
    f.entry.type = type;
    f.entry.mode = type == lifeboat::EntryType::directory ? 0755 : 0644;
    f.entry.device = 7;
    f.entry.inode = ++inodes_;
    f.entry.mtime.seconds = f.entry.ctime.seconds = ++time_;
    return f;
  }

  std::map<std::string, ScriptedFile, ByPath> files_;
  std::uint64_t inodes_ = 100;
  std::int64_t time_ = 1000;
};

}  // namespace support
