// SPDX-License-Identifier: BSL-1.0
// A first backup: a folder becomes an archive, every stored byte is read again, and it comes back in a new place.
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
  const auto checked = pipeline->verify();
  if (!checked) return failed(checked.error());
  const auto restored = pipeline->restore({.target = "ledger.restored"});
  if (!restored) return failed(restored.error());

  const BackupFacts& facts = taken->record.facts;
  std::printf("%s archive %s: %llu entries, verified with %llu findings, restored to %s\n", to_string(facts.strategy).data(),
              to_hex(facts.archive.view()).c_str(), 0ULL + facts.entries, 0ULL + checked->report.finding_count,
              restored->target.c_str());
  return checked->report.good() ? 0 : 1;
}
