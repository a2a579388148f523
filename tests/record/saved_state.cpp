// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/saved_state.hpp>

#include <fstream>

#include "catch.hpp"
#include "support/temp_folder.hpp"

namespace test_saved_state {

using namespace lifeboat;

namespace {

/// Bytes, written and read in pieces of one length.
struct Blob {
  Bytes bytes;
  std::size_t piece = 1000;
  Position position{3, 14};
  std::size_t reads_less = 0;

  Result<Position> save(StateWriter& writer) {
    LIFEBOAT_CHECK(writer.fixed(static_cast<std::uint32_t>(bytes.size())));
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      LIFEBOAT_CHECK(writer.write(ByteView(bytes).subspan(at, std::min(piece, bytes.size() - at))));
    return position;
  }
  Status load(StateReader& reader) {
    position = reader.position();
    LIFEBOAT_TRY(const std::uint32_t size, reader.fixed<std::uint32_t>());
    bytes.resize(size - reads_less);
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      LIFEBOAT_CHECK(reader.read(MutableBytes(bytes).subspan(at, std::min(piece, bytes.size() - at))));
    return ok();
  }
};
struct Throwing {
  Result<Position> save(StateWriter&) { throw std::runtime_error("not now"); }
  Status load(StateReader&) { throw std::runtime_error("not now"); }
};

Blob blob(std::size_t size) {
  Blob made;
  for (std::size_t i = 0; i < size; ++i) made.bytes.push_back(static_cast<std::byte>(i * 7919 >> 3U));
  return made;
}

std::shared_ptr<const SavedState> saved(Blob& of, const StateSpace& space = {}) {
  auto done = SavedState::of(of, space);
  INFO((done ? std::string() : done.error().sentence()));
  REQUIRE(done);
  return *done;
}

Bytes all_of(const StateBytes& from, std::uint64_t size) {
  Bytes bytes(static_cast<std::size_t>(size) + 1);
  const auto got = from.read(0, bytes);
  REQUIRE(got);
  REQUIRE(*got == size);
  bytes.resize(*got);
  return bytes;
}

void put(const std::string& path, const Bytes& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

TEST_CASE("what is saved is loaded, whatever its size and where it was held") {
  const support::TempFolder folder;
  for (const std::size_t size : {0U, 1U, 999U, 300'000U, 1'500'000U})
    for (const std::size_t piece : {7U, 1000U, 1'000'000U}) {
      Blob one = blob(size);
      one.piece = piece;
      const auto in_file = saved(one, {.folder = folder.path(), .memory = 4096});
      const auto in_memory = saved(one);
      CHECK(in_file->digest() == in_memory->digest());
      CHECK(all_of(*in_file, in_file->size()) == all_of(*in_memory, in_memory->size()));
      Blob two;
      two.piece = piece;
      two.position = {};
      const auto position = load_state(two, *in_file, in_file->size(), "it");
      REQUIRE(position);
      CHECK(*position == Position{3, 14});
      CHECK(two.position == *position);
      CHECK(two.bytes == one.bytes);
    }
}

TEST_CASE("without a folder a state has the memory that it was given") {
  Blob one = blob(100'000);
  const auto refused = SavedState::of(one, {.memory = 50'000});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::limit);
  CHECK(SavedState::of(one, {.folder = "/nowhere/at/all", .memory = 50'000}).error().id() == ErrorId::state_folder);
}

TEST_CASE("every byte of a saved state is under a check") {
  const support::TempFolder folder;
  Blob one = blob(200);
  const auto it = saved(one);
  const Bytes good = all_of(*it, it->size());
  CHECK(good.size() == state_head_bytes + 204);
  const std::string path = folder / "state";
  put(path, good);
  Blob two;
  REQUIRE(load_state(two, path));
  CHECK(two.bytes == one.bytes);
  for (std::size_t at = 0; at < good.size(); ++at) {
    Bytes bad = good;
    bad[at] ^= std::byte{1};
    put(path, bad);
    Blob three;
    const auto refused = load_state(three, path);
    INFO(at);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().id() == ErrorId::corrupt);
  }
  for (const std::size_t length : {std::size_t{0}, std::size_t{63}, std::size_t{64}, good.size() - 1}) {
    put(path, Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)));
    Blob three;
    CHECK(load_state(three, path).error().id() == ErrorId::corrupt);
  }
  Blob three;
  CHECK(load_state(three, folder / "none").error().id() == ErrorId::object_missing);
}

TEST_CASE("a load that leaves something, or asks for more than there is, is an error") {
  Blob one = blob(100);
  const auto it = saved(one);
  Blob less;
  less.reads_less = 10;
  const auto left = load_state(less, *it, it->size(), "it");
  REQUIRE_FALSE(left);
  CHECK(left.error().sentence() == "load left 10 of the 104 bytes of the saved state it");
  Blob more;
  more.reads_less = static_cast<std::size_t>(-1);
  const auto beyond = load_state(more, *it, it->size(), "it");
  REQUIRE_FALSE(beyond);
  CHECK(beyond.error().id() == ErrorId::corrupt);
}

TEST_CASE("a counted part is never longer than what is left or allowed") {
  struct Counted {
    std::size_t most = 0;
    std::size_t got = 0;
    Result<Position> save(StateWriter& writer) {
      LIFEBOAT_CHECK(writer.counted(as_bytes("hello")));
      return Position{};
    }
    Status load(StateReader& reader) {
      LIFEBOAT_TRY(const Bytes bytes, reader.counted(most));
      got = bytes.size();
      return ok();
    }
  } one{5};
  const auto it = SavedState::of(one, {});
  REQUIRE(it);
  REQUIRE(load_state(one, **it, (*it)->size(), "it"));
  CHECK(one.got == 5);
  one.most = 4;
  CHECK(load_state(one, **it, (*it)->size(), "it").error().id() == ErrorId::corrupt);
}

TEST_CASE("what a state throws is an error") {
  Throwing state;
  const auto refused = SavedState::of(state, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::callback_threw);
  Blob one = blob(1);
  const auto it = saved(one);
  CHECK(load_state(state, *it, it->size(), "it").error().id() == ErrorId::callback_threw);
}

}  // namespace test_saved_state
