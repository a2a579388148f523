// SPDX-License-Identifier: BSL-1.0
// The power is cut under a journal on ext4 and on XFS: a file system in a file is shut down without its own log being
// flushed, while threads append; it is mounted again, and the journal is compared with the model. What was acknowledged
// is there. The same under a standby's replica, while it receives. A writer and a receiver that leave their flushes out
// must lose what they acknowledge, or this proves nothing.
// LIFEBOAT_ROUNDS says how many cuts each file system gets, LIFEBOAT_SEED repeats a run. crash.cpp defines the flushes.
#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#include <iostream>

#include <lifeboat/journal/replica.hpp>

#include "catch.hpp"
#include "support/break_each.hpp"
#include "support/broken_calls.hpp"
#include "support/journal_life.hpp"
#include "support/journals.hpp"
#include "support/rounds.hpp"
#include "support/temp_folder.hpp"

namespace test_power_cut {

using namespace lifeboat;
using namespace support;

namespace {

/// FS_IOC_SHUTDOWN of the kernel, and its flag that the log is not flushed: as if the power went.
constexpr unsigned long shutdown_request = 0x8004587d;
constexpr std::uint32_t without_log_flush = 2;

/// Mounts of this test are seen by no other process, and go with it.
class OwnMounts {
 public:
  OwnMounts() : before_(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC)) {
    own_ = before_ && ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  }
  ~OwnMounts() {
    if (own_) (void)!::setns(before_.get(), CLONE_NEWNS);
  }
  [[nodiscard]] bool good() const noexcept { return own_; }

 private:
  FileDescriptor before_;
  bool own_ = false;
};

/// A file system in a file, below `place`, whose power can be cut.
class CutDisk final : public Death {
 public:
  CutDisk(const TempFolder& place, std::string type)
      : image_(place / "image-" + type), at_(place / "mounted-" + type), type_(std::move(type)) {}
  ~CutDisk() override {
    if (mounted_) ::umount2(at_.c_str(), MNT_DETACH);
  }

  /// Empty, or why there is no such file system here.
  std::string make() {
    std::filesystem::create_directory(at_);
    const FileDescriptor file(::open(image_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file || ::ftruncate(file.get(), 320 << 20) != 0) return "no room for a file system";
    const std::string options = type_ == "ext4" ? " -F -E lazy_itable_init=0" : "";
    const std::string command = "mkfs." + type_ + " -q" + options + " " + image_ + " >/dev/null 2>&1";
    if (std::system(command.c_str()) != 0) return "mkfs." + type_ + " is not installed";
    return mount();
  }

  void strike() override {
    std::uint32_t flags = without_log_flush;
    const FileDescriptor top(::open(at_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(top);
    REQUIRE(::ioctl(top.get(), shutdown_request, &flags) == 0);
  }
  void after() override {
    REQUIRE(::umount(at_.c_str()) == 0);
    mounted_ = false;
    REQUIRE(mount().empty());
  }
  [[nodiscard]] bool breaks_calls() const override { return true; }
  [[nodiscard]] bool tears() const override { return false; }

  [[nodiscard]] const std::string& path() const noexcept { return at_; }

 private:
  std::string mount() {
    const FileDescriptor control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
    const FileDescriptor file(::open(image_.c_str(), O_RDWR | O_CLOEXEC));
    if (!control || !file) return "there are no loop devices";
    for (int tries = 0; tries < 20; ++tries) {  // another process may take the one that was free
      const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
      if (number < 0) return "there are no loop devices";
      const std::string name = "/dev/loop" + std::to_string(number);
      const FileDescriptor device(::open(name.c_str(), O_RDWR | O_CLOEXEC));
      loop_config config{};
      config.fd = static_cast<std::uint32_t>(file.get());
      config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
      if (!device || ::ioctl(device.get(), LOOP_CONFIGURE, &config) != 0) {
        if (!device || errno == EBUSY) continue;
        return "there are no loop devices";
      }
      if (::mount(name.c_str(), at_.c_str(), type_.c_str(), MS_NOATIME, nullptr) != 0)
        return "no " + type_ + " may be mounted here";
      mounted_ = true;
      return {};
    }
    return "there is no free loop device";
  }

  std::string image_;
  std::string at_;
  std::string type_;
  bool mounted_ = false;
};

/// What a replica is shipped: some of its segments, in two epochs. A payment has the number of its group.
struct Origin {
  std::vector<JournalBatch> batches;
  SegmentHeader header;

  explicit Origin(const TempFolder& place) {
    const std::string path = place / "origin";
    append_payments(*open_journal(path), 1, 2600);
    append_payments(*open_journal(path, 2), 2601, 3200);
    batches = batches_of(path);
    header = header_of(path);
  }
};

/// Receives from where the replica stands, as the link does; tells what it acknowledged.
[[noreturn]] void receive(const Origin& origin, const std::string& folder, std::uint64_t seed,
                          std::atomic<std::uint64_t>& acknowledged) {
  auto replica = JournalReplica::open(replica_of(folder));
  if (!replica) ::_exit(1);
  std::mt19937_64 dice(seed);
  std::size_t at = 0;
  while (at < origin.batches.size() && origin.batches[at].last <= (*replica)->last().sequence) ++at;
  while (at < origin.batches.size()) {
    const std::size_t count = 1 + dice() % 4;
    const auto last = (*replica)->receive(origin.header, shipped(origin.batches, at, count));
    if (!last) ::_exit(1);
    acknowledged = last->sequence;
    (*replica)->prepare();
    at += count;
  }
  ::_exit(0);
}

/// Acknowledges without its flushes until the power is cut; how many acknowledged groups were lost. `work` is told
/// where to say what it acknowledged, `left` opens what is there and gives its last group.
template <class Work, class Left>
std::uint64_t lost_without_flushes(CutDisk& disk, Work&& work, Left&& left) {
  LifeShared shared;
  std::atomic<std::uint64_t>& acknowledged = shared.left->steps;
  const pid_t child = ::fork();
  if (child == 0) {
    broken_calls().breakage = Breakage::forget_flushes;
    work(acknowledged);
    ::_exit(0);
  }
  while (acknowledged < 20) std::this_thread::yield();
  disk.strike();
  REQUIRE(::kill(child, SIGKILL) == 0);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  disk.after();
  const std::uint64_t told = acknowledged;
  return told - std::min<std::uint64_t>(told, left());
}

/// Canaries: the same in new folders until some loss was seen, ten times at most. `work` and `left` are told the
/// folder.
struct Canaries {
  std::uint64_t lost = 0;
  int cuts = 0;
};
template <class Work, class Left>
Canaries lost_in_canaries(CutDisk& disk, Work&& work, Left&& left) {
  Canaries seen;
  while (seen.lost == 0 && seen.cuts < 10) {
    const std::string here = disk.path() + "/canary-" + std::to_string(++seen.cuts);
    seen.lost = lost_without_flushes(
        disk, [&](std::atomic<std::uint64_t>& acknowledged) { work(here, acknowledged); }, [&] { return left(here); });
  }
  return seen;
}

/// A folder that the power leaves: above the journal's folder is the engine's own business.
void make_durable_folder(const CutDisk& disk, const std::string& folder) {
  std::filesystem::create_directory(folder);
  const FileDescriptor top(::open(disk.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(::fsync(top.get()) == 0);
}

void cut(const char* type) {
  const OwnMounts own;
  const TempFolder place(fast_place());  // as fast as it can be: what the cut leaves is the file system's doing
  CutDisk disk(place, type);
  const std::string why = own.good() ? disk.make() : "mounts are not permitted here";
  if (!why.empty()) {
    WARN("NOT RUN: " << why);
    return;
  }
  const std::uint64_t rounds = rounds_or(12);
  const std::uint64_t seed = seed_or_any();
  INFO("LIFEBOAT_SEED=" << seed << " LIFEBOAT_ROUNDS=" << rounds);
  LifeSeen seen;
  std::string folder;
  std::unique_ptr<JournalLife> life;
  for (std::uint64_t number = 0; number < rounds; ++number) {
    if (number % 20 == 0) {
      if (!folder.empty()) std::filesystem::remove_all(folder);
      folder = disk.path() + "/life-" + std::to_string(number);
      make_durable_folder(disk, folder);
      life = std::make_unique<JournalLife>(folder, seed + number, disk);
    }
    INFO("cut " << number);
    life->round(number, seen);
  }
  const Canaries without = lost_in_canaries(
      disk,
      [](const std::string& here, std::atomic<std::uint64_t>& acknowledged) {
        auto journal = Journal::open(journal_of(here));
        for (std::uint64_t n = 1; journal && appended(**journal, n, n); ++n) acknowledged = n;
      },
      [](const std::string& here) {
        const auto journal = Journal::open(journal_of(here));
        return journal ? (*journal)->recovery().last : 0;
      });
  std::cout << type << ", LIFEBOAT_SEED=" << seed << ": " << rounds << " cuts, " << seen.groups << " groups, "
            << seen.acknowledged << " acknowledged and none lost, " << seen.undecided << " undecided ("
            << seen.undecided_there << " there, " << seen.undecided_gone << " not), " << seen.cut << " tails cut, "
            << seen.killed_in_open << " before their first; without flushes " << without.lost
            << " acknowledged were lost in " << without.cuts << " cuts\n";
  CHECK(seen.acknowledged > 0);
  CHECK(without.lost > 0);
}

/// A replica receives until the power is cut, again and again from where it was left.
void cut_replica(const char* type) {
  const OwnMounts own;
  const TempFolder place(fast_place());  // as fast as it can be: what the cut leaves is the file system's doing
  CutDisk disk(place, type);
  const std::string why = own.good() ? disk.make() : "mounts are not permitted here";
  if (!why.empty()) {
    WARN("NOT RUN: " << why);
    return;
  }
  const std::uint64_t rounds = rounds_or(12);
  const std::uint64_t seed = seed_or_any();
  INFO("LIFEBOAT_SEED=" << seed << " LIFEBOAT_ROUNDS=" << rounds);
  std::mt19937_64 dice(seed);
  const Origin origin(place);
  const std::uint64_t all = origin.batches.back().last;
  LifeShared shared;
  std::atomic<std::uint64_t>& acknowledged = shared.left->steps;
  std::string folder;
  std::uint64_t received = 0, replicas = 0;
  for (std::uint64_t number = 0; number < rounds; ++number) {
    INFO("cut " << number);
    if (folder.empty() || acknowledged == all) {
      if (!folder.empty()) std::filesystem::remove_all(folder);
      folder = disk.path() + "/replica-" + std::to_string(number);
      make_durable_folder(disk, folder);
      acknowledged = 0;
      ++replicas;
    }
    const std::uint64_t before = acknowledged;
    // Every fourth dies at once; the others at any moment of some hundred groups.
    const std::uint64_t wanted = dice() % 4 == 0 ? before : std::min(all, before + 1 + dice() % 800);
    const auto moment = std::chrono::microseconds(dice() % 1000);
    const std::uint64_t seed_of_child = dice();
    const pid_t child = ::fork();
    if (child == 0) receive(origin, folder + "/r", seed_of_child, acknowledged);
    int status = 0;
    bool ended = false;
    while (acknowledged < wanted && !ended) {
      ended = ::waitpid(child, &status, WNOHANG) == child;
      std::this_thread::yield();
    }
    if (ended) REQUIRE(status == 0);  // it goes on from whatever a cut has left
    const auto until = std::chrono::steady_clock::now() + moment;
    while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
    disk.strike();
    if (!ended) {
      REQUIRE(::kill(child, SIGKILL) == 0);
      REQUIRE(::waitpid(child, &status, 0) == child);
    }
    disk.after();
    const auto replica = open_replica(folder + "/r");
    const std::uint64_t last = replica->last().sequence;
    REQUIRE(last >= acknowledged);
    if (last == 0) continue;
    const auto there = payments_in(folder + "/r");
    CHECK(there.size() == last);
    for (std::size_t k = 0; k < there.size(); ++k)
      if (there[k] != k + 1) FAIL("group " << k + 1 << " is " << there[k]);
    const auto stands = std::find_if(origin.batches.begin(), origin.batches.end(),
                                     [&](const JournalBatch& batch) { return batch.last == last; });
    REQUIRE(stands != origin.batches.end());
    CHECK(replica->chain() == stands->chain);
    received += acknowledged - before;
    acknowledged = last;  // it was opened: what is there is durable now, and may never go
  }
  const Canaries without = lost_in_canaries(
      disk, [&](const std::string& here, std::atomic<std::uint64_t>& told) { receive(origin, here, seed, told); },
      [](const std::string& here) {
        const auto left = JournalReplica::open(replica_of(here));
        return left ? (*left)->last().sequence : 0;
      });
  std::cout << type << ", LIFEBOAT_SEED=" << seed << ": " << rounds << " cuts of " << replicas << " replicas, "
            << received << " groups acknowledged and none lost; without flushes " << without.lost
            << " acknowledged were lost in " << without.cuts << " cuts\n";
  CHECK(received > 0);
  CHECK(without.lost > 0);
}

}  // namespace

TEST_CASE("a power cut on ext4 loses nothing that was acknowledged") { cut("ext4"); }
TEST_CASE("a power cut on XFS loses nothing that was acknowledged") { cut("xfs"); }
TEST_CASE("a power cut of a standby on ext4 loses nothing that it acknowledged") { cut_replica("ext4"); }
TEST_CASE("a power cut of a standby on XFS loses nothing that it acknowledged") { cut_replica("xfs"); }

}  // namespace test_power_cut
