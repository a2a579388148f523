// SPDX-License-Identifier: BSL-1.0
// A first backup: a folder becomes an archive, and comes back in a new place, every block checked.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <lifeboat/lifeboat.hpp>

using namespace lifeboat;
using Pipeline = DisasterRecoveryPipeline<Incremental, Disk, NoSync, Sha256>;

int failed(const Error& error) { return std::fprintf(stderr, "%s\n", error.sentence().c_str()), 1; }

int main() {
  std::filesystem::create_directory("ledger");
  std::ofstream("ledger/accounts") << "alice 100\nbob 50\n";

  auto pipeline = Pipeline::open({.source = {.root = "ledger"},
                                  .medium = {.root = "backup", .create = true},
                                  .state = "state"});
  if (!pipeline) return failed(pipeline.error());
  const auto taken = pipeline->backup();
  if (!taken) return failed(taken.error());
  const auto restored = pipeline->restore({.target = "ledger.restored"});
  if (!restored) return failed(restored.error());
  std::printf("archive %s: %llu entries, restored to %s\n", to_hex(restored->archive.view()).c_str(),
              0ULL + restored->entries, restored->target.c_str());
  return 0;
}
