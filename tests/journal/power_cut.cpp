// SPDX-License-Identifier: BSL-1.0
// The power is cut under a journal on ext4 and on XFS: a file system in a file is shut down without its own log being
// flushed, while threads append; it is mounted again, and the journal is compared with the model. What was acknowledged
// is there. A writer that leaves its flushes out must lose what it acknowledges, or this proves nothing.
// LIFEBOAT_ROUNDS says how many cuts each file system gets, LIFEBOAT_SEED repeats a run. crash.cpp defines the flushes.
#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#include <iostream>

#include "catch.hpp"
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

/// A file in memory makes this as fast as it can be: what the cut leaves is the file system's doing.
std::string fast_place() { return ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"; }

/// A writer that leaves flushes out appends until the power is cut; how many acknowledged groups were lost.
std::uint64_t lost_without_flushes(CutDisk& disk, const std::string& folder) {
  LifeShared shared;
  std::atomic<std::uint64_t>& acknowledged = shared.left->steps;
  const pid_t child = ::fork();
  if (child == 0) {
    broken_calls().breakage = Breakage::forget_flushes;
    auto journal = Journal::open(journal_of(folder));
    for (std::uint64_t n = 1; journal && appended(**journal, n, n); ++n) acknowledged = n;
    ::_exit(0);
  }
  while (acknowledged < 20) std::this_thread::yield();
  disk.strike();
  REQUIRE(::kill(child, SIGKILL) == 0);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  disk.after();
  const std::uint64_t told = acknowledged;
  const auto journal = Journal::open(journal_of(folder));
  const std::uint64_t left = journal ? (*journal)->recovery().last : 0;
  return told - std::min(told, left);
}

void cut(const char* type) {
  const OwnMounts own;
  const TempFolder place(fast_place());
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
      std::filesystem::create_directory(folder);
      const FileDescriptor top(::open(disk.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      REQUIRE(::fsync(top.get()) == 0);  // above the journal's folder is the engine's own business
      life = std::make_unique<JournalLife>(folder, seed + number, disk);
    }
    INFO("cut " << number);
    life->round(number, seen);
  }
  std::uint64_t lost = 0;
  int canaries = 0;
  while (lost == 0 && canaries < 10) {
    ++canaries;
    lost = lost_without_flushes(disk, disk.path() + "/canary-" + std::to_string(canaries));
  }
  std::cout << type << ", LIFEBOAT_SEED=" << seed << ": " << rounds << " cuts, " << seen.groups << " groups, "
            << seen.acknowledged << " acknowledged and none lost, " << seen.undecided << " undecided ("
            << seen.undecided_there << " there, " << seen.undecided_gone << " not), " << seen.cut << " tails cut, "
            << seen.killed_in_open << " before their first; without flushes " << lost << " acknowledged were lost in "
            << canaries << " cuts\n";
  CHECK(seen.acknowledged > 0);
  CHECK(lost > 0);
}

}  // namespace

TEST_CASE("a power cut on ext4 loses nothing that was acknowledged") { cut("ext4"); }
TEST_CASE("a power cut on XFS loses nothing that was acknowledged") { cut("xfs"); }

}  // namespace test_power_cut
