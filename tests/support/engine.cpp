// SPDX-License-Identifier: BSL-1.0
// An engine of payments in a process of its own, for tests of the program that are scripts:
//   engine bank FOLDER MEDIUM [unstated|clock|backwards]   pays, is backed up behind A-2, and is gone
//   engine standby JOURNAL REPLICA [HEARD]                 a copy of the journal; its primary said that HEARD are there
//   engine pay JOURNAL KEY                                 one more payment, 1.00 EUR
//   engine hold JOURNAL                                    has it open until stdin ends
//   engine certificates FOLDER                             of a primary, a standby and their authority
//   engine keys FOLDER KEY                                 whether kept keys know it; if not, they learn it
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include <lifeboat/failover/standby_note.hpp>
#include <lifeboat/journal/kept_keys.hpp>
#include <lifeboat/journal/replica.hpp>
#include <lifeboat/journal/ship.hpp>
#include <lifeboat/medium/disk.hpp>
#include <lifeboat/pipeline.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/strategy/full.hpp>
#include <lifeboat/sync/log_sync.hpp>
#include <lifeboat/testing/fake_clock.hpp>
#include <lifeboat/verifier/sha256.hpp>

#include "record/records.hpp"
#include "support/certificates.hpp"

struct Moved {
  lifeboat::Key key;
  lifeboat::Stage<Progressed> stage;
};
BOOST_HANA_ADAPT_STRUCT(Moved, key, stage);

using namespace lifeboat;

namespace {

using Pipeline = DisasterRecoveryPipeline<Full, Disk, LogSync, Sha256>;

template <class T>
T must(Result<T> made) {
  if (!made)
    throw std::runtime_error(std::string(to_string(made.error().id())) + ": " + made.error().sentence() +
                             "\nnext: " + made.error().next());
  if constexpr (!std::is_void_v<T>) return std::move(*made);
}

Position position_of(AppendOutcome<LocalDurable> outcome) {
  return outcome.match([](Acked<LocalDurable> acked) { return acked.position; },
                       [](NotWritten) -> Position { throw std::runtime_error("not written"); },
                       [](Unknown) -> Position { throw std::runtime_error("unknown"); });
}

struct Stands final : FreezeHook {
  Position applied{};
  Result<Frozen> freeze(std::chrono::steady_clock::time_point) override {
    return Frozen{.cut = {.kind = CutKind::frozen, .has_position = true, .position = applied}};
  }
  void thaw() noexcept override {}
};

void bank(const std::string& folder, const std::string& medium, const std::string& what) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/ledger") << "paid\n";
  Stands hook;
  testing::FakeClock clock;  // 2026-01-01T00:00:00Z
  Pipeline pipeline = must(Pipeline::open(
      {.source = {.id = "bank", .root = folder, .freeze = what == "unstated" ? nullptr : &hook},
       .medium = {.root = medium, .create = true},
       .sync =
           {.journal = folder + "/journal", .segment_length = 256U << 10U, .queue_bytes = 32U << 10U, .clock = &clock},
       .keep_state = false}));
  for (std::int64_t n = 1; n <= 6; ++n) {
    hook.applied =
        what == "backwards"
            ? position_of(pipeline.append(Moved{*Key::of("M"), {n < 4 ? Progressed::captured : Progressed::asked}}))
            : position_of(pipeline.append(Payment{*Key::of("A-" + std::to_string(n)), {1}, {2}, {n * 100, EUR}}));
    if (n == 2) must(pipeline.backup());
    clock.pass_seconds(60);
    if (n == 4 && what == "clock") clock.step_wall(-150'000'000'000);
  }
  must(pipeline.sync());
}

std::unique_ptr<Journal> open_journal(const std::string& folder) {
  return must(Journal::open({.folder = folder, .segment_length = 256U << 10U, .queue_bytes = 32U << 10U}));
}

void standby(const std::string& journal, const std::string& replica, const std::string& heard) {
  {
    const auto copy = must(JournalReplica::open({.folder = replica, .segment_length = 256U << 10U}));
    JournalReader reader = must(JournalReader::open(journal));
    must(ship(reader, *copy));
  }
  if (heard.empty()) return;
  StandbyNote note;
  note.listen = "0.0.0.0:4710";
  note.durable = {must(JournalReader::open(journal)).header().epoch, std::stoull(heard)};
  note.durable_time = {1'767'226'000, 0};
  note.heard = Timestamp{1'767'226'001, 0};
  must(write_standby_note(replica, note));
}

void keys(const std::string& folder, const std::string& key) {
  const auto kept = must(KeptKeys::open({.folder = folder, .retry_groups = 100}));
  const bool known = must(kept->find(key)).has_value();
  std::cout << (known ? "known\n" : "new\n");
  if (known) return;
  const Position next{1, kept->covered().sequence + 1};
  must(kept->learn(key, {next, {}}));
  kept->cover(next);
  must(kept->save());
}

void certificates(const std::string& folder) {
  const support::Identity authority = support::make_identity("Test CA");
  support::write_identity(folder, "authority", authority);
  support::write_identity(folder, "primary", support::make_identity("primary.test", authority));
  support::write_identity(folder, "standby", support::make_identity("standby.test", authority));
}

}  // namespace

int main(int count, char** words) {
  const auto word = [&](int at) { return at < count ? std::string(words[at]) : std::string(); };
  try {
    const std::string what = word(1);
    if (what == "bank") {
      bank(word(2), word(3), word(4));
    } else if (what == "standby") {
      standby(word(2), word(3), word(4));
    } else if (what == "certificates") {
      certificates(word(2));
    } else if (what == "keys") {
      keys(word(2), word(3));
    } else if (what == "pay") {
      (void)position_of(open_journal(word(2))->append(Payment{*Key::of(word(3)), {1}, {2}, {100, EUR}}));
    } else if (what == "hold") {
      const auto journal = open_journal(word(2));
      std::cout << "held" << std::endl;
      while (std::cin.get() != EOF) {
      }
    } else {
      throw std::runtime_error("what is \"" + what + "\"?");
    }
    return 0;
  } catch (const std::exception& failed) {
    std::cerr << failed.what() << "\n";
    return 1;
  }
}
