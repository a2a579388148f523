// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

#include <lifeboat/core/clock.hpp>
#include <lifeboat/core/random.hpp>
#include <lifeboat/source/adapt.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/sync/timestamp_sync.hpp>
#include <lifeboat/verifier/structural.hpp>

#include "support/compare_trees.hpp"
#include "support/temp_folder.hpp"
#include "support/text.hpp"

namespace support {

inline bool is_there(const std::string& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0;
}

/// A folder in memory for rounds by the hundred, where there is one.
inline std::string in_memory() { return ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"; }

/// The error's id and sentence; nothing for a success.
template <class T>
std::string said(const lifeboat::Result<T>& result) {
  if (result) return {};
  return std::string(to_string(result.error().id())) + ": " + result.error().sentence();
}

/// A source, its replica and its state folder, and passes between them.
struct Synced {
  explicit Synced(const std::string& where) : folder(where) { make(); }
  Synced() { make(); }

  TempFolder folder;
  std::string source = folder / "source";
  std::string replica = folder / "replica";
  std::string state = folder / "state";
  lifeboat::TimestampSync::Config config{};
  lifeboat::Directory::Config from{};
  lifeboat::LogSink log{};
  unsigned threads = 2;

  [[nodiscard]] std::string own() const { return replica + "/.lifeboat-sync"; }

  template <class Verb>
  auto with(Verb&& verb, std::stop_token stop = {}) {
    using Sync = lifeboat::TimestampSync;
    using Answer = decltype(verb(std::declval<Sync&>(), std::declval<lifeboat::SyncContext&>(), stop));
    from.id = "ledger";
    from.root = source;
    config.replica = replica;
    auto opened = lifeboat::Directory::open(from);
    if (!opened) return Answer(std::move(opened).error());
    const auto port = std::make_unique<lifeboat::SourceAdapter<lifeboat::Directory>>(std::move(*opened));
    auto structural = lifeboat::open_structural(lifeboat::StructuralId::sha256);
    if (!structural) return Answer(std::move(structural).error());
    const lifeboat::SystemClock clock;
    lifeboat::SystemRandom random;
    lifeboat::Budgets budgets;
    budgets.threads = threads;
    lifeboat::SyncContext context{*port, **structural, **structural, clock, random, budgets, state, log};
    auto sync = Sync::open(config);
    if (!sync) return Answer(std::move(sync).error());
    return verb(*sync, context, stop);
  }
  lifeboat::Result<lifeboat::SyncReport> pass(std::stop_token stop = {}) {
    return with([](auto& sync, auto& context, const auto& token) { return sync.sync(context, token); }, stop);
  }
  lifeboat::Result<lifeboat::SyncVerdict> verify() {
    return with([](auto& sync, auto& context, const auto& token) { return sync.verify(context, token); });
  }

  /// What differs between source and replica, but for the folder of its own; empty where nothing does.
  [[nodiscard]] std::string difference() const {
    TreeRecords copy = read_tree(replica);
    for (auto at = copy.begin(); at != copy.end();)
      at = at->first.starts_with(".lifeboat-sync") ? copy.erase(at) : std::next(at);
    return first_difference(read_tree(source), copy);
  }

 private:
  void make() {
    ::mkdir(source.c_str(), 0755);
    ::mkdir(state.c_str(), 0700);
  }
};

}  // namespace support
