// SPDX-License-Identifier: BSL-1.0
// Of a file of 64 MiB in which 100 bytes change, an increment stores one leaf of 4 KiB; a differential beside it.
#include <lifeboat/lifeboat.hpp>

#include "support/pipeline.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

constexpr std::size_t account_bytes = 64U << 20U;
constexpr std::size_t leaf_size = 4096;

std::string random_bytes() {
  std::string bytes(account_bytes, '\0');
  std::uint64_t state = 1;
  for (std::size_t at = 0; at < account_bytes; at += sizeof state) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    const std::uint64_t mixed = state ^ (state >> 29U);
    bytes.replace(at, sizeof mixed, reinterpret_cast<const char*>(&mixed), sizeof mixed);
  }
  return bytes;
}

void change_100_bytes_at(std::streamoff at) {
  std::fstream file("ledger/accounts", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(at).write(std::string(100, '!').data(), 100).flush();
}

template <class P>
P open(const char* medium, const char* state) {
  return must(P::open({.source = {.root = "ledger"}, .medium = {.root = medium, .create = true}, .state = state}));
}

/// How many leaves of content an archive had to store anew.
std::uint64_t new_leaves(const BackupReport& report) { return (account_bytes - report.reused_bytes) / leaf_size; }

int main() {
  return tell([] {
    write_file("ledger/accounts", random_bytes());
    auto chain = open<Pipeline>("incremental", "state1");
    auto beside = open<DisasterRecoveryPipeline<Differential, Disk, NoSync, Sha256>>("differential", "state2");
    (void)must(chain.backup());
    (void)must(beside.backup());
    say("day 0: a full of 64 MiB, twice: for a chain of increments, and for differentials beside it");

    change_100_bytes_at(10'000'000);
    const BackupReport one = must(chain.backup());
    const BackupReport one_beside = must(beside.backup());
    say("day 1: 100 bytes changed; the increment stores 1 leaf, the differential 1",
        new_leaves(one) == 1 && new_leaves(one_beside) == 1);

    change_100_bytes_at(50'000'000);
    const BackupReport two = must(chain.backup());
    const BackupReport two_beside = must(beside.backup());
    say("day 2: 100 more; the increment stores 1 leaf, on day 1; the differential 2, on day 0",
        new_leaves(two) == 1 && two.record.facts.base == one.record.facts.archive && new_leaves(two_beside) == 2 &&
            two_beside.record.facts.base != one_beside.record.facts.archive);
    say("       each of these archives is smaller than 64 KiB on the medium",
        two.record.facts.stored_bytes < 65'536 && two_beside.record.facts.stored_bytes < 65'536);

    (void)must(chain.restore({.target = "from_chain"}));
    (void)must(beside.restore({.target = "from_differential"}));
    const std::string wanted = read_file("ledger/accounts");
    say("restored: 64 MiB from the chain of three, and from the differential, both as they were",
        read_file("from_chain/accounts") == wanted && read_file("from_differential/accounts") == wanted);
  });
}
