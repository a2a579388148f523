// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <lifeboat/source/tree.hpp>

namespace support {

/// A sink that keeps what a scan tells. `on_entry` is called with each path before it is kept.
struct Collected final : lifeboat::EntrySink {
  struct Found {
    lifeboat::Entry entry;
    std::unique_ptr<lifeboat::Content> content;
  };
  std::vector<Found> entries;
  std::vector<std::pair<lifeboat::Entry, lifeboat::Error>> unreadables;
  std::vector<std::pair<std::string, lifeboat::Error>> skips;
  std::function<void(const std::string&)> on_entry;
  bool details = true;
  bool keep_contents = true;
  lifeboat::Status answer;

  lifeboat::Status entry(lifeboat::Entry&& entry, std::unique_ptr<lifeboat::Content> content) override {
    if (on_entry) on_entry(entry.path);
    if (!answer) return answer;
    lifeboat::Entry mine = std::move(entry);
    if (details) LIFEBOAT_CHECK(content->details(mine));
    entries.push_back({std::move(mine), keep_contents ? std::move(content) : nullptr});
    return lifeboat::ok();
  }
  lifeboat::Status unreadable(lifeboat::Entry&& entry, lifeboat::Error error) override {
    unreadables.emplace_back(std::move(entry), std::move(error));
    return lifeboat::ok();
  }
  void skipped(std::string_view path, const lifeboat::Error& error) override {
    skips.emplace_back(std::string(path), error);
  }

  /// The entry of a path, or null.
  [[nodiscard]] Found* find(const std::string& path) {
    for (Found& found : entries)
      if (found.entry.path == path) return &found;
    return nullptr;
  }
  /// All paths but the root, joined by spaces.
  [[nodiscard]] std::string paths() const {
    std::string all;
    for (const Found& found : entries)
      if (!found.entry.path.empty()) all += (all.empty() ? "" : " ") + found.entry.path;
    return all;
  }
};

/// The whole content of a file, holes as zeros.
inline lifeboat::Result<lifeboat::Bytes> read_all(lifeboat::Content& content, std::uint64_t size) {
  LIFEBOAT_CHECK(content.open());
  lifeboat::Bytes out(static_cast<std::size_t>(size));
  LIFEBOAT_TRY(const std::size_t got, content.read(0, out));
  out.resize(got);
  content.close();
  return out;
}

}  // namespace support
