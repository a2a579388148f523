// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mutex>
#include <vector>

#include <lifeboat/core/guard.hpp>
#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/keys.hpp>
#include <lifeboat/record/record_view.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Who knows of keys that may have been paid before a disaster.
struct DoubtPort : TornTailPort {
  /// True: nothing may be written for this key. Errors: nothing may be written either.
  virtual Result<bool> in_doubt(std::string_view key) = 0;
  /// Of a key for which nothing may be written: where it was paid, by what a reconciliation says; zeros where that has
  /// no position. None: it is in doubt.
  virtual Result<std::optional<Position>> paid(std::string_view) { return std::optional<Position>(); }
  /// From here on what may have been acknowledged in a tail that is cut is in doubt.
  Status torn(const TornTail&) override { return ok(); }
};

namespace detail {

/// What a port answers; none where it had no memory to.
template <class Ask>
auto answer_of(Ask&& ask) noexcept -> std::optional<decltype(ask())> {
  std::optional<decltype(ask())> answer;
  if (errno_without_memory([&] { return answer.emplace(ask()), 0; }) != 0) answer.reset();
  return answer;
}

template <class R>
struct HasKey {
  static consteval bool value() {
    bool found = false;
    each_member<R>([&](auto, auto get) {
      found = found || std::is_same_v<std::remove_cvref_t<decltype(get(std::declval<const R&>()))>, Key>;
    });
    return found;
  }
};
template <class R, std::size_t N>
struct HasKey<std::span<R, N>> : HasKey<std::remove_const_t<R>> {};
/// What it holds is known at run time alone.
template <>
struct HasKey<RecordGroup> {
  static consteval bool value() { return true; }
};

}  // namespace detail

/// Whether what is appended has a key of its own.
template <class Part>
consteval bool has_key() {
  return detail::HasKey<Part>::value();
}

/// The key of a group that append_once wrote, read by the schema alone; none where it has none.
template <class = void>
std::optional<std::string> key_of_group(const Frame& frame, std::span<const Schema> schemas) {
  RecordsOfGroup records(frame);
  while (const auto record = records.next())
    for (const Schema& schema : schemas) {
      if (schema.number != record->number || schema.version != record->version) continue;
      const auto value = record_value(schema, record->bytes);
      if (!value) continue;
      for (const SchemaField& field : schema.record.members)
        if (field.type.kind == SchemaKind::key) return std::string(value->member(field).as_text_view());
    }
  return std::nullopt;
}

/// What holds back groups that are new, and nothing else: where it can not be asked, a key is answered all the same.
struct OpenGate {
  /// Why nothing new may be written now; an id of none: it may. With queue_full `wait` may help.
  [[nodiscard]] static ErrorId refusal() noexcept { return {}; }
  /// Waits until that is over; false where it was not so at the deadline.
  [[nodiscard]] static bool wait(const Deadline&) noexcept { return true; }
};

/// Decides for each key whether its payment is new, and reserves it, under one lock: of many that ask with one key at
/// once, one appends and the others wait for what becomes of it. A key whose append is unknown stays so until the
/// journal is opened again. After `open` it allocates nothing; where the keys or the doubt can not answer, for want of
/// memory too, nothing is written and the outcome is unknown, without a position: what came before is not known.
template <class = void>
class BasicOnce {
 public:
  static constexpr std::size_t in_flight_max = 1024;

  /// Learns the keys of the groups behind what `keys` covers. Both outlive it. Errors: those of the reader and of the
  /// keys; object_missing, where the journal has let go of groups whose keys were not learned, and which a client
  /// may still ask for.
  static Result<std::unique_ptr<BasicOnce>> open(Journal& journal, KeysPort& keys, DoubtPort* doubt = nullptr) {
    auto once = std::unique_ptr<BasicOnce>(new BasicOnce(journal, keys, doubt));
    LIFEBOAT_CHECK(once->learn_rest());
    return once;
  }

  /// The group with its key, which is the first Key among the fields of its first record, is appended if nothing is
  /// known of it and `gate` lets it. Not written: the key was looked up, and this payment is not in the journal.
  template <class First, class... Parts>
  AppendOnceOutcome<LocalDurable> append(Deadline deadline, const First& first, const Parts&... parts) noexcept {
    return append_through(OpenGate{}, deadline, first, parts...);
  }
  template <class Gate, class First, class... Parts>
  AppendOnceOutcome<LocalDurable> append_through(Gate gate, Deadline deadline, const First& first,
                                                 const Parts&... parts) noexcept {
    static_assert(has_key<First>(),
                  "lifeboat: append_once needs a key: a member of type Key in the first record that it is given");
    if (journal_->forked()) return Unknown{{}, ErrorId::forked};
    const std::optional<std::string_view> named = detail::key_in(first);
    if (!named || named->empty()) return NotWritten{ErrorId::usage};
    const std::string_view key = *named;
    if (!all_encodable(first, parts...)) return NotWritten{ErrorId::record_value};
    std::unique_lock guard(mutex_);
    bool waited = false;
    bool learned = false;
    for (;; guard.lock()) {
      scratch_.clear();
      if (!scratch_gathers(first) || !(scratch_gathers(parts) && ...)) return NotWritten{ErrorId::limit};
      const KeyContent content = content_of(scratch_.bytes());
      if (const std::size_t at = find(key); at != used_) {
        const KnownKey known = in_flight_[at].known;
        guard.unlock();
        if (known.content != content) return NotWritten{ErrorId::key_reused};
        return settle<Already>(key, known, deadline);
      }
      const auto known = detail::answer_of([&] { return keys_->find(key); });
      if (!known || !*known) return unanswered(known);
      if (**known) return already(***known, content);
      if (doubt_ != nullptr) {
        const auto doubtful = detail::answer_of([&] { return doubt_->in_doubt(key); });
        if (!doubtful || !*doubtful) return unanswered(doubtful);
        if (**doubtful) {
          const auto paid = detail::answer_of([&] { return doubt_->paid(key); });
          if (!paid || !*paid) return unanswered(paid);
          if (**paid) return Already{***paid};
          return InDoubt{};
        }
      }
      if (used_ == in_flight_.size()) {
        if (unlearned_ == 0 || std::exchange(learned, true)) return NotWritten{ErrorId::queue_full};
        guard.unlock();
        learn_left();
        continue;
      }
      const ErrorId refused = gate.refusal();
      if (refused == ErrorId{}) return submit(guard, key, content, deadline);
      if (refused != ErrorId::queue_full || waited) return NotWritten{refused};
      guard.unlock();  // others ask meanwhile, with this key too: it is looked up again
      waited = !gate.wait(deadline);
    }
  }

  /// Tells the keys that they know those of all that is durable, but for what is in flight: appends without a key move
  /// nobody else to.
  void cover() noexcept {
    const std::scoped_lock guard(mutex_);
    cover_durable();
  }

 private:
  struct Slot {
    KnownKey known;
    Key key;
    bool unlearned = false;  ///< its group is durable, and the keys could not take it
    void set(std::string_view text, const KnownKey& what) noexcept {
      key = *Key::of(text);
      known = what;
      unlearned = false;
    }
  };

  BasicOnce(Journal& journal, KeysPort& keys, DoubtPort* doubt)
      : journal_(&journal), keys_(&keys), doubt_(doubt), scratch_(group_bytes_max), in_flight_(in_flight_max) {}

  template <class Part>
  bool scratch_gathers(const Part& part) noexcept {
    return scratch_.try_add(part);
  }
  template <class R, std::size_t N>
  bool scratch_gathers(std::span<R, N> records) noexcept {
    for (const auto& record : records)
      if (!scratch_.try_add(record)) return false;
    return true;
  }

  /// What is new, and may be written: it is reserved while it has a number.
  AppendOnceOutcome<LocalDurable> submit(std::unique_lock<std::mutex>& guard, std::string_view key,
                                         const KeyContent& content, const Deadline& deadline) noexcept {
    return journal_->submit_once(deadline, scratch_)
        .match(
            [&](Position position) -> AppendOnceOutcome<LocalDurable> {
              in_flight_[used_++].set(key, {position, content});
              guard.unlock();
              return settle<Acked<LocalDurable>>(key, {position, content}, deadline);
            },
            [](NotWritten refused) -> AppendOnceOutcome<LocalDurable> { return refused; });
  }

  [[nodiscard]] std::size_t find(std::string_view key) const noexcept {
    std::size_t at = 0;
    while (at < used_ && in_flight_[at].key.view() != key) ++at;
    return at;
  }

  /// A port that can not say what it knows: nothing is written, and whether it was before nobody can tell.
  template <class T>
  static Unknown unanswered(const std::optional<Result<T>>& answer) noexcept {
    if (!answer) return {{}, ErrorId::out_of_memory, ENOMEM};
    return {{}, answer->error().id(), answer->error().system_error()};
  }

  static AppendOnceOutcome<LocalDurable> already(const KnownKey& known, const KeyContent& content) noexcept {
    if (known.content != content) return NotWritten{ErrorId::key_reused};
    return Already{known.position};
  }

  /// Waits for what somebody submitted, and lets go of its reservation where its end is known: `Durable` to whoever
  /// asked. What is unknown stays reserved: whoever asks with this key is told the same, or what it became.
  template <class Durable>
  AppendOnceOutcome<LocalDurable> settle(std::string_view key, const KnownKey& known, Deadline deadline) noexcept {
    return journal_->wait(known.position, deadline)
        .match(
            [&](Acked<LocalDurable> acked) -> AppendOnceOutcome<LocalDurable> {
              {
                const std::scoped_lock guard(mutex_);
                if (!reserved(key, known)) return Durable{acked.position};  // another one of them has learned it
              }
              if (learn(key, known)) learn_left();
              return Durable{acked.position};
            },
            [&](NotWritten refused) -> AppendOnceOutcome<LocalDurable> {
              const std::scoped_lock guard(mutex_);
              if (reserved(key, known)) release(key);
              return refused;
            },
            [](Unknown unknown) -> AppendOnceOutcome<LocalDurable> { return unknown; });
  }

  /// Learns a key whose group is durable, and lets go of its reservation. It may write a run to the disk, which others
  /// do not wait for: the key is still reserved meanwhile. One that can not be learned stays so, and what covers it
  /// never moves over it.
  bool learn(std::string_view key, const KnownKey& known) noexcept {
    const auto learned = detail::answer_of([&] { return keys_->learn(key, known); });
    const std::scoped_lock guard(mutex_);
    if (!reserved(key, known)) return learned && *learned;
    if (learned && *learned) {
      release(key);
      return true;
    }
    bool& unlearned = in_flight_[find(key)].unlearned;
    if (!std::exchange(unlearned, true)) ++unlearned_;
    return false;
  }
  /// What could not be learned when it was durable is learned when there is room or memory again.
  void learn_left() noexcept {
    while (true) {
      Slot one;
      {
        const std::scoped_lock guard(mutex_);
        std::size_t at = 0;
        if (unlearned_ == 0) return;
        while (!in_flight_[at].unlearned) ++at;
        one = in_flight_[at];
      }
      if (!learn(one.key.view(), one.known)) return;
    }
  }

  [[nodiscard]] bool reserved(std::string_view key, const KnownKey& known) const noexcept {
    const std::size_t at = find(key);
    return at != used_ && in_flight_[at].known == known;
  }

  void release(std::string_view key) noexcept {
    Slot& slot = in_flight_[find(key)];
    if (slot.unlearned) --unlearned_;
    slot = in_flight_[--used_];
    if (++settled_ % 256 == 0 || used_ == 0) cover_durable();
  }

  /// A key whose group is durable is either in flight or learned.
  void cover_durable() noexcept {
    Position covered = journal_->durable();
    for (std::size_t i = 0; i < used_; ++i)
      if (in_flight_[i].known.position <= covered)
        covered = {in_flight_[i].known.position.epoch, in_flight_[i].known.position.sequence - 1};
    if (covered.sequence != 0) keys_->cover(covered);
  }

  Status learn_rest() {
    const Position covered = keys_->covered();
    const Position from = covered == Position{} ? Position{} : Position{covered.epoch, covered.sequence + 1};
    LIFEBOAT_TRY(JournalReader reader, JournalReader::open(journal_->folder(), from));
    const std::uint64_t not_seen = from == Position{} ? reader.header().after : 0;
    std::vector<Schema> schemas;
    std::uint64_t segment = 0;
    Position last{};
    while (true) {
      LIFEBOAT_TRY(const std::optional<JournalGroup> group, reader.next());
      if (!group) break;
      last = group->position;
      if (group->frame.flag() != GroupFlag::once) continue;
      if (reader.header().number != segment) {
        schemas.clear();
        segment = reader.header().number;
        for (const Bytes& bytes : reader.header().schemas) {
          LIFEBOAT_TRY(schemas.emplace_back(), read_schema(bytes));
        }
      }
      const auto key = key_of_group(group->frame, schemas);
      if (!key)
        return Error{ErrorId::corrupt, "the journal " + journal_->folder() + ": group " +
                                           std::to_string(group->position.sequence) + " has no key that can be read"};
      LIFEBOAT_CHECK(keys_->learn(*key, {group->position, content_of(records_of(group->frame))}));
    }
    // What lies before the journal may be asked for, unless that is further back than a client may ask.
    if (not_seen != 0 && (last.sequence < not_seen || last.sequence - not_seen < keys_->retry_groups()))
      return Error{ErrorId::object_missing, "the journal " + journal_->folder() + " begins behind " +
                                                std::to_string(not_seen) +
                                                ", and the keys of the groups before that are not known"}
          .next("bring the folder of the keys back, or the segments that were recycled")
          .unchanged();
    if (last.sequence != 0) keys_->cover(last);
    return ok();
  }

  /// The records of a group as they stand behind each other, without what pads them.
  static ByteView records_of(const Frame& frame) noexcept {
    RecordsOfGroup records(frame);
    std::size_t length = 0;
    while (const auto record = records.next()) length += record_head_bytes + record->bytes.size();
    return frame.body().subspan(group_head_bytes, length);
  }

  Journal* journal_;
  KeysPort* keys_;
  DoubtPort* doubt_;
  std::mutex mutex_;
  RecordGroup scratch_;
  std::vector<Slot> in_flight_;
  std::size_t used_ = 0;
  std::size_t unlearned_ = 0;
  std::uint64_t settled_ = 0;
};
using Once = BasicOnce<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
