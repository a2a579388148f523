// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <thread>

#include <lifeboat/journal/kept_keys.hpp>
#include <lifeboat/journal/recycle.hpp>

#include "catch.hpp"
#include "support/journal_model.hpp"

// Processes in which threads append to a journal in every way there is, until they die; and what is looked at then.
namespace support {

using namespace lifeboat;

inline constexpr std::size_t asker_threads = 4;
inline constexpr std::size_t asks_max = 1024;  // of a thread, in a round
inline constexpr std::uint64_t keys_max = 400;
inline constexpr std::uint32_t lines_max = 40;

/// What a process that is killed leaves of itself.
struct LifeLeft {
  Ask asks[asker_threads][asks_max];
  std::atomic<std::uint64_t> steps{0};
  std::atomic<bool> refused{false};  ///< it could not open what stood there
  char why[400] = {};

  static void wipe(LifeLeft& left) {
    left.~LifeLeft();
    new (&left) LifeLeft();
  }
};

struct LifeShared {
  LifeShared() {
    void* const at =
        ::mmap(nullptr, sizeof(LifeLeft), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);  // seen by both
    REQUIRE(at != MAP_FAILED);
    left = new (at) LifeLeft();
  }
  ~LifeShared() { ::munmap(left, sizeof(LifeLeft)); }
  LifeLeft* left = nullptr;
};

struct LifeRound {
  std::uint64_t seed = 0;
  std::uint64_t number = 0;
  bool keys = false;  ///< append_once, too
  std::uint64_t epoch = 0;
  std::uint64_t first_sequence = 0;
};

inline JournalConfig life_config(const std::string& folder, const LifeRound& round = {}) {
  return {.folder = folder + "/j",
          .segment_length = 256U << 10U,
          .queue_bytes = 16U << 10U,
          .schemas = {schema_bytes<ModelHead>(), schema_bytes<ModelLine>(), schema_bytes<ModelPaid>()},
          .epoch = round.epoch,
          .first_sequence = round.first_sequence};
}

inline auto open_life_keys(const std::string& folder) {
  return KeptKeys::open({.folder = folder + "/keys", .retry_groups = ~std::uint64_t{0}, .memory = 64U << 10U});
}

inline void settle(Ask& ask, const AppendOutcome<LocalDurable>& outcome) noexcept {
  outcome.match([&](Acked<LocalDurable> a) { ask.settle(Answer::acked, a.position); },
                [&](NotWritten) { ask.settle(Answer::not_written); },
                [&](Unknown u) { ask.settle(Answer::unknown, u.position); });
}

/// One thread that appends in every way there is, until its process dies.
class Asker {
 public:
  Asker(Journal& journal, Once* once, KeptKeys* keys, LifeLeft& left, const LifeRound& round, std::uint32_t thread)
      : journal_(journal),
        once_(once),
        keys_(keys),
        left_(left),
        round_(round),
        thread_(thread),
        dice_(round.seed * 31 + thread) {}

  void run() noexcept {
    while (used_ + 8 < asks_max) {
      switch (dice_() % 8) {
        case 0: some_together(); break;
        case 1:
          if (once_ != nullptr) {
            pay();
            break;
          }
          [[fallthrough]];
        case 2:
          if (keys_ != nullptr && dice_() % 8 == 0)
            (void)(dice_() % 2 == 0 ? keys_->save() : keys_->tidy()).has_value();
          [[fallthrough]];
        default: {
          Ask& ask = next();
          // A deadline that has passed, or will soon, leaves it unknown: somebody else's flush takes it along.
          const Deadline until = std::chrono::steady_clock::now() + std::chrono::microseconds(dice_() % 300);
          const bool hurried = dice_() % 8 == 0;
          give(ask, [&](const auto&... parts) {
            settle(ask, hurried ? journal_.append_until(until, parts...) : journal_.append(parts...));
          });
        }
      }
      ++left_.steps;
    }
  }

 private:
  Ask& next() noexcept {
    Ask& ask = left_.asks[thread_][used_];
    ask.who = (round_.number << 16U) + (thread_ << 12U) + used_++;
    ask.thread = thread_;
    ask.kind = static_cast<AskKind>(dice_() % (ask_kinds - 1));
    ask.lines = ask.kind == AskKind::one ? 0
                : ask.kind == AskKind::pair || ask.kind == AskKind::late
                    ? 1
                    : static_cast<std::uint32_t>(dice_() % lines_max);
    ask.settle(Answer::intended);
    return ask;
  }

  /// Calls `how` with what the group is made of.
  template <class How>
  void give(const Ask& ask, How&& how) noexcept {
    const ModelHead head{ask.who, static_cast<std::uint32_t>(ask.kind), ask.lines};
    std::array<ModelLine, lines_max> lines{};
    for (std::uint32_t i = 0; i < ask.lines; ++i) lines[i] = {ask.who, mixed_of(ask.who, i)};
    const std::span<const ModelLine> some(lines.data(), ask.lines);
    switch (ask.kind) {
      case AskKind::one: return how(head);
      case AskKind::pair: return how(head, lines[0]);
      case AskKind::late: return how(head, ModelLate{ask.who});
      case AskKind::span: return how(head, some);
      default: break;
    }
    group_.clear();
    (void)group_.add(head).has_value();
    for (const ModelLine& line : some) (void)group_.add(line).has_value();
    how(group_);
  }

  /// Some are submitted; the last is waited for.
  void some_together() noexcept {
    Ask* given[6] = {};
    std::size_t count = 0;
    for (const std::size_t wanted = 1 + dice_() % 6; count < wanted;) {
      Ask& ask = next();
      bool taken = false;
      give(ask, [&](const auto&... parts) {
        journal_.submit(parts...).match([&](Position at) { ask.settle(Answer::position, at), taken = true; },
                                        [&](NotWritten) { ask.settle(Answer::not_written); });
      });
      if (!taken) break;
      given[count++] = &ask;
    }
    if (count == 0) return;
    settle(*given[count - 1], journal_.wait(given[count - 1]->at));
    if (given[count - 1]->told() != Answer::acked) return;
    for (std::size_t i = 0; i + 1 < count; ++i) given[i]->settle(Answer::acked, given[i]->at);
  }

  void pay() noexcept {
    Ask& ask = next();
    ask.settle(Answer::none);  // nobody reads a half of it
    ask.kind = AskKind::once;
    ask.who = dice_() % keys_max;
    ask.variant = dice_() % 8 == 0 ? 1 : 0;
    ask.settle(Answer::intended);
    once_->append({}, paid_of(ask.who, ask.variant))
        .match([&](Acked<LocalDurable> a) { ask.settle(Answer::acked, a.position); },
               [&](Already a) { ask.settle(Answer::already, a.position); },
               [&](InDoubt) { ask.settle(Answer::not_written); }, [&](NotWritten) { ask.settle(Answer::not_written); },
               [&](Unknown u) { ask.settle(Answer::unknown, u.position); });
  }

  Journal& journal_;
  Once* once_;
  KeptKeys* keys_;
  LifeLeft& left_;
  LifeRound round_;
  std::uint32_t thread_;
  std::mt19937 dice_;
  std::uint32_t used_ = 0;
  RecordGroup group_{8192};
};

[[noreturn]] inline void live(const std::string& folder, const LifeRound& round, LifeLeft& left) {
  const auto refuse = [&](const Error& error) {
    std::snprintf(left.why, sizeof left.why, "%s", std::string(error.sentence()).c_str());
    left.refused = true;
    ::_exit(1);
  };
  auto journal = Journal::open(life_config(folder, round));
  if (!journal) refuse(journal.error());
  std::unique_ptr<KeptKeys> keys;
  std::unique_ptr<Once> once;
  if (round.keys) {
    auto kept = open_life_keys(folder);
    if (!kept) refuse(kept.error());
    keys = std::move(*kept);
    auto opened = Once::open(**journal, *keys);
    if (!opened) refuse(opened.error());
    once = std::move(*opened);
  }
  std::vector<std::thread> all;
  for (std::uint32_t t = 0; t < asker_threads; ++t)
    all.emplace_back([&, t] { Asker(**journal, once.get(), keys.get(), left, round, t).run(); });
  for (std::thread& thread : all) thread.join();
  ::_exit(0);
}

/// Takes back some sectors of what stands behind all that is known to have been flushed: `known` and what the last
/// watermark names. A disk may have written any of them. Gives how many went.
inline std::uint64_t tear(const std::string& folder, Position known, std::mt19937& dice) {
  std::uint64_t last = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder + "/j")) {
    const std::string name = file.path().filename().string();
    if (name.starts_with(segment_prefix)) last = std::max<std::uint64_t>(last, std::stoull(name.substr(8)));
  }
  if (last == 0) return 0;
  const std::string path = folder + "/j/" + segment_name(last);
  const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  const auto structural = open_structural(StructuralId::sha256);
  REQUIRE(structural);
  const auto sha256 = (*structural)->begin();
  REQUIRE(sha256);
  const auto header = read_segment_header(file.get(), path, **sha256);
  REQUIRE(header);
  JournalPoint point = JournalPoint::at_head(*header);
  SegmentWalk walk(file.get(), *header, **sha256);
  std::vector<JournalPoint> before;
  std::vector<std::uint64_t> lasts;
  WalkStep step = WalkStep::batch;
  while (step == WalkStep::batch) {
    before.push_back(point);
    const auto stepped = walk.step(point);
    REQUIRE(stepped);
    step = *stepped;
    lasts.push_back(point.last);
  }
  std::uint64_t from = point.offset;
  for (std::size_t i = lasts.size() - 1; i-- > 0;)
    if (lasts[i] > point.durable && Position{header->epoch, before[i].next_sequence} > known) from = before[i].offset;
  const std::uint64_t end = walk.written_behind(from).value();
  std::uint64_t torn = 0;
  for (std::uint64_t at = from; step != WalkStep::end && at < end; at = (at / 512 + 1) * 512) {
    if (dice() % 2 == 0) continue;
    const std::byte zeros[512]{};
    const std::uint64_t size = std::min((at / 512 + 1) * 512, end) - at;
    REQUIRE(!pwrite_full(file.get(), at, ByteView(zeros).first(static_cast<std::size_t>(size))));
    ++torn;
  }
  return torn;
}

/// All that a reader gives; each group whole, and what its ask made it.
inline std::vector<ModelGroup> read_all(const std::string& folder) {
  std::vector<ModelGroup> all;
  auto reader = JournalReader::open(folder + "/j");
  REQUIRE(reader);
  while (true) {
    const auto next = reader->next();
    INFO((next ? std::string() : next.error().sentence()));
    REQUIRE(next);
    if (!*next) return all;
    const auto group = model_group(**next);
    INFO("group " << to_text((*next)->position));
    REQUIRE(group);
    all.push_back(*group);
  }
}

/// What was seen in all rounds: rounds in which nothing happens prove nothing.
struct LifeSeen {
  std::uint64_t groups = 0, acknowledged = 0, undecided = 0, undecided_there = 0, undecided_gone = 0, torn = 0, cut = 0,
                already = 0, killed_in_open = 0, recycled = 0, segments = 0, epochs = 0;
  std::uint64_t of_kind[ask_kinds] = {};
};

/// How those die that write a journal. They are killed, whatever else is done to them.
struct Death {
  virtual void strike() {}                                           ///< before the kill
  virtual void after() {}                                            ///< when nobody holds a file open
  [[nodiscard]] virtual bool breaks_calls() const { return false; }  ///< of one that still lives
  [[nodiscard]] virtual bool tears() const { return true; }          ///< what was not flushed may be torn by hand
  virtual ~Death() = default;
};

/// A journal, and those that die writing it.
class JournalLife {
 public:
  JournalLife(std::string folder, std::uint64_t seed, Death& death)
      : folder_(std::move(folder)), death_(death), dice_(static_cast<std::mt19937::result_type>(seed)) {}

  void round(std::uint64_t number, LifeSeen& seen) {
    LifeLeft& left = *shared_.left;
    LifeLeft::wipe(left);
    LifeRound round{dice_(), number, dice_() % 2 == 0, 0, 0};
    // Every tenth for certain, so that no seed leaves an epoch out.
    const bool claims = epoch_ != 0 && (dice_() % 6 == 0 || number % 10 == 5);
    if (claims) {
      round.epoch = epoch_ + 1;
      round.first_sequence = dice_() % 2 == 0 ? 0 : last_.sequence + 50;
    }
    // One that claims an epoch lives to see it in every other case; every tenth dies at once.
    const bool at_once = number % 10 == 8;
    const std::uint64_t steps = at_once || (!claims && dice_() % 4 == 0) ? 0 : dice_() % 300 + (claims ? 1 : 0);
    die(round, left, steps, std::chrono::microseconds(at_once ? 0 : dice_() % 3000));
    seen.killed_in_open += left.steps == 0 ? 1 : 0;
    INFO(left.why);
    if (!death_.breaks_calls()) REQUIRE_FALSE(left.refused);
    std::vector<const Ask*> asked;
    Position known = last_;
    for (const auto& of_thread : left.asks)
      for (const Ask& ask : of_thread) {
        const Answer answer = ask.told();
        if (answer == Answer::none) continue;
        asked.push_back(&ask);
        if (answer == Answer::acked) known = std::max(known, ask.at);
        seen.acknowledged += answer == Answer::acked ? 1 : 0;
        seen.already += answer == Answer::already ? 1 : 0;
      }
    if (death_.tears() && !round.keys && std::filesystem::exists(folder_ + "/j"))
      seen.torn += tear(folder_, known, dice_);
    look(asked, number, seen);
    if (dice_() % 4 == 0) recycle(seen);
  }

 private:
  void die(const LifeRound& round, LifeLeft& left, std::uint64_t steps, std::chrono::microseconds moment) {
    const pid_t child = ::fork();
    if (child == 0) live(folder_, round, left);
    int status = 0;
    bool ended = false;
    while (left.steps < steps && !ended) {
      ended = ::waitpid(child, &status, WNOHANG) == child;
      std::this_thread::yield();
    }
    const auto until = std::chrono::steady_clock::now() + moment;
    while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
    death_.strike();
    if (!ended) {
      REQUIRE(::kill(child, SIGKILL) == 0);
      REQUIRE(::waitpid(child, &status, 0) == child);
    }
    death_.after();
  }

  void look(std::vector<const Ask*> asked, std::uint64_t number, LifeSeen& seen) {
    auto journal = Journal::open(life_config(folder_));
    INFO((journal ? std::string() : journal.error().sentence()));
    REQUIRE(journal);
    seen.cut += (*journal)->recovery().cut_bytes != 0 ? 1 : 0;
    std::vector<ModelGroup> now = read_all(folder_);
    seen.groups += now.size() - std::min(now.size(), model_.groups.size());
    for (std::size_t i = model_.groups.size(); i < now.size(); ++i) ++seen.of_kind[now[i].kind];
    fates(**journal, asked, now, seen);
    const std::string wrong = model_.look(std::move(now), asked);
    INFO(wrong);
    REQUIRE(wrong.empty());
    CHECK((*journal)->recovery().last == (model_.groups.empty() ? last_.sequence : model_.groups.back().at.sequence));
    // It goes on.
    Ask own;
    own.who = (number << 16U) + 0xFFFF;
    own.settle(Answer::intended);
    settle(own, (*journal)->append(ModelHead{own.who, 0, 0}));
    CHECK(own.told() == Answer::acked);
    seen.epochs = std::max(seen.epochs, (*journal)->epoch());
    epoch_ = (*journal)->epoch();
    last_ = own.at;
    journal->reset();
    const std::string again = model_.look(read_all(folder_), {&own});
    INFO(again);
    REQUIRE(again.empty());
    const auto verdict = JournalReader::open(folder_ + "/j")->verify();
    REQUIRE(verdict);
    CHECK(verdict->groups == model_.groups.size());
    seen.segments += verdict->segments;
  }

  /// What was undecided when the process died has a fate, and it is what stands there.
  static void fates(const Journal& journal, const std::vector<const Ask*>& asked, const std::vector<ModelGroup>& now,
                    LifeSeen& seen) {
    int asks = 0;
    for (const Ask* const ask : asked) {
      if (ask->told() != Answer::position && ask->told() != Answer::unknown) continue;
      if (ask->at == Position{}) continue;  // the keys could not answer: no group of its own
      ++seen.undecided;
      if (++asks > 12) continue;
      const bool there =
          std::find_if(now.begin(), now.end(), [&](const auto& g) { return g.at == ask->at; }) != now.end();
      ++(there ? seen.undecided_there : seen.undecided_gone);
      const char said = journal.fate(ask->at).match([](Acked<LocalDurable>) { return 'a'; },
                                                    [](NotWritten) { return 'n'; }, [](Unknown) { return 'u'; });
      INFO(to_text(ask->at));
      CHECK(said == (there ? 'a' : 'n'));
    }
  }

  void recycle(LifeSeen& seen) {
    if (model_.groups.empty()) return;
    const auto keys = open_life_keys(folder_);
    REQUIRE(keys);
    const Position upto = std::min(model_.groups[dice_() % model_.groups.size()].at, (*keys)->covered());
    const auto gone = recycle_segments(folder_ + "/j", upto);
    REQUIRE(gone);
    if (*gone == 0) return;
    seen.recycled += *gone;
    const auto reader = JournalReader::open(folder_ + "/j");
    REQUIRE(reader);
    const Position first{reader->header().epoch, reader->header().first};
    CHECK(first <= Position{upto.epoch, upto.sequence + 1});
    model_.recycled(first);
    CHECK(read_all(folder_) == model_.groups);
  }

  std::string folder_;
  Death& death_;
  LifeShared shared_;
  std::mt19937 dice_;
  JournalModel model_;
  std::uint64_t epoch_ = 0;
  Position last_{};
};

}  // namespace support
