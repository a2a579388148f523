// SPDX-License-Identifier: BSL-1.0
// An engine without a pipeline asks whether a key was paid: Lifeboat, which keeps keys on disk, then its own table.
// A crash takes what was not saved; it comes again from the journal, and nothing is paid twice.
#include <lifeboat/journal/engine_keys.hpp>
#include <lifeboat/journal/journal.hpp>
#include <lifeboat/journal/kept_keys.hpp>
#include <lifeboat/journal/reader.hpp>
#include <lifeboat/record/upgrade.hpp>

#include <map>

#include "support/payment_record.hpp"
#include "support/story.hpp"

using namespace lifeboat;
using namespace story;

KeyContent content(const Payment& payment) {
  Bytes bytes(encoded_size<Payment>());
  encode_record(payment, bytes.data());
  return content_of(bytes);
}

/// For one thread. Between the question and the answer a second one would have to wait: append_once sees to that.
std::string pay(KeysPort& keys, Journal& journal, const std::string& key, std::int64_t cents) {
  const Payment payment{*Key::of(key), {1}, {2}, {cents, EUR}};
  // None: never learned. What can not be looked up is an error, and never none.
  if (const std::optional<KnownKey> known = must(keys.find(key)))
    return known->content == content(payment) ? "paid already, at " + to_text(known->position)
                                              : "refused, another payment had this key";
  return journal.append(payment).match(
      [&](Acked<LocalDurable> acked) {
        must(keys.learn(key, {acked.position, content(payment)}));  // when its group is durable
        keys.cover(acked.position);                                 // the keys of every group up to here were learned
        return "paid at " + to_text(acked.position);
      },
      [](NotWritten) { return std::string("not paid"); }, [](Unknown) { return std::string("ask again, same key"); });
}

/// Learns what is in the journal and not known any more; gives the number of groups.
std::uint64_t replay(KeysPort& keys) {
  const Position known = keys.covered();  // and stays known after a crash
  std::uint64_t groups = 0;
  JournalReader reader = must(JournalReader::open("journal", known));
  while (const auto group = must(reader.next())) {
    if (group->position <= known) continue;
    const Payment payment = must(read_record<Payment>(1, group->records().next()->bytes));
    must(keys.learn(payment.key.view(), {group->position, content(payment)}));
    keys.cover(group->position);
    ++groups;
  }
  return groups;
}

std::unique_ptr<Journal> open_journal() {
  return must(Journal::open({.folder = "journal", .schemas = {schema_bytes<Payment>()}}));
}

/// Sorted runs on disk. A client asks again within half a billion payments, or its key may count as new.
std::unique_ptr<KeptKeys> open_keys() { return must(KeptKeys::open({.folder = "keys", .retry_groups = 500'000'000})); }

/// The engine's own: what it has applied of the journal, and which keys that were.
struct Tables {
  std::map<std::string, KnownKey, std::less<>> paid;
  Position applied;
};

int main() {
  return tell([] {
    {
      const auto journal = open_journal();
      const auto keys = open_keys();
      say("A-1: " + pay(*keys, *journal, "A-1", 10'00));
      say("A-2: " + pay(*keys, *journal, "A-2", 20'00));
      say("A-2 again: " + pay(*keys, *journal, "A-2", 20'00));
      say("A-2 with another amount: " + pay(*keys, *journal, "A-2", 21'00));
    }
    {
      const auto journal = open_journal();
      const auto keys = open_keys();
      say("the engine ended and saved no key; groups that it learns again: " + number(replay(*keys)));
      say("A-1 again: " + pay(*keys, *journal, "A-1", 10'00));
      must(keys->save());
      say("A-3, when the keys were saved: " + pay(*keys, *journal, "A-3", 30'00));
    }
    {
      const auto journal = open_journal();
      const auto keys = open_keys();
      say("the engine ended again; groups that it learns: " + number(replay(*keys)));
      say("A-3 again: " + pay(*keys, *journal, "A-3", 30'00));
      must(keys->tidy());  // for a thread that may wait: merges runs
    }

    Tables tables{{{"A-1", *must(open_keys()->find("A-1"))}}, {1, 1}};
    const auto lookup = [&](std::string_view key) -> Result<std::optional<KnownKey>> {
      const auto found = tables.paid.find(key);
      return found == tables.paid.end() ? std::nullopt : std::optional(found->second);
    };
    const auto applied = [&]() -> Result<Position> { return tables.applied; };
    const auto keys = must(engine_keys(lookup, applied));

    const auto journal = open_journal();
    say("an engine whose own table is of " + to_text(keys->covered()) + " learns " + number(replay(*keys)) + " groups");
    say("A-1 again: " + pay(*keys, *journal, "A-1", 10'00));
    say("A-3 again: " + pay(*keys, *journal, "A-3", 30'00));
    say("A-4: " + pay(*keys, *journal, "A-4", 40'00));
  });
}
