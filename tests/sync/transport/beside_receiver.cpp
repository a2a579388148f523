// SPDX-License-Identifier: BSL-1.0
// Every call with which a standby writes what comes beside the groups, one at a time: the process dies before it, dies
// after it, or the call fails. What was said to be there is there whole, and the next connection brings the rest.
// apply_intents_crash.cpp defines the calls that break.
#include <lifeboat/sync/transport/beside_receiver.hpp>

#include <lifeboat/journal/kept_keys.hpp>
#include <lifeboat/restore/doubt.hpp>
#include <lifeboat/sync/transport/beside_sender.hpp>

#include <sys/socket.h>

#include <filesystem>
#include <thread>

#include "support/break_each.hpp"
#include "support/rounds.hpp"
#include "support/two_sides.hpp"

namespace test_beside_receiver {

using namespace lifeboat;
using namespace support;
using namespace std::chrono_literals;

namespace {

constexpr Position all_groups{9, 0};

/// A primary with a doubt window and known keys, first less of both and then more; no groups: they come by themselves.
struct Primary {
  TempFolder folder{fast_place()};
  std::string early = folder / "early";
  std::string late = folder / "late";
  Identity authority = make_identity("Test CA");

  Primary() {
    write_identity(folder.path(), "ca", authority);
    write_identity(folder.path(), "primary", make_identity("primary.test", authority));
    write_identity(folder.path(), "standby", make_identity("standby.test", authority));
    std::filesystem::create_directory(early);
    {
      const auto window = opened(DoubtWindow::open({.folder = doubt_folder(early), .create = true}));
      REQUIRE(window->open_window(loss_of(2)));
      learn(early, 1, 300);
    }
    copy_over(early, late);
    const auto window = opened(DoubtWindow::open({.folder = doubt_folder(late)}));
    REQUIRE(window->close_key("A-7", KeyVerdict::not_paid, {.by = "B. Dayshift"}));
    REQUIRE(window->open_window(loss_of(3)));
    learn(late, 301, 2000);
    learn(late, 2001, 2100);
  }
  static Loss loss_of(std::uint64_t epoch) {
    return {.basis = LossBasis::unknown, .after = {epoch - 1, 9}, .fresh_epoch = epoch, .by = "A. Nightshift"};
  }
  static std::string key(std::uint64_t n) { return "payment/" + std::to_string(n); }
  static KnownKey known(std::uint64_t n) { return {{1, n}, content_of(as_bytes(key(n)))}; }
  static std::unique_ptr<KeptKeys> open_keys(const std::string& journal) {
    return opened(
        KeptKeys::open({.folder = keys_folder(journal), .retry_groups = ~std::uint64_t{0}, .memory = 64U << 10U}));
  }
  static void learn(const std::string& journal, std::uint64_t from, std::uint64_t to) {
    const auto keys = open_keys(journal);
    for (std::uint64_t n = from; n <= to; ++n) {
      REQUIRE(keys->learn(key(n), known(n)));
      keys->cover({1, n});
    }
    REQUIRE(keys->save());
  }
  static HasMessage has(const std::string& journal) {
    KeySource keys(keys_folder(journal));
    REQUIRE(*keys.look());
    auto doubt = reader_behind(doubt_folder(journal), {});
    REQUIRE(doubt);
    HasMessage all;
    all.keys = keys.check();
    while (true) {
      const auto batch = doubt->next_batch();
      REQUIRE(batch);
      if (*batch == nullptr) return all;
      all.doubt = {{(*batch)->epoch, (*batch)->last}, (*batch)->chain};
    }
  }
};

bool same(const HasMessage& a, const HasMessage& b) {
  return a.doubt.last == b.doubt.last && a.doubt.chain == b.doubt.chain && a.keys == b.keys;
}

/// Carries both messages of a side until it is over; `take` says so for each message, and `send` between them.
template <class Take, class Send>
Status carry(TlsLink& link, const WakeFd& wake, Take&& take, Send&& send) {
  const Moment until = soon();
  while (std::chrono::steady_clock::now() < until) {
    for (bool more = true; more;) {
      LIFEBOAT_TRY(const auto message, link.next());
      more = message.has_value();
      if (!more) break;
      LIFEBOAT_TRY(const bool over, take(*message));
      if (over) return ok();
    }
    LIFEBOAT_CHECK(send());
    LIFEBOAT_CHECK(link.turn(wake, std::chrono::steady_clock::now() + 1ms));
  }
  return Error{ErrorId::interrupted, "it took too long"};
}

/// The primary's end of a connection.
void be_sender(const Primary& primary, const std::string& journal, FileDescriptor socket) {
  WakeFd wake;
  if (wake.open() != 0) return;
  auto link =
      TlsLink::open(std::move(socket), tls_of(primary.folder.path(), "primary", "standby.test"), TlsSide::client);
  if (!link || !link->shake(wake, soon(), [] { return false; })) return;
  BesideSender sender(journal, {});
  sender.begin(true);
  (void)carry(
      *link, wake,
      [&](const Message& message) -> Result<bool> {
        if (const auto* const has = std::get_if<HasMessage>(&message)) sender.take(*has);
        if (const auto* const want = std::get_if<WantRunMessage>(&message)) LIFEBOAT_CHECK(sender.take(*link, *want));
        return false;
      },
      [&] { return sender.send(*link, all_groups, std::chrono::steady_clock::now(), 0ms); })
      .has_value();
}

/// What a process that dies leaves of itself.
struct Left {
  std::atomic<std::uint64_t> said_doubt{0};  ///< the last record that was acknowledged
  std::atomic<bool> said_keys{false};        ///< that the set of the primary is here
  std::atomic<int> errors{0};
  std::atomic<bool> broke{false};   ///< the call that was to break came
  std::atomic<bool> needed{false};  ///< and is none that a receiver does without
  std::atomic<bool> dirty{false};   ///< something was acknowledged before it was flushed
};
struct SharedLeft {
  SharedLeft() {
    void* const at = ::mmap(nullptr, sizeof(Left), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(at != MAP_FAILED);
    left = new (at) Left();
  }
  SharedLeft(const SharedLeft&) = delete;
  SharedLeft& operator=(const SharedLeft&) = delete;
  ~SharedLeft() { ::munmap(left, sizeof(Left)); }
  void wipe() const {
    left->~Left();
    new (left) Left();
  }
  Left* left = nullptr;
};

/// One connection, on the receiver's side: until it has what the primary has.
Status receive(const Primary& primary, const std::string& journal, const HasMessage& wanted, BesideReceiver& beside,
               Left& left) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
    return Error{ErrorId::medium_io, "there are no sockets"};
  WakeFd wake;
  if (wake.open() != 0) return Error{ErrorId::medium_io, "there is no wake"};
  std::thread sender([&, end = ends[1]] { be_sender(primary, journal, FileDescriptor(end)); });
  const Status ended = [&]() -> Status {
    LIFEBOAT_TRY(TlsLink link,
                 TlsLink::open(FileDescriptor(ends[0]), tls_of(primary.folder.path(), "standby", "primary.test"),
                               TlsSide::server));
    LIFEBOAT_CHECK(link.shake(wake, soon(), [] { return false; }));
    LIFEBOAT_CHECK(beside.open());
    HasMessage had = beside.has();
    LIFEBOAT_CHECK(link.put_one(had));
    if (same(had, wanted)) return ok();
    return carry(
        link, wake,
        [&](const Message& message) -> Result<bool> {
          if (const auto* const doubt = std::get_if<DoubtMessage>(&message)) LIFEBOAT_CHECK(beside.take(*doubt));
          if (const auto* const keys = std::get_if<KeysMessage>(&message))
            LIFEBOAT_CHECK(beside.take(link, *keys, all_groups));
          if (const auto* const run = std::get_if<RunMessage>(&message)) LIFEBOAT_CHECK(beside.take(link, *run));
          const HasMessage has = beside.has();
          if (!same(has, had) && left.errors == 0 && unflushed().any()) left.dirty = true;
          had = has;
          left.said_doubt = has.doubt.last.sequence;
          left.said_keys = has.keys == wanted.keys;
          return same(has, wanted);
        },
        [] { return ok(); });
  }();
  sender.join();
  return ended;
}

/// Receives; after an error it lets go, opens what is there and receives again, as the link does.
bool receive_all(const Primary& primary, const std::string& journal, const HasMessage& wanted,
                 const std::string& replica, Left& left) {
  unflushed().forget();
  BesideReceiver beside(replica);
  for (int connection = 0; connection < 2; ++connection) {
    const Status ended = receive(primary, journal, wanted, beside, left);
    const BrokenCalls& plan = broken_calls();
    left.broke = plan.at != 0 && plan.seen >= plan.at;
    const char* const name = plan.broken.load();
    left.needed = name != nullptr && !plan.spared && std::string_view(name) != "unlinkat";
    if (ended) return true;
    ++left.errors;
    beside.close();
  }
  return false;
}

/// What `receive_all` left can be opened by whoever goes on there, and answers.
void answers(const std::string& replica, std::uint64_t windows, std::size_t closings, std::uint64_t keys) {
  const auto window = opened(DoubtWindow::open({.folder = doubt_folder(replica)}));
  CHECK(window->windows() == windows);
  CHECK(window->closings().size() == closings);
  const auto kept = Primary::open_keys(replica);
  REQUIRE(kept->verify());
  CHECK(kept->covered() == Position{1, keys});
  CHECK(**kept->find(Primary::key(keys)) == Primary::known(keys));
}

}  // namespace

TEST_CASE("what a standby says that it has beside the groups survives a crash at any call, and comes whole after it") {
  const Primary primary;
  const HasMessage early = Primary::has(primary.early);
  const HasMessage late = Primary::has(primary.late);
  const SharedLeft shared;
  const std::string empty = primary.folder / "empty";
  const std::string behind = primary.folder / "behind";
  const std::string here = primary.folder / "here";
  std::filesystem::create_directory(empty);
  std::filesystem::create_directory(behind);
  REQUIRE(receive_all(primary, primary.early, early, behind, *shared.left));
  CHECK_FALSE(shared.left->dirty);
  CHECK(shared.left->errors == 0);

  for (const std::string& before : {empty, behind}) {
    int deaths = 0, failures = 0;
    const int calls = break_each(
        [&] {
          copy_over(before, here);
          shared.wipe();
        },
        [&] { return receive_all(primary, primary.late, late, here, *shared.left); },
        [&](Ran ran) {
          const Left& left = *shared.left;
          CHECK_FALSE(left.dirty);
          deaths += ran == Ran::died ? 1 : 0;
          if (ran != Ran::died) {
            REQUIRE(ran == Ran::done);  // where a call failed, the next connection brought the rest
            CHECK(left.errors <= (left.broke ? 1 : 0));
            if (left.broke && left.needed) CHECK(left.errors == 1);
            failures += left.errors;
          }
          BesideReceiver beside(here);
          REQUIRE(beside.open());
          const HasMessage has = beside.has();
          CHECK(has.doubt.last.sequence >= left.said_doubt);
          if (before == behind) {
            CHECK(has.doubt.last.sequence >= early.doubt.last.sequence);
            CHECK((has.keys == early.keys || has.keys == late.keys));
          } else if (has.keys != late.keys) {
            CHECK(beside.keys_covered() == Position{});
          }
          if (left.said_keys) CHECK(has.keys == late.keys);
          beside.close();
          if (ran == Ran::died) {
            Left rest;
            REQUIRE(receive_all(primary, primary.late, late, here, rest));
            CHECK(rest.errors == 0);
          } else {
            CHECK(same(has, late));
          }
          answers(here, 2, 1, 2100);
        },
        every_call_or(2), every_call_or(2));
    INFO(calls << " calls, " << deaths << " deaths, " << failures << " failures");
    CHECK(calls > 20);
    CHECK(deaths > 40);
    CHECK(failures > 40);
  }
}

}  // namespace test_beside_receiver
