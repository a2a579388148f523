// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/reserve_ceiling.hpp>
#include <lifeboat/sync/transport/transport.hpp>
#include <lifeboat/testing/laws/laws.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace testing {

/// Where the laws of a transport find what they need. A copy is a folder that JournalReader reads.
template <Transport T>
struct LawLink {
  typename T::Config config;  ///< leads to `copy`, and reserves a ceiling there where `T` can
  std::string folder;         ///< an empty one: journals are made below it
  std::string copy;           ///< of the transport: not there yet, or empty
};

/// The laws of a Transport (sync/transport/transport.hpp). Some 200 groups are shipped.
template <Transport T, class R>
class TransportLaws {
 public:
  /// `record` is what the groups are made of.
  TransportLaws(LawLink<T> link, R record)
      : laws_("transport " + std::string(T::name)), link_(std::move(link)), record_(std::move(record)) {}

  Laws run() && {
    if (append("journal", 100) && in_step()) {
      goes_on();
      stopped();
      keeps_ceiling();
      other_journals();
    }
    return std::move(laws_);
  }

 private:
  using Chained = std::pair<Position, Bytes>;

  std::string path(const char* name) const { return link_.folder + "/" + name; }

  /// Appends some groups to one of the journals, several with a flush.
  bool append(const char* name, int count) {
    auto journal = Journal::open({.folder = path(name),
                                  .segment_length = 256U << 10U,
                                  .queue_bytes = 64U << 10U,
                                  .schemas = {schema_bytes<R>()}});
    if (!laws_.succeeds("a journal is made", journal)) return false;
    Position last{};
    bool good = true;
    for (int i = 1; i <= count; ++i) {
      (*journal)->submit(record_).match([&](Position at) { last = at; }, [&](NotWritten) { good = false; });
      if (i % 5 == 0 || i == count)
        (*journal)->wait(last).match([](Acked<LocalDurable>) {}, [&](NotWritten) { good = false; },
                                     [&](Unknown) { good = false; });
    }
    return laws_.check("a journal is made", good);
  }

  /// The groups of a journal, and what the chain covers of them.
  Result<std::vector<Chained>> read(const std::string& folder) {
    std::vector<Chained> all;
    LIFEBOAT_TRY(JournalReader reader, JournalReader::open(folder));
    while (true) {
      LIFEBOAT_TRY(const std::optional<JournalGroup> group, reader.next());
      if (!group) return all;
      const ByteView bytes = group->frame.chained();
      all.emplace_back(group->position, Bytes(bytes.begin(), bytes.end()));
    }
  }

  Result<SyncReport> pass(const char* journal, std::stop_token stop = {}) {
    LIFEBOAT_TRY(T transport, T::open(link_.config, path(journal)));
    laws_.check("it says that it keeps a copy", transport.keeps_copy());
    laws_.check("what acknowledges has a standby, and nothing else has",
                (transport.standby() != nullptr) == T::acknowledges);
    return transport.ship(std::move(stop));
  }

  /// The copy holds the journal's first groups, each once and as it was; how many of them.
  std::size_t expect_prefix(std::string_view law) {
    const auto all = read(path("journal"));
    const auto copied = read(link_.copy);
    if (!laws_.succeeds(law, all) || !laws_.succeeds(law, copied)) return 0;
    laws_.check(law, copied->size() <= all->size() && std::equal(copied->begin(), copied->end(), all->begin()),
                std::to_string(copied->size()) + " groups at the copy");
    return copied->size();
  }
  void expect_equal(std::string_view law) {
    const auto all = read(path("journal"));
    if (!laws_.succeeds(law, all)) return;
    const std::size_t copied = expect_prefix("the copy has the journal's groups in order, each once");
    laws_.check(law, copied == all->size(), std::to_string(copied) + " of " + std::to_string(all->size()));
    auto transport = T::open(link_.config, path("journal"));
    if (!laws_.succeeds("a comparison is made", transport)) return;
    const auto verdict = transport->compare({});
    if (!laws_.succeeds("a comparison is made", verdict)) return;
    laws_.check("a comparison of what is equal says so", verdict->equal && verdict->differences == 0,
                verdict->first_difference);
  }

  bool in_step() {
    const auto report = pass("journal");
    if (!laws_.succeeds("a pass succeeds", report)) return false;
    laws_.check("a pass says what went", report->items_sent == 100 && report->bytes_sent != 0,
                std::to_string(report->items_sent) + " groups");
    laws_.check("a pass says where the copy stands", report->position == Position{1, 100}, to_text(report->position));
    expect_equal("a pass brings the copy up to what is durable");
    const auto again = pass("journal");
    if (!laws_.succeeds("a pass succeeds", again)) return false;
    laws_.check("a pass over a copy in step ships nothing", again->items_sent == 0 && again->bytes_sent == 0,
                std::to_string(again->items_sent) + " groups");
    return true;
  }

  void goes_on() {
    if (!append("journal", 63)) return;
    expect_prefix("a copy that lags is a prefix");
    // A copy may have one writer at a time: it is closed before the next one.
    std::optional<Result<T>> transport(T::open(link_.config, path("journal")));
    if (!laws_.succeeds("a comparison is made", *transport)) return;
    const auto verdict = (*transport)->compare({});
    if (laws_.succeeds("a comparison is made", verdict)) {
      // What acknowledges ships from when it was opened, so that the copy may have caught up.
      const bool behind = T::acknowledges ? verdict->moved_on_count <= 63 : verdict->moved_on_count == 63;
      laws_.check("a comparison goes as far as both do", verdict->equal && behind,
                  std::to_string(verdict->moved_on_count) + " behind");
    }
    const auto report = (*transport)->ship({});
    transport.reset();
    if (!laws_.succeeds("a pass succeeds", report)) return;
    laws_.check("a pass ships what the copy lacks, and no more", report->items_sent == 63,
                std::to_string(report->items_sent) + " groups");
    expect_equal("a pass brings the copy up to what is durable");
  }

  void stopped() {
    if (!append("journal", 20)) return;
    std::stop_source stop;
    stop.request_stop();
    laws_.fails("a stopped pass says so", pass("journal", stop.get_token()), ErrorId::interrupted);
    expect_prefix("a stopped pass leaves a prefix");
    laws_.succeeds("a pass succeeds", pass("journal"));
    expect_equal("the pass after a stopped one finishes");
  }

  struct Numbers final : SequencePort {
    std::uint64_t last = 183;
    [[nodiscard]] Position handed_out() const noexcept override { return {1, last}; }
  };

  void keeps_ceiling() {
    if constexpr (requires(T & transport, SequenceCeiling * ceiling) { transport.reserve_with(ceiling); }) {
      Numbers numbers;
      SequenceCeiling ceiling(numbers);
      const std::optional<Reservation> first = reserved(ceiling, {});
      if (!first) return;
      laws_.check("a ceiling lies above what was handed out", first->upto.sequence > numbers.last,
                  to_text(first->upto));
      numbers.last = first->upto.sequence;
      const std::optional<Reservation> next = reserved(ceiling, first);
      if (!next) return;
      laws_.check("a ceiling lies above what was handed out", next->upto.sequence > numbers.last, to_text(next->upto));
      numbers.last = next->upto.sequence;
      laws_.succeeds("a pass succeeds", pass("journal"));
      const auto still = read_reservation(link_.copy, ceiling_name);
      laws_.check("nothing is reserved where no log holds to it", still && *still == *next);
    }
  }

  /// What stands at the copy after a pass of a new transport, once it is all that the log holds to.
  std::optional<Reservation> reserved(SequenceCeiling& ceiling, const std::optional<Reservation>& before) {
    static constexpr std::string_view law = "a pass reserves a ceiling at the copy";
    std::optional<Result<T>> transport(T::open(link_.config, path("journal")));
    if (!laws_.succeeds("a pass succeeds", *transport)) return std::nullopt;
    lifeboat::reserve_with(**transport, &ceiling);
    std::optional<Reservation> done;
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    do {
      if (!laws_.succeeds("a pass succeeds", (*transport)->ship({}))) break;
      const auto stands = standing(ceiling);
      if (stands && stands != before && ceiling.limit() == stands->upto.sequence) done = stands;
    } while (T::acknowledges && !done && std::chrono::steady_clock::now() < patience);
    lifeboat::reserve_with(**transport, nullptr);
    laws_.check(law, done.has_value());
    return done;
  }

  /// What stands at the copy, and whether that is held to meanwhile.
  std::optional<Reservation> standing(SequenceCeiling& ceiling) {
    const auto stands = read_reservation(link_.copy, ceiling_name);
    const std::uint64_t limit = ceiling.limit();
    bool promised = false;
    for (const CeilingCopy copy : ceiling_copies) {
      const auto one = read_reservation(path("journal"), promised_name(copy));
      promised = promised || (stands && *stands && one && *one && (*one)->upto <= (*stands)->upto &&
                              (*one)->until >= (*stands)->until);
    }
    const auto after = read_reservation(link_.copy, ceiling_name);
    if (!laws_.succeeds("a ceiling is read", stands) || !laws_.succeeds("a ceiling is read", after)) return {};
    if (!*stands || *after != *stands) return {};  // it has moved on while this looked
    laws_.check("a ceiling at the copy is held to here", limit <= (*stands)->upto.sequence, std::to_string(limit));
    laws_.check("a ceiling at the copy is promised to whoever opens the journal next", promised);
    return *stands;
  }

  void other_journals() {
    const auto before = read(link_.copy);
    if (!append("stranger", 200) || !laws_.succeeds("a refused pass changes nothing", before)) return;
    const auto refused = pass("stranger");
    const bool strange =
        !refused && (refused.error().id() == ErrorId::diverged || refused.error().id() == ErrorId::replica_strange);
    laws_.check("another journal is refused", strange,
                refused ? "it was shipped" : std::string(refused.error().sentence()));
    if (auto transport = T::open(link_.config, path("stranger")); laws_.succeeds("a comparison is made", transport)) {
      const auto verdict = transport->compare({});
      laws_.check("another journal is not equal", !verdict || !verdict->equal);
    }
    const auto after = read(link_.copy);
    if (laws_.succeeds("a refused pass changes nothing", after))
      laws_.check("a refused pass changes nothing", *after == *before);
    expect_equal("a pass brings the copy up to what is durable");
  }

  Laws laws_;
  LawLink<T> link_;
  R record_;
};

/// Runs the laws of a Transport: `REQUIRE(transport_laws<Mine>({config, folder, copy}, Payment{}).all_hold())`.
template <Transport T, class R>
Laws transport_laws(LawLink<T> link, R record) {
  return TransportLaws<T, R>(std::move(link), std::move(record)).run();
}

}  // namespace testing
}  // namespace lifeboat::inline LIFEBOAT_ABI
