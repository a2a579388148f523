// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/guard.hpp>
#include <lifeboat/record/engine_state.hpp>

// A saved state: a head of 64 bytes that says up to which position it is, then what the state wrote.
//
//   state := "LBSTATE1" epoch:u64 sequence:u64 length:u64 digest:16 zero:u64 check:u64 bytes
//
// `digest` is XXH3 (128 bits) of the bytes, `check` XXH3 (64 bits, seed 0) of the head before it.
namespace lifeboat::inline LIFEBOAT_ABI {

inline constexpr std::size_t state_head_bytes = 64;
inline constexpr std::string_view state_magic = "LBSTATE1";

/// What stands at the head of a saved state.
struct StateHead {
  Position position;
  std::uint64_t length = 0;
  std::array<std::byte, xxh3_size> digest{};
};

template <class = void>
std::array<std::byte, state_head_bytes> encode_state_head(const StateHead& head) noexcept {
  std::array<std::byte, state_head_bytes> bytes{};
  std::memcpy(bytes.data(), state_magic.data(), state_magic.size());
  store_le(bytes.data() + 8, head.position.epoch);
  store_le(bytes.data() + 16, head.position.sequence);
  store_le(bytes.data() + 24, head.length);
  std::memcpy(bytes.data() + 32, head.digest.data(), head.digest.size());
  store_le(bytes.data() + 56, xxh3_64(ByteView(bytes).first(56), 0));
  return bytes;
}

/// Errors: corrupt.
template <class = void>
Result<StateHead> decode_state_head(ByteView bytes, const std::string& name) {
  if (bytes.size() != state_head_bytes || std::memcmp(bytes.data(), state_magic.data(), state_magic.size()) != 0)
    return Error{ErrorId::corrupt, name + " is no saved state"};
  if (load_le<std::uint64_t>(bytes.data() + 56) != xxh3_64(bytes.first(56), 0))
    return Error{ErrorId::corrupt, "the head of the saved state " + name + " is damaged"};
  StateHead head;
  head.position = {load_le<std::uint64_t>(bytes.data() + 8), load_le<std::uint64_t>(bytes.data() + 16)};
  head.length = load_le<std::uint64_t>(bytes.data() + 24);
  std::memcpy(head.digest.data(), bytes.data() + 32, head.digest.size());
  return head;
}

/// Where a state is saved to before it is read from there.
struct StateSpace {
  std::string folder{};            ///< of a temporary file without a name; empty: memory alone, up to `memory`
  std::size_t memory = 4U << 20U;  ///< what is held before it goes there
};

/// A state as it was when it was saved; any number of threads read it.
template <class = void>
class BasicSavedState final : public StateBytes {
 public:
  /// Errors: the state's own, callback_threw, limit, medium_full, state_folder.
  template <EngineState S>
  static Result<std::shared_ptr<const BasicSavedState>> of(S& state, const StateSpace& space) {
    const std::shared_ptr<BasicSavedState> saved(new BasicSavedState(space));
    LIFEBOAT_TRY(Xxh3Hash hash, Xxh3Hash::start());
    StateWriter writer(saved->spool_, hash, space.folder.empty() ? space.memory : ~std::uint64_t{0});
    LIFEBOAT_TRY(saved->head_.position, guarded("save of the engine's state", [&] { return state.save(writer); }));
    saved->head_.length = saved->spool_.size();
    LIFEBOAT_CHECK(hash.finish(saved->head_.digest));
    saved->head_bytes_ = encode_state_head(saved->head_);
    return std::shared_ptr<const BasicSavedState>(saved);
  }

  [[nodiscard]] Position position() const noexcept { return head_.position; }
  /// Of what the state wrote; XXH3, 128 bits: it finds what differs, not what was forged.
  [[nodiscard]] const std::array<std::byte, xxh3_size>& digest() const noexcept { return head_.digest; }
  /// With its head.
  [[nodiscard]] std::uint64_t size() const noexcept { return state_head_bytes + head_.length; }

  Result<std::size_t> read(std::uint64_t at, MutableBytes out) const override {
    std::size_t done = 0;
    if (at < state_head_bytes) {
      done = std::min(out.size(), static_cast<std::size_t>(state_head_bytes - at));
      std::memcpy(out.data(), head_bytes_.data() + at, done);
    }
    if (done == out.size()) return done;
    LIFEBOAT_TRY(const std::size_t more, spool_.read(at + done - state_head_bytes, out.subspan(done)));
    return done + more;
  }

 private:
  explicit BasicSavedState(const StateSpace& space) : spool_(space.folder, space.memory) {}

  StateHead head_;
  std::array<std::byte, state_head_bytes> head_bytes_{};
  Spool spool_;
};
using SavedState = BasicSavedState<>;

/// Loads a new state from what was saved; gives the position of its last group: replay goes on behind it. `name` is for
/// what is said. Errors: corrupt (no saved state, damage, or not all of it was read), the state's own, callback_threw.
template <EngineState S>
Result<Position> load_state(S& state, const StateBytes& from, std::uint64_t size, const std::string& name) {
  std::byte head_bytes[state_head_bytes];
  LIFEBOAT_TRY(const std::size_t got, from.read(0, head_bytes));
  LIFEBOAT_TRY(const StateHead head, decode_state_head(ByteView(head_bytes).first(got), name));
  if (head.length != size - state_head_bytes)
    return Error{ErrorId::corrupt, "the saved state " + name + " has " + std::to_string(size) +
                                       " bytes and should have " + std::to_string(head.length + state_head_bytes)};
  LIFEBOAT_TRY(Xxh3Hash hash, Xxh3Hash::start());
  StateReader reader(from, state_head_bytes, head.length, head.position, hash);
  LIFEBOAT_CHECK(guarded("load of the engine's state", [&] { return state.load(reader); }));
  if (reader.left() != 0)
    return Error{ErrorId::corrupt, "load left " + std::to_string(reader.left()) + " of the " +
                                       std::to_string(head.length) + " bytes of the saved state " + name};
  std::array<std::byte, xxh3_size> digest{};
  LIFEBOAT_CHECK(hash.finish(digest));
  if (digest != head.digest) return Error{ErrorId::corrupt, "the saved state " + name + " does not fit its digest"};
  return head.position;
}

/// The same from a file that was restored. Errors: object_missing, medium_io too.
template <EngineState S>
Result<Position> load_state(S& state, const std::string& path) {
  struct StateFileBytes final : StateBytes {
    FileDescriptor file;
    std::string path;
    Result<std::size_t> read(std::uint64_t at, MutableBytes out) const override {
      const auto got = read_full(file.get(), at, out);
      if (!got) return Error{ErrorId::medium_io, "the saved state " + path + " can not be read"}.because(got.error);
      return got.value;
    }
  } bytes;
  auto opened = open_at(AT_FDCWD, path.c_str(), O_RDONLY);
  if (!opened)
    return Error{ErrorId::object_missing, "there is no saved state " + path}.because(opened.error).unchanged();
  bytes.file = std::move(opened.value);
  bytes.path = path;
  const auto found = stat_of(bytes.file.get());
  if (!found) return Error{ErrorId::medium_io, "the saved state " + path + " can not be read"}.because(found.error);
  return load_state(state, bytes, static_cast<std::uint64_t>(found.value.st_size), path);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
