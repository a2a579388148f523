// SPDX-License-Identifier: BSL-1.0
// An engine of one thread, which polls: it takes payments from a client, never waits for the disk, and answers when
// they are durable. While the journal's queue is full, it takes no more.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <thread>

#include <lifeboat/journal/journal.hpp>

#include "support/payment_record.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

constexpr unsigned payments = 5'000;

/// A thread that waits in the loop's place: it flushes what was submitted, and goes to sleep.
class Flusher {
 public:
  explicit Flusher(Journal& journal) : journal_(&journal) {}
  ~Flusher() { wake(stop); }
  void wake(std::uint64_t sequence) {
    wanted_ = sequence;
    wanted_.notify_one();
  }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  static constexpr std::uint64_t stop = ~std::uint64_t{0};
  void run() {
    for (std::uint64_t upto = 0;;) {
      wanted_.wait(upto);
      upto = wanted_;
      if (upto == stop) return;
      journal_->wait({journal_->epoch(), upto})
          .match([](Acked<LocalDurable>) {}, [](NotWritten) {}, [&](Unknown) { failed_ = true; });
    }
  }

  Journal* journal_;
  std::atomic<std::uint64_t> wanted_ = 0;
  std::atomic<bool> failed_ = false;
  std::jthread thread_{[this] { run(); }};
};

class Loop {
 public:
  Loop(Journal& journal, int client) : journal_(&journal), client_(client), flusher_(journal) {}

  void run() {
    const int durable = must(journal_->durable_fd());
    while (answered_ < payments) {
      pollfd events[2] = {{client_, static_cast<short>(full_ ? 0 : POLLIN), 0}, {durable, POLLIN, 0}};
      if (::poll(events, 2, 60'000) <= 0) throw std::runtime_error("nothing happened for a minute");
      if (events[1].revents != 0) more_is_durable(durable);
      if (events[0].revents != 0) take();
      submit();
    }
  }
  [[nodiscard]] unsigned times_full() const { return times_full_; }

 private:
  /// A ticket: who is to be answered when this position is durable.
  struct Ticket {
    Position position;
    unsigned order = 0;
  };

  void take() {
    unsigned orders[64];
    const ssize_t bytes = ::read(client_, orders, sizeof orders);
    for (ssize_t i = 0; i < bytes / ssize_t{sizeof *orders}; ++i) asked_.push_back(orders[i]);
  }
  void submit() {
    for (full_ = false; !asked_.empty() && !full_;)
      journal_->submit(Payment{*Key::of("A-" + number(asked_.front())), {1}, {2}, {5'00, EUR}})
          .match(
              [&](Position ticket) {
                waiting_.push_back({ticket, asked_.front()});
                asked_.pop_front();
              },
              [&](NotWritten refused) {
                if (refused.id != ErrorId::queue_full) throw std::runtime_error("the journal has stopped");
                full_ = true;  // back-pressure: ask again when more is durable
                ++times_full_;
              });
    if (!waiting_.empty()) flusher_.wake(waiting_.back().position.sequence);
  }
  void more_is_durable(int event) {
    std::uint64_t times = 0;
    (void)!::read(event, &times, sizeof times);
    if (flusher_.failed()) throw std::runtime_error("a flush failed: nobody is told that it is paid");
    for (const Position now = journal_->durable(); !waiting_.empty() && waiting_.front().position <= now;
         waiting_.pop_front(), ++answered_)
      if (::write(client_, &waiting_.front().order, sizeof(unsigned)) < 0) throw std::runtime_error("the client left");
  }

  Journal* journal_;
  int client_;
  std::deque<unsigned> asked_;
  std::deque<Ticket> waiting_;
  bool full_ = false;
  unsigned answered_ = 0;
  unsigned times_full_ = 0;
  Flusher flusher_;
};

int main() {
  return tell([] {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw std::runtime_error("no socket");
    const FileDescriptor engine(ends[0]);
    const FileDescriptor client(ends[1]);
    const auto journal =
        must(Journal::open({.folder = "journal", .queue_bytes = 4096, .schemas = {schema_bytes<Payment>()}}));

    // The client sends all of its orders without waiting for one answer.
    bool sent = true;
    bool in_order = true;
    std::jthread sends([&] {
      for (unsigned n = 1; n <= payments; ++n) sent &= ::write(client.get(), &n, sizeof n) == sizeof n;
    });
    std::jthread hears([&] {
      for (unsigned n = 1, answer = 0; n <= payments; ++n)
        in_order &= ::read(client.get(), &answer, sizeof answer) == sizeof answer && answer == n;
    });
    Loop loop(*journal, engine.get());
    loop.run();
    sends.join();
    hears.join();
    say("a client sent " + number(payments) + " payments without waiting, and was answered in order", sent && in_order);
    say("its queue of 4 KiB was full many times; the loop took no more until there was room", loop.times_full() > 10);
    say("all are durable", journal->durable() == Position{1, payments});
  });
}
