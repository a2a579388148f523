// SPDX-License-Identifier: BSL-1.0
// Every call with which a replica changes its folder, one at a time: the process dies before it, dies after it, or the
// call fails. What is found afterwards is a prefix of the journal with all that was acknowledged, and shipping goes on.
// crash.cpp defines the calls that break.
#include <lifeboat/journal/replica.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "support/break_each.hpp"
#include "support/broken_calls.hpp"
#include "support/in_child.hpp"
#include "support/journals.hpp"
#include "support/temp_folder.hpp"

namespace test_replica_crash {

using namespace lifeboat;
using support::Breakage;
using support::broken_calls;

namespace {

/// A journal with two epochs, whose batches fill more than one segment of a replica.
struct Origin {
  support::TempFolder folder{support::fast_place()};
  std::string journal = folder / "j";
  std::vector<JournalBatch> batches;
  SegmentHeader header;

  Origin() {
    support::append_payments(*support::open_journal(journal), 1, 1300, 50);
    {
      JournalConfig next = support::journal_of(journal, 2);  // an epoch that leaves out sequences
      next.first_sequence = 1311;
      const auto opened = Journal::open(std::move(next));
      REQUIRE(opened);
      support::append_payments(**opened, 1301, 1400, 50);
    }
    batches = support::batches_of(journal);
    header = support::header_of(journal);
  }
};

/// What the first so many batches hold.
std::uint64_t groups_of(const std::vector<JournalBatch>& batches, std::size_t count) {
  return count == 0 ? 0 : batches[count - 1].last;
}

/// Receives from where the replica stands, three batches at a time, and tells each acknowledgement.
template <class Tell>
std::string receive_all(const Origin& origin, const std::string& folder, Tell&& tell) {
  auto replica = JournalReplica::open(support::replica_of(folder));
  if (!replica) return replica.error().sentence();
  std::size_t at = 0;
  while (at < origin.batches.size() && origin.batches[at].last <= (*replica)->last().sequence) ++at;
  for (; at < origin.batches.size(); at += 3) {
    const auto answer = (*replica)->receive(origin.header, support::shipped(origin.batches, at, 3));
    if (!answer) {
      // It stopped, and says so until it is opened again.
      const auto again = (*replica)->receive(origin.header, support::shipped(origin.batches, at, 3));
      if (again || again.error().id() != ErrorId::stopped) return "it went on after " + answer.error().sentence();
      return answer.error().sentence();
    }
    tell(answer->sequence);
  }
  return {};
}

/// Opens what was left: groups 1 to at least `acknowledged`; ships the rest, and finds the journal.
void check_left(const Origin& origin, const std::string& folder, std::uint64_t acknowledged) {
  {
    const auto replica = support::open_replica(folder);
    REQUIRE(replica->last().sequence >= acknowledged);
    bool a_batch_ends_there = replica->chain() == ChainValue{};
    for (const JournalBatch& batch : origin.batches) {
      a_batch_ends_there = a_batch_ends_there || replica->chain() == batch.chain;
      if (replica->last().sequence == batch.last) CHECK(replica->chain() == batch.chain);
    }
    CHECK(a_batch_ends_there);
  }
  CHECK(receive_all(origin, folder, [](std::uint64_t) {}).empty());
  CHECK(support::payments_in(folder) == support::payments_in(origin.journal));
  CHECK(JournalReader::open(folder)->verify().has_value());
  CHECK(support::open_replica(folder)->head().last == Position{2, 1410});
}

}  // namespace

TEST_CASE("a receiver that dies at any call has what it acknowledged, and goes on") {
  const Origin origin;
  for (const Breakage breakage : {Breakage::die_before, Breakage::die_after})
    for (int at = 1;; ++at) {
      const std::string here = origin.folder / "here";
      std::filesystem::remove_all(here);
      int ends[2];
      REQUIRE(::pipe(ends) == 0);
      const pid_t child = ::fork();
      if (child == 0) {
        broken_calls().at = at;
        broken_calls().breakage = breakage;
        const std::string failed = receive_all(origin, here, [&](std::uint64_t done) {
          if (::write(ends[1], &done, sizeof done) != sizeof done) ::_exit(1);
        });
        ::_exit(failed.empty() ? 0 : 2);
      }
      ::close(ends[1]);
      std::uint64_t acknowledged = 0;
      std::uint64_t told = 0;
      while (::read(ends[0], &told, sizeof told) == sizeof told) acknowledged = told;
      ::close(ends[0]);
      int status = 0;
      REQUIRE(::waitpid(child, &status, 0) == child);
      INFO("call " << at << " breakage " << static_cast<int>(breakage));
      check_left(origin, here, acknowledged);
      REQUIRE(WIFEXITED(status));
      if (WEXITSTATUS(status) == 0) {  // there were not so many calls
        CHECK(acknowledged == groups_of(origin.batches, origin.batches.size()));
        CHECK(at > 60);
        break;
      }
      REQUIRE(WEXITSTATUS(status) == support::died_as_planned);
    }
}

TEST_CASE("a receiver has flushed all that it wrote before it acknowledges it") {
  const Origin origin;
  support::unflushed().forget();
  for (const std::size_t together : {1U, 3U}) {
    const auto replica = support::open_replica(origin.folder / ("by-" + std::to_string(together)));
    for (std::size_t at = 0; at < origin.batches.size(); at += together) {
      const int before = support::unflushed().writes();
      REQUIRE(replica->receive(origin.header, support::shipped(origin.batches, at, together)));
      INFO("acknowledged " << replica->last().sequence);
      REQUIRE(support::unflushed().writes() > before);
      REQUIRE_FALSE(support::unflushed().any());
      replica->prepare();
    }
  }
}

TEST_CASE("a call that fails ends the receiver, and is never an acknowledgement") {
  const Origin origin;
  for (const auto& [breakage, error] :
       {std::pair{Breakage::fail, EIO}, std::pair{Breakage::fail, ENOSPC}, std::pair{Breakage::short_write, 0}}) {
    int failures = 0;
    int calls = 0;
    for (int at = 1; at == 1 || at <= calls + 1; ++at) {
      const std::string here = origin.folder / "here";
      std::filesystem::remove_all(here);
      const auto answer = support::in_child([&, how = breakage, why = error] {
        broken_calls().error = why;
        broken_calls().at = at;
        broken_calls().breakage = how;
        std::uint64_t acknowledged = 0;
        const std::string failed = receive_all(origin, here, [&](std::uint64_t done) { acknowledged = done; });
        return std::to_string(acknowledged) + " " + std::to_string(broken_calls().seen) +
               (broken_calls().spared ? " spared " : " not ") + failed;
      });
      REQUIRE(answer.status == 0);
      INFO("call " << at << " breakage " << static_cast<int>(breakage) << " error " << error << ": " << answer.text);
      CHECK(answer.text.find("it went on") == std::string::npos);
      std::istringstream words(answer.text);
      std::uint64_t acknowledged = 0;
      std::string spared, failed;
      words >> acknowledged >> calls >> spared >> failed;
      // Only what it can do without may fail and leave a receiver.
      const bool broke = breakage == Breakage::fail && at <= calls;
      if (!broke) CHECK(failed.empty());
      if (broke && spared == "not") CHECK_FALSE(failed.empty());
      failures += failed.empty() ? 0 : 1;
      check_left(origin, here, acknowledged);
    }
    CHECK(calls > 60);
    if (breakage == Breakage::fail) CHECK(failures > 40);
    if (breakage == Breakage::short_write) CHECK(failures == 0);
  }
}

}  // namespace test_replica_crash
