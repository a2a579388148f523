// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mutex>
#include <optional>

#include <lifeboat/archive/catalog.hpp>
#include <lifeboat/archive/state_folder.hpp>
#include <lifeboat/core/port.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// How a chain contradicts what its source remembers of it; empty where it does not.
template <class = void>
std::string rolled_back(const Catalog& chain, const Anchor& anchor) {
  if (chain.generation < anchor.generation)
    return "the repository was rolled back: it ends at generation " + std::to_string(chain.generation) +
           ", and this source remembers " + std::to_string(anchor.generation);
  for (const ChainEntry& e : chain.entries)
    if (e.generation == anchor.generation && e.digest != anchor.digest)
      return "generation " + std::to_string(anchor.generation) + " is another entry than the one this source remembers";
  return {};
}

/// What a source remembers of the repositories that it went to, where it has a state folder. Others may look while a
/// verb writes. Without a folder nothing is remembered, and nothing contradicts it.
template <class = void>
class BasicSourceMemory {
 public:
  /// Looks into the folder; an empty path is none. Nothing is made. Errors: state_folder.
  Status open(std::string path) {
    path_ = std::move(path);
    if (path_.empty()) return ok();
    const std::scoped_lock guard(mutex_);
    LIFEBOAT_TRY(state_, StateFolder::open(path_, false));
    return ok();
  }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] bool there() const {
    const std::scoped_lock guard(mutex_);
    return state_ && state_->there();
  }

  /// Makes the folder where it is not there, as who is about to write does; locked for as long as what is given lives.
  /// Errors: busy, state_folder.
  Result<FileDescriptor> lock() {
    if (path_.empty()) return FileDescriptor{};
    const std::scoped_lock guard(mutex_);
    if (!state_ || !state_->there()) {
      LIFEBOAT_TRY(state_, StateFolder::open(path_, true));
    }
    return state_->lock();
  }
  /// Whether somebody else writes for this source now, who will remember what comes behind; the lock, else.
  [[nodiscard]] std::optional<FileDescriptor> try_lock() const {
    const std::scoped_lock guard(mutex_);
    if (!state_) return FileDescriptor{};
    auto locked = state_->lock();
    if (!locked) return std::nullopt;
    return std::move(*locked);
  }

  /// The last entry that this source remembers of a repository.
  Result<std::optional<Anchor>> anchor(const Id& repository) const {
    const std::scoped_lock guard(mutex_);
    if (!state_ || !state_->there()) return std::optional<Anchor>();
    return state_->anchor(repository);
  }
  Result<bool> contradicts(const Id& repository, const Catalog& chain) const {
    LIFEBOAT_TRY(const std::optional<Anchor> remembered, anchor(repository));
    return remembered && !rolled_back(chain, *remembered).empty();
  }

  /// Remembers the end of a chain, and where it is. Errors: state_folder.
  Status remember(const Id& repository, const std::string& url, const Catalog& chain) {
    const std::scoped_lock guard(mutex_);
    if (!state_ || !state_->there()) return ok();
    LIFEBOAT_CHECK(state_->set_anchor(repository, {chain.epoch, chain.generation, chain.head}));
    return state_->remember({url, to_hex(repository.view()), chain.archives.size()});
  }

  /// The media that it has written to.
  Result<std::vector<KnownMedium>> media() const {
    const std::scoped_lock guard(mutex_);
    if (!state_ || !state_->there()) return std::vector<KnownMedium>();
    return state_->media();
  }

  /// The run that the time of a restore is foretold by.
  [[nodiscard]] std::optional<MeasuredRun> measured(const Id& repository) const {
    const std::scoped_lock guard(mutex_);
    if (!state_ || !state_->there()) return {};
    auto run = state_->measured(repository);
    return run ? *run : std::optional<MeasuredRun>();
  }
  /// What can not be remembered is no failure of the run.
  void remember_run(const Id& repository, const MeasuredRun& run) {
    const std::scoped_lock guard(mutex_);
    if (state_) (void)state_->set_measured(repository, run);
  }

 private:
  std::string path_;
  mutable std::mutex mutex_;
  std::optional<StateFolder> state_;
};
using SourceMemory = BasicSourceMemory<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
