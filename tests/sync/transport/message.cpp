// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/transport/message.hpp>

#include <cstdlib>
#include <fstream>
#include <random>

#include "catch.hpp"

namespace test_message {

using namespace lifeboat;

namespace {

JournalHead example_head() {
  const Bytes chain = from_hex("a5004d3250df5e813fb872eba568a510a47f01c484cb3f6e23cd048ff8309326");
  JournalHead head{{1, 1}, {}};
  std::copy(chain.begin(), chain.end(), head.chain.begin());
  return head;
}

HelloMessage example_hello() {
  HelloMessage hello;
  hello.role = PeerRole::receiver;
  for (std::size_t i = 0; i < 16; ++i) hello.journal.bytes[i] = static_cast<std::byte>(i);
  hello.head = example_head();
  hello.time = {1'795'672'800, 250'000'000};
  hello.heartbeat_ms = 1000;
  hello.any_schema = true;
  return hello;
}

KeySetCheck example_check() {
  KeySetCheck check;
  check.fill(std::byte{0x11});
  return check;
}

template <class M>
Bytes bytes_of(const M& message) {
  Bytes out;
  put_message(out, message);
  return out;
}

template <class M>
M read_back(const Bytes& bytes) {
  const auto length = message_length(bytes);
  REQUIRE(length);
  REQUIRE(*length);
  REQUIRE(**length == bytes.size());
  const auto message = read_message(bytes);
  INFO((message ? std::string() : message.error().sentence()));
  REQUIRE(message);
  REQUIRE(std::holds_alternative<M>(*message));
  return std::get<M>(*message);
}

std::vector<Bytes> one_of_each() {
  SchemasMessage schemas;
  schemas.schemas = {Bytes(7, std::byte{1}), Bytes(), Bytes(300, std::byte{2})};
  HelloMessage hello = example_hello();
  hello.schemas = schemas.schemas;
  ShippedBatch batch;
  batch.epoch = 1;
  batch.after = 4;
  batch.first = 5;
  batch.last = 6;
  static const Bytes frames(144, std::byte{9});
  batch.frames = frames;
  return {bytes_of(hello),
          bytes_of(batch),
          bytes_of(AckMessage{example_head()}),
          bytes_of(WantMessage{example_head()}),
          bytes_of(HeartbeatMessage{{1, 1}, {5, 6}}),
          bytes_of(RefuseMessage{ErrorId::fenced, example_head(), "why"}),
          bytes_of(ByeMessage{}),
          bytes_of(schemas),
          bytes_of(DoubtMessage{example_hello().journal, schemas.schemas, batch}),
          bytes_of(HasMessage{example_head(), example_check()}),
          bytes_of(KeysMessage{frames}),
          bytes_of(WantRunMessage{7, 4096}),
          bytes_of(RunMessage{{7, 4096, frames}}),
          bytes_of(KeptMessage{example_head()}),
          bytes_of(ReserveMessage{{{1, 7}, {5, 6}}}),
          bytes_of(ReservedMessage{{{1, 7}, {5, 6}}}),
          bytes_of(ProveMessage{3, example_head(), 512}),
          bytes_of(ProofMessage{3, {}, example_head(), 9, 81, 7000, ErrorId::corrupt, "what"})};
}

}  // namespace

TEST_CASE("messages come back as they went") {
  const auto all = one_of_each();
  const auto hello = read_back<HelloMessage>(all[0]);
  CHECK(hello.role == PeerRole::receiver);
  CHECK(hello.head == example_head());
  CHECK(hello.journal == example_hello().journal);
  CHECK(hello.time == example_hello().time);
  CHECK(hello.any_schema);
  CHECK(hello.schemas.size() == 3);
  CHECK(hello.schemas[2].size() == 300);
  const auto data = read_back<DataMessage>(all[1]).batch;
  CHECK(data.after == 4);
  CHECK(data.last == 6);
  CHECK(data.frames.size() == 144);
  CHECK(read_back<AckMessage>(all[2]).head == example_head());
  CHECK(read_back<WantMessage>(all[3]).head == example_head());
  CHECK(read_back<HeartbeatMessage>(all[4]).time == Timestamp{5, 6});
  const auto refuse = read_back<RefuseMessage>(all[5]);
  CHECK(refuse.id == ErrorId::fenced);
  CHECK(refuse.text == "why");
  (void)read_back<ByeMessage>(all[6]);
  CHECK(read_back<SchemasMessage>(all[7]).schemas.size() == 3);
  const auto doubt = read_back<DoubtMessage>(all[8]);
  CHECK(doubt.journal == example_hello().journal);
  CHECK(doubt.schemas.size() == 3);
  CHECK(doubt.batch.first == 5);
  CHECK(doubt.batch.frames.size() == 144);
  const auto has = read_back<HasMessage>(all[9]);
  CHECK(has.doubt == example_head());
  CHECK(has.keys == example_check());
  CHECK(read_back<KeysMessage>(all[10]).set.size() == 144);
  CHECK(read_back<WantRunMessage>(all[11]).offset == 4096);
  const auto run = read_back<RunMessage>(all[12]).part;
  CHECK(run.number == 7);
  CHECK(run.offset == 4096);
  CHECK(run.bytes.size() == 144);
  CHECK(read_back<KeptMessage>(all[13]).head == example_head());
  CHECK(read_back<ReserveMessage>(all[14]).what == Reservation{{1, 7}, {5, 6}});
  CHECK(read_back<ReservedMessage>(all[15]).what == Reservation{{1, 7}, {5, 6}});
  const auto prove = read_back<ProveMessage>(all[16]);
  CHECK(prove.number == 3);
  CHECK(prove.after == example_head());
  CHECK(prove.batches == 512);
  const auto proof = read_back<ProofMessage>(all[17]);
  CHECK(proof.number == 3);
  CHECK(proof.begin == JournalHead{});
  CHECK(proof.end == example_head());
  CHECK(proof.batches == 9);
  CHECK(proof.groups == 81);
  CHECK(proof.bytes == 7000);
  CHECK(proof.id == ErrorId::corrupt);
  CHECK(proof.text == "what");
}

TEST_CASE("the bytes of docs/protocol.md are the bytes of the program") {
  const char* const root = std::getenv("LIFEBOAT_SOURCE_DIR");
  REQUIRE(root != nullptr);
  std::ifstream file(std::string(root) + "/docs/protocol.md");
  std::string line;
  std::vector<Bytes> blocks;
  bool inside = false;
  while (std::getline(file, line)) {
    if (line.rfind("```", 0) == 0) {
      inside = line == "```hex";
      if (inside) blocks.emplace_back();
    } else if (inside) {
      std::string digits = line.substr(0, line.find("  "));
      std::erase(digits, ' ');
      const Bytes more = from_hex(digits);
      REQUIRE(more.size() * 2 == digits.size());
      blocks.back().insert(blocks.back().end(), more.begin(), more.end());
    }
  }
  REQUIRE(blocks.size() == 10);
  CHECK(to_hex(blocks[0]) == to_hex(bytes_of(example_hello())));
  CHECK(to_hex(blocks[1]) == to_hex(bytes_of(AckMessage{example_head()})));
  CHECK(to_hex(blocks[2]) == to_hex(bytes_of(HeartbeatMessage{{1, 1}, {1'795'672'801, 0}})));
  CHECK(to_hex(blocks[3]) == to_hex(bytes_of(HasMessage{{}, example_check()})));
  CHECK(to_hex(blocks[4]) == to_hex(bytes_of(WantRunMessage{7, 0})));
  CHECK(to_hex(blocks[5]) == to_hex(bytes_of(RunMessage{{7, 0, {}}})));
  CHECK(to_hex(blocks[6]) == to_hex(bytes_of(KeptMessage{example_head()})));
  CHECK(to_hex(blocks[7]) == to_hex(bytes_of(ReserveMessage{{{1, 1'048'577}, {1'795'672'860, 0}}})));
  CHECK(to_hex(blocks[8]) == to_hex(bytes_of(ProveMessage{1, {}, 4096})));
  CHECK(to_hex(blocks[9]) == to_hex(bytes_of(ProofMessage{1, {}, example_head(), 1, 1, 96, {}, {}})));
}

namespace {

/// Of a message that ends with bytes of any number: how long it is without them; else its length.
std::size_t shortest(std::uint32_t type, std::size_t length) {
  switch (static_cast<MessageType>(type)) {
    case MessageType::data:
    case MessageType::doubt:
    case MessageType::run: return length - 144;
    case MessageType::keys: return message_head_bytes;
    default: return length;
  }
}

}  // namespace

TEST_CASE("what is cut, longer or changed is refused or is another message, and never read beyond its end") {
  for (const Bytes& good : one_of_each()) {
    const auto type = load_le<std::uint32_t>(good.data() + 4);
    CAPTURE(type);
    for (std::size_t length = message_head_bytes; length < good.size(); ++length) {
      // A copy of that very length, so that a sanitizer sees a byte too far.
      const Bytes cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length));
      const bool whole = read_message(cut).has_value();
      CHECK(whole == (length >= shortest(type, good.size())));
    }
    Bytes longer = good;
    longer.push_back(std::byte{0});
    CHECK(read_message(longer).has_value() == (shortest(type, good.size()) < good.size()));
  }
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 dice(seed);
  for (int round = 0; round < 20'000; ++round) {
    const auto all = one_of_each();
    Bytes bad = all[dice() % all.size()];
    for (auto flips = 1 + dice() % 4; flips != 0; --flips) bad[dice() % bad.size()] = static_cast<std::byte>(dice());
    const auto length = message_length(bad);
    if (!length || !*length || **length < message_head_bytes || **length > bad.size()) continue;
    (void)read_message(ByteView(bad).first(**length)).has_value();
  }
}

TEST_CASE("what another program sends is no message, and a text in a refusal is plain") {
  CHECK_FALSE(message_length(as_bytes("GET / HTTP/1.1\r\n")));
  CHECK_FALSE(message_length(Bytes(16, std::byte{0})));
  CHECK_FALSE(message_length(Bytes(16, std::byte{0xFF})));
  CHECK_FALSE(*message_length(Bytes(7, std::byte{0})));
  const auto refuse = read_back<RefuseMessage>(bytes_of(RefuseMessage{ErrorId::fenced, {}, "a\x1b[2Jb\n"}));
  CHECK(refuse.text == "a?[2Jb?");
  CHECK(read_back<ProofMessage>(bytes_of(ProofMessage{1, {}, {}, 0, 0, 0, ErrorId::corrupt, "a\x1b"})).text == "a?");
  for (const std::uint32_t none : {std::uint32_t{0}, prove_batches_max + 1})
    CHECK_FALSE(read_message(bytes_of(ProveMessage{1, {}, none})));
  const RefuseMessage endless{ErrorId::fenced, {}, std::string(100'000, 'x')};
  CHECK(read_back<RefuseMessage>(bytes_of(endless)).text.size() == refusal_text_max);
  HelloMessage proves = example_hello();
  CHECK_FALSE(read_back<HelloMessage>(bytes_of(proves)).proves);
  proves.proves = true;
  CHECK(read_back<HelloMessage>(bytes_of(proves)).proves);
  // A hello of a version to come may say more.
  HelloMessage later = example_hello();
  later.highest = 2;
  Bytes bytes = bytes_of(later);
  bytes.push_back(std::byte{1});
  CHECK(read_message(bytes).has_value());
}

}  // namespace test_message
