// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <lifeboat/source/rules.hpp>
#include <lifeboat/source/tree.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Lets through what a sync's own rules take, and never `own`, the folder that a replica keeps for itself. Links to a
/// file whose first name is left out come as links to the first name that is taken. Memory grows with such files.
template <class = void>
class BasicScopedSink final : public EntrySink {
 public:
  BasicScopedSink(const Rules& rules, std::string_view own, EntrySink& sink) : rules_(rules), own_(own), sink_(sink) {}

  Status entry(Entry&& entry, std::unique_ptr<Content> content) override {
    const bool is_folder = entry.type == EntryType::directory;
    const Verdict verdict = verdict_of(entry.path, is_folder);
    if (verdict == Verdict::look && is_folder && !entry.path.empty()) {
      while (!held_.empty() && !is_below(entry.path, held_.back().entry.path)) held_.pop_back();
      held_.push_back({std::move(entry), std::move(content)});
      return ok();
    }
    if (entry.type == EntryType::hardlink) redirect(entry, verdict == Verdict::take);
    else if (verdict == Verdict::leave && entry.type == EntryType::file && entry.links > 1) firsts_[entry.path];
    if (verdict == Verdict::leave) return ok();
    LIFEBOAT_CHECK(tell_held(entry.path));
    return sink_.entry(std::move(entry), std::move(content));
  }
  Status unreadable(Entry&& entry, Error error) override {
    if (verdict_of(entry.path, entry.type == EntryType::directory) == Verdict::leave) return ok();
    LIFEBOAT_CHECK(tell_held(entry.path));
    return sink_.unreadable(std::move(entry), std::move(error));
  }
  void skipped(std::string_view path, const Error& error) override {
    if (verdict_of(path, false) == Verdict::take) sink_.skipped(path, error);
  }
  Status settle() override { return sink_.settle(); }

 private:
  struct Held {
    Entry entry;
    std::unique_ptr<Content> content;
  };

  [[nodiscard]] Verdict verdict_of(std::string_view path, bool is_folder) const noexcept {
    if (!path.empty() && is_below(path, own_)) return Verdict::leave;
    return rules_.match(path, is_folder);
  }
  /// The first name that is taken stands for one that is not.
  void redirect(Entry& entry, bool taken) {
    const auto first = firsts_.find(entry.target);
    if (first == firsts_.end() || !taken) return;
    if (first->second.empty()) {
      first->second = entry.path;
      entry.type = EntryType::file;
      entry.target.clear();
    } else {
      entry.target = first->second;
    }
  }
  Status tell_held(const std::string& path) {
    while (!held_.empty() && !is_below(path, held_.back().entry.path)) held_.pop_back();
    std::vector<Held> told = std::move(held_);
    held_.clear();
    for (Held& one : told)
      if (is_below(path, one.entry.path)) LIFEBOAT_CHECK(sink_.entry(std::move(one.entry), std::move(one.content)));
    return ok();
  }

  const Rules& rules_;
  std::string own_;
  EntrySink& sink_;
  std::vector<Held> held_;
  std::map<std::string, std::string> firsts_;
};
using ScopedSink = BasicScopedSink<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
