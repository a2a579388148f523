// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/testing/laws/laws.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace testing {

/// The laws of a Medium (medium/medium.hpp), seen through its port. `fresh` gives the Config of a new, empty store each
/// time; a copy of it opens the same store again. Some 20 MiB are written; up to eight threads are started and joined.
template <class = void>
class BasicMediumLaws {
 public:
  using Port = std::unique_ptr<MediumPort>;
  /// Opens the store number `store` (a new number: a new, empty store).
  using Open = FunctionRef<Result<Port>(unsigned store)>;

  BasicMediumLaws(std::string subject, Open open) : laws_(std::move(subject)), open_(open) {}

  Laws run() && {
    written_reads_back();
    if (!laws_.all_hold()) return std::move(laws_);
    visible_at_commit();
    names();
    first_wins();
    listed();
    removed();
    at_once();
    return std::move(laws_);
  }

 private:
  static constexpr std::size_t mebi_ = 1U << 20U;

  Port fresh() { return again(++store_); }
  Port again(unsigned store) {
    auto opened = open_(store);
    return laws_.succeeds("a store opens", opened) ? std::move(*opened) : Port{};
  }

  /// Writes a whole object in pieces of at most 1 MiB.
  static Result<Receipt> put(MediumPort& port, const ObjectName& name, ByteView data, std::size_t piece = mebi_,
                             Publish publish = Publish::if_absent) {
    LIFEBOAT_TRY(auto writer, port.create(name, CreateHint{.expected_length = data.size()}));
    for (ByteView left = data; !left.empty(); left = left.subspan(std::min(piece, left.size())))
      LIFEBOAT_CHECK(writer->write(left.first(std::min(piece, left.size()))));
    return writer->commit(publish);
  }

  static Result<Bytes> get(MediumPort& port, const ObjectName& name, std::uint64_t at, std::size_t count) {
    Bytes out(count, std::byte{0xA5});
    LIFEBOAT_TRY(const std::size_t found, port.read(name, at, out));
    out.resize(found);
    return out;
  }

  void holds(std::string_view law, MediumPort& port, const ObjectName& name, ByteView wanted, const std::string& text) {
    const auto found = get(port, name, 0, wanted.size() + 1);
    if (!laws_.succeeds(law, found, text)) return;
    laws_.check(law, std::ranges::equal(*found, wanted),
                text + ": read " + std::to_string(found->size()) + " bytes, not those written");
  }

  static std::vector<std::string> all(MediumPort& port, std::string_view prefix = {}, std::string_view after = {},
                                      std::size_t most = ~std::size_t{0}) {
    std::vector<std::string> lines;
    const Status status = port.list(prefix, after, [&](const ObjectInfo& info) {
      lines.push_back(std::string(info.name) + " " + std::to_string(info.length));
      return lines.size() < most;
    });
    if (!status) lines.push_back("failed: " + status.error().sentence());
    return lines;
  }

  void written_reads_back() {
    constexpr std::string_view law = "what was committed reads back";
    constexpr std::string_view short_law = "a read is short only at the end";
    const Port port = fresh();
    if (!port) return;
    const Bytes data = patterned(9 * mebi_ + 3);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4095}, std::size_t{4097}, mebi_ - 1,
                                   mebi_, mebi_ + 1, data.size()}) {
      const ByteView object = ByteView(data).first(size);
      const std::size_t piece = size > 5000 ? mebi_ : 1000;
      const std::string name = "sizes/" + std::to_string(size);
      const auto receipt = put(*port, name, object, piece);
      if (!laws_.succeeds(law, receipt, name)) continue;
      laws_.check("a receipt states a length", receipt->length != 0 || size == 0, name);
      holds(law, *port, name, object, name);
      if (!port->capabilities().ranged_read) continue;
      for (const std::size_t at : {std::size_t{0}, size / 2, size - std::min<std::size_t>(size, 1), size, size + 1}) {
        for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{5000}}) {
          const ByteView wanted = object.subspan(std::min(at, size), std::min(count, size - std::min(at, size)));
          const std::string text = name + " at " + std::to_string(at) + ", " + std::to_string(count) + " bytes";
          const auto found = get(*port, name, at, count);
          if (laws_.succeeds(short_law, found, text)) laws_.check(short_law, std::ranges::equal(*found, wanted), text);
        }
      }
      const auto beyond = get(*port, name, ~std::uint64_t{0} - 1, 10);
      laws_.check(short_law, beyond && beyond->empty(), name + " far beyond the end");
    }
    const Port other = again(store_);
    if (!other) return;
    holds("who opens the store later sees all", *other, "sizes/4097", ByteView(data).first(4097), "sizes/4097");
    laws_.check("who opens the store later sees all", all(*other) == all(*port), "the lists differ");
    laws_.fails("no object: object_missing", get(*port, "sizes/none", 0, 1), ErrorId::object_missing);
    laws_.fails("no object: object_missing", get(*port, "none/none", 0, 1), ErrorId::object_missing);
  }

  void visible_at_commit() {
    constexpr std::string_view law = "nothing is visible before commit";
    const Port port = fresh();
    if (!port) return;
    const Bytes data = patterned(70'000);
    {
      auto writer = port->create("folder/object", {});
      if (!laws_.succeeds(law, writer)) return;
      laws_.succeeds(law, (*writer)->write(data));
      laws_.check(law, all(*port).empty(), "listed while it was written");
      laws_.fails(law, get(*port, "folder/object", 0, 1), ErrorId::object_missing, "read while it was written");
    }
    laws_.check("an abandoned writer leaves nothing", all(*port).empty(), "listed");
    laws_.fails("an abandoned writer leaves nothing", get(*port, "folder/object", 0, 1), ErrorId::object_missing);
    auto writer = port->create("folder/object", {});
    if (!laws_.succeeds(law, writer)) return;
    laws_.succeeds(law, (*writer)->write(data));
    laws_.succeeds("committed is visible", (*writer)->commit(Publish::unique));
    holds("committed is visible", *port, "folder/object", data, "before the writer is gone");
    laws_.check("a writer commits once", !(*writer)->commit(Publish::unique).has_value(), "it committed twice");
    laws_.check("a writer commits once", !(*writer)->write(data).has_value(), "it wrote after its commit");
    writer->reset();
    holds("committed is visible", *port, "folder/object", data, "after the writer is gone");
    laws_.check("committed is visible", all(*port) == std::vector<std::string>{"folder/object 70000"}, "not listed");
  }

  void names() {
    constexpr std::string_view law = "what is no name is refused with object_name";
    const Port port = fresh();
    if (!port) return;
    const std::string longest(object_component_max, 'x');
    for (const std::string& bad :
         {std::string(), std::string("/a"), std::string("a/"), std::string("a//b"), std::string("../a"),
          std::string("a/../b"), std::string(".hidden"), std::string("a b"), std::string("a\nb"),
          std::string("a\0b", 3), std::string("\xC3\xA4"), longest + "x", std::string(object_name_max + 1, 'a')}) {
      laws_.fails(law, port->create(bad, {}), ErrorId::object_name, "create " + bad);
      laws_.fails(law, get(*port, bad, 0, 1), ErrorId::object_name, "read " + bad);
      const ObjectName one[] = {bad};
      laws_.fails(law, port->remove(one), ErrorId::object_name, "remove " + bad);
    }
    const std::string deep = std::string(125, 'y') + "/" + longest + "/" + longest + "/" + longest;
    for (const std::string& good : {longest, deep, std::string("A-Z.a_z-0.9"), std::string("-"), std::string("a..b")}) {
      laws_.succeeds("every name is taken", put(*port, good, as_bytes(good)), good);
      holds("every name is taken", *port, good, as_bytes(good), good);
    }
  }

  void first_wins() {
    constexpr std::string_view law = "of all who commit one name one wins";
    const Port port = fresh();
    if (!port || !port->capabilities().put_if_absent) return;
    const Bytes first = patterned(3000, 1);
    laws_.succeeds(law, put(*port, "taken", first));
    laws_.fails(law, put(*port, "taken", patterned(3000, 2)), ErrorId::object_exists, "one after the other");
    holds(law, *port, "taken", first, "after a second was refused");
    if (port->capabilities().readers_max < 2) return;
    for (unsigned round = 0; round < 20; ++round) {
      const ObjectName name = "race/" + std::to_string(round) + "/entry";
      std::atomic<int> ready{0};
      int outcome[2] = {0, 0};
      std::vector<std::thread> racers;
      for (unsigned me = 0; me < 2; ++me) {
        racers.emplace_back([&, me] {
          auto writer = port->create(name, {});
          const bool written = writer && (*writer)->write(patterned(2000, me));
          ++ready;
          while (ready < 2) std::this_thread::yield();
          if (!written) return;
          const auto committed = (*writer)->commit(Publish::if_absent);
          outcome[me] = committed ? 1 : committed.error().id() == ErrorId::object_exists ? 2 : 3;
        });
      }
      for (std::thread& racer : racers) racer.join();
      laws_.check(law, outcome[0] + outcome[1] == 3 && outcome[0] * outcome[1] == 2,
                  name + ": outcomes " + std::to_string(outcome[0]) + " and " + std::to_string(outcome[1]));
      holds(law, *port, name, patterned(2000, outcome[0] == 1 ? 0 : 1), name);
    }
  }

  void listed() {
    const Port port = fresh();
    if (!port) return;
    std::vector<std::string> wanted = {"a-b", "a.b", "a/b", "a/b.c", "a0", "ab", "B", "b/c.d", "b/c/d", "b/c/e/f", "z"};
    laws_.check("an empty store lists nothing", all(*port).empty());
    for (auto at = wanted.rbegin(); at != wanted.rend(); ++at)
      laws_.succeeds("a store opens", put(*port, *at, as_bytes(*at)));
    std::sort(wanted.begin(), wanted.end());
    for (const std::string_view prefix :
         {"", "a", "a/", "a/b", "a/b.", "b", "b/c", "b/c/", "b/c/e/f", "b/c/e/f/", "x", "x/y/", "/"}) {
      for (const std::string_view after :
           {"", "A", "a", "a-b", "a.b", "a/", "a/b", "a/b.c", "b", "b/c", "b/c/d", "b/c/z", "zz"}) {
        std::vector<std::string> lines;
        for (const std::string& name : wanted)
          if (name.starts_with(prefix) && name > after) lines.push_back(name + " " + std::to_string(name.size()));
        const std::string text = "prefix \"" + std::string(prefix) + "\" after \"" + std::string(after) + "\"";
        laws_.check("lists in byte order, from prefix and after", all(*port, prefix, after) == lines, text);
        if (lines.size() < 2) continue;
        lines.resize(lines.size() / 2);
        laws_.check("a list ends when told", all(*port, prefix, after, lines.size()) == lines, text);
      }
    }
  }

  void removed() {
    constexpr std::string_view law = "removed is gone for everybody";
    const Port port = fresh();
    if (!port) return;
    const Port other = again(store_);
    if (!other) return;
    const ObjectName names[] = {"a/b/c", "a/b/d", "e"};
    const std::span<const ObjectName> these(names);
    for (const ObjectName& name : these) laws_.succeeds(law, put(*port, name, as_bytes(name)), name);
    if (!port->capabilities().remove) {
      laws_.fails("a medium that can not remove says so", port->remove(these), ErrorId::capability_missing);
      laws_.check("a medium that can not remove says so", all(*port).size() == 3);
      return;
    }
    holds(law, *other, names[0], as_bytes(names[0]), "read before it went");
    laws_.succeeds(law, port->remove(these.first(1)));
    laws_.fails(law, get(*port, names[0], 0, 1), ErrorId::object_missing, "read");
    laws_.fails(law, get(*other, names[0], 0, 1), ErrorId::object_missing, "read by another");
    laws_.check(law, all(*other) == std::vector<std::string>{"a/b/d 5", "e 1"}, "listed");
    laws_.succeeds("to remove what is not there succeeds", port->remove(these));
    laws_.succeeds("to remove what is not there succeeds", port->remove(these));
    laws_.succeeds("to remove what is not there succeeds", port->remove({}));
    laws_.check(law, all(*port).empty(), "listed after all went");
    laws_.succeeds("a removed name can be taken again", put(*other, names[0], as_bytes("new")));
    holds("a removed name can be taken again", *port, names[0], as_bytes("new"), names[0]);
  }

  void at_once() {
    constexpr std::string_view law = "many write and read at once";
    const Port port = fresh();
    if (!port) return;
    const unsigned count = std::min(8U, port->capabilities().readers_max);
    std::vector<std::string> found(count);
    std::vector<std::thread> workers;
    for (unsigned me = 0; me < count; ++me) {
      workers.emplace_back([&, me] {
        for (unsigned round = 0; round < 12 && found[me].empty(); ++round) {
          // Some folders are shared, some come and go.
          const ObjectName name =
              "many/" + std::to_string(round % 3) + "/" + std::to_string(me) + "-" + std::to_string(round);
          const Bytes data = patterned(30'000 + me, round + 1);
          const auto receipt = put(*port, name, data, 10'000);
          if (!receipt) found[me] = name + ": " + receipt.error().sentence();
          const auto back = get(*port, name, 0, data.size());
          if (!back || *back != data) found[me] = name + " does not read back";
          const ObjectName one[] = {name};
          if (round % 2 == 0 && port->capabilities().remove && !port->remove(one)) found[me] = name + " is not removed";
        }
      });
    }
    for (std::thread& worker : workers) worker.join();
    for (const std::string& text : found) laws_.check(law, text.empty(), text);
    laws_.check(law, all(*port).size() == count * (port->capabilities().remove ? 6U : 12U), "the list is not of all");
  }

  Laws laws_;
  Open open_;
  unsigned store_ = 0;
};
using MediumLaws = BasicMediumLaws<>;

/// Runs the laws of a Medium: `REQUIRE(medium_laws<Mine>([&] { return Mine::Config{...}; }).all_hold())`.
template <Medium M, class Fresh>
Laws medium_laws(Fresh&& fresh) {
  std::vector<typename M::Config> stores;
  return MediumLaws("medium " + std::string(M::name),
                    [&](unsigned store) {
                      if (store > stores.size()) stores.push_back(fresh());
                      return open_medium<M>(stores[store - 1]);
                    })
      .run();
}

}  // namespace testing
}  // namespace lifeboat::inline LIFEBOAT_ABI
