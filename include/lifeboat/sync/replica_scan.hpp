// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/spool.hpp>
#include <lifeboat/source/scan.hpp>
#include <lifeboat/archive/digest.hpp>
#include <lifeboat/sync/sync_record.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A look at a replica, one record for each entry, into a spool: stamps only, nothing is opened or read.
template <class = void>
class BasicReplicaScan final : public EntrySink {
 public:
  explicit BasicReplicaScan(std::string folder) : spool_(std::move(folder)) {}

  /// Scans the tree below `root` without `own`. Errors: sync_difference where an entry can not be looked at,
  /// target_io, interrupted.
  Status run(int root, const std::string& own, const std::stop_token& stop) {
    const std::string exclude[] = {"/" + own};
    LIFEBOAT_TRY(const Rules rules, Rules::parse(exclude, {}));
    ScanOptions options;
    options.rules = &rules;
    return scan_tree(root, options, *this, stop);
  }

  Status entry(Entry&& entry, std::unique_ptr<Content>) override {
    if (entry.path.size() > path_max) return ok();  // no pass has put that there
    SyncRecord record;
    record.known.entry = std::move(entry);
    record.known.digest.size = structural_size;
    body_.clear();
    put_framed(body_, [&](Bytes& out) { put_sync_record(out, record); });
    ++entries_;
    return spool_.append(body_);
  }
  Status unreadable(Entry&& entry, Error error) override {
    return Error{ErrorId::target_io, "'" + entry.path + "' can not be read in the replica"}
        .because(error.system_error())
        .unchanged();
  }
  void skipped(std::string_view, const Error&) override {}

  [[nodiscard]] const Spool& spool() const noexcept { return spool_; }
  [[nodiscard]] std::uint64_t entries() const noexcept { return entries_; }

 private:
  Spool spool_;
  Bytes body_;
  std::uint64_t entries_ = 0;
};
using ReplicaScan = BasicReplicaScan<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
