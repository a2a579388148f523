// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stop_token>

#include <lifeboat/source/tree.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What a source says of itself.
struct SourceFacts {
  std::string id;                  ///< names it on a medium
  std::string url;                 ///< for people: "/var/lib/engine"
  std::string device;              ///< names the failure domain; compares with MediumFacts::device
  bool times_prove = false;        ///< the file system's times move with every store: ext4, XFS, btrfs
  bool is_mount = false;           ///< the root is a mount point
  std::uint64_t used_bytes = 0;    ///< of the file system that all of it lies on; 0: not known
  std::vector<std::string> rules;  ///< what is taken and left out, for people
};

/// A source as the inside sees it.
struct SourcePort {
  virtual Result<SourceFacts> facts() = 0;
  /// Makes what was stored through mappings visible in the times of files.
  virtual Status flush() = 0;
  /// Makes the source stand still, for no longer than its own budget; says how consistent the reading will be.
  virtual Result<Cut> freeze() = 0;
  /// What became of what `freeze` promised: asked when the last byte was read, and before `thaw`.
  virtual Cut kept(const Cut& promised) noexcept { return promised; }
  virtual void thaw() noexcept = 0;
  virtual Status scan(EntrySink& sink, std::stop_token stop) = 0;
  virtual ~SourcePort() = default;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
