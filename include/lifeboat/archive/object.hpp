// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <lifeboat/archive/digest.hpp>
#include <lifeboat/core/codec.hpp>
#include <lifeboat/core/time.hpp>

// The shape that descriptor, chain entries and seals share (docs/format.md, "Small objects").
namespace lifeboat::inline LIFEBOAT_ABI {

enum class ObjectKind : std::uint16_t { descriptor = 1, chain_entry = 2, seal = 3, manifest = 4 };

inline constexpr std::uint16_t format_version = 1;
inline constexpr std::size_t object_header_size = 32;
inline constexpr std::uint64_t small_object_max = 16ULL << 20U;
/// Feature bits that this version understands: none yet.
inline constexpr std::uint64_t known_mandatory_features = 0;

/// Appends the 32 bytes with which every object begins.
template <class = void>
void put_object_header(Bytes& out, ObjectKind kind) {
  ByteWriter w(out);
  w.text("LIFEBOAT");
  w.fixed(static_cast<std::uint16_t>(kind));
  w.fixed(format_version);
  w.fixed(std::uint32_t{0});
  w.fixed(std::uint64_t{0});
  w.fixed(std::uint64_t{0});
}

/// Checks those 32 bytes. `name` is for the message.
template <class = void>
Status check_object_header(ByteReader& r, ObjectKind kind, std::string_view name) {
  const std::string_view magic = as_text(r.bytes(8));
  const auto found = r.fixed<std::uint16_t>();
  const auto version = r.fixed<std::uint16_t>();
  const auto zero = r.fixed<std::uint32_t>();
  const auto mandatory = r.fixed<std::uint64_t>();
  (void)r.fixed<std::uint64_t>();
  if (!r.good() || magic != "LIFEBOAT" || found != static_cast<std::uint16_t>(kind) || zero != 0)
    return Error{ErrorId::corrupt, std::string(name) + " does not begin as such an object does"};
  if (version != format_version)
    return Error{ErrorId::format_version, std::string(name) + " is of format version " + std::to_string(version) +
                                              ", this program reads version " + std::to_string(format_version)}
        .next("use the lifeboat that wrote it, or a newer one");
  if (const std::uint64_t unknown = mandatory & ~known_mandatory_features; unknown != 0) {
    unsigned bit = 0;
    while (((unknown >> bit) & 1U) == 0) ++bit;
    return Error{ErrorId::feature_unknown, std::string(name) + " needs feature " + std::to_string(bit) +
                                               ", which this program does not know, unless its header is damaged"}
        .next("use the lifeboat that wrote it, or a newer one");
  }
  return ok();
}

/// Writes the fields of an object, tags ascending.
class FieldWriter {
 public:
  explicit FieldWriter(Bytes& out) noexcept : w_(out) {}
  void bytes(std::uint64_t tag, ByteView value) {
    w_.varint(tag);
    w_.counted(value);
  }
  void text(std::uint64_t tag, std::string_view value) { bytes(tag, as_bytes(value)); }
  /// A field that is left out when it is empty.
  void optional_text(std::uint64_t tag, std::string_view value) {
    if (!value.empty()) text(tag, value);
  }
  template <class T>
  void fixed(std::uint64_t tag, T value) {
    std::byte raw[sizeof(T)];
    store_le(raw, value);
    bytes(tag, {raw, sizeof(T)});
  }
  void time(std::uint64_t tag, Timestamp value) {
    std::byte raw[12];
    store_le(raw, value.seconds);
    store_le(raw + 8, value.nanoseconds);
    bytes(tag, raw);
  }

 private:
  ByteWriter w_;
};

/// One field of an object being read.
struct Field {
  std::uint64_t tag = 0;
  ByteView value;

  template <class T>
  [[nodiscard]] bool get(T& out) const noexcept {
    if (value.size() != sizeof(T)) return false;
    out = load_le<T>(value.data());
    return true;
  }
  [[nodiscard]] bool get(std::string& out) const {
    out.assign(as_text(value));
    return true;
  }
  [[nodiscard]] bool get(Id& out) const noexcept {
    if (value.size() != out.bytes.size()) return false;
    std::memcpy(out.bytes.data(), value.data(), value.size());
    return true;
  }
  [[nodiscard]] bool get(Digest& out) const noexcept {
    out = Digest(value);
    return value.size() == structural_size;
  }
  [[nodiscard]] bool get(Timestamp& out) const noexcept {
    if (value.size() != 12) return false;
    out.seconds = load_le<std::int64_t>(value.data());
    out.nanoseconds = load_le<std::uint32_t>(value.data() + 8);
    return out.nanoseconds < 1'000'000'000;
  }
  [[nodiscard]] bool get(std::vector<Id>& out) const {
    if (value.size() % 16 != 0) return false;
    ByteReader r(value);
    while (!r.at_end()) out.push_back(r.id());
    return true;
  }
};

/// Reads fields one after the other; tags never descend.
class FieldReader {
 public:
  explicit FieldReader(ByteView fields) noexcept : r_(fields) {}
  /// The next field, or false at the end or where the bytes do not fit.
  bool next(Field& field) noexcept {
    if (!r_.good() || r_.at_end()) return false;
    const std::uint64_t tag = r_.varint();
    if (tag < last_) r_.fail();
    last_ = tag;
    field = {tag, r_.counted()};
    return r_.good();
  }
  [[nodiscard]] bool good() const noexcept { return r_.good(); }

 private:
  ByteReader r_;
  std::uint64_t last_ = 0;
};

/// Ends an object: appends the digest over everything before it, and gives that digest.
template <class = void>
Result<Digest> seal_object(Bytes& object, HashPort& hash) {
  LIFEBOAT_TRY(const Digest digest, tagged_digest(hash, digest_tag::object, {object}));
  object.insert(object.end(), digest.bytes.begin(), digest.bytes.begin() + structural_size);
  return digest;
}

struct OpenedObject {
  ByteView fields;
  Digest digest;
};

/// Checks header and digest of a whole object and gives its fields.
template <class = void>
Result<OpenedObject> open_object(ByteView object, ObjectKind kind, HashPort& hash, std::string_view name) {
  if (object.size() < object_header_size + structural_size)
    return Error{ErrorId::corrupt, std::string(name) + " is cut short"};
  ByteReader r(object);
  LIFEBOAT_CHECK(check_object_header(r, kind, name));
  const ByteView body = object.first(object.size() - structural_size);
  LIFEBOAT_TRY(const Digest digest, tagged_digest(hash, digest_tag::object, {body}));
  if (digest != Digest(object.last(structural_size)))
    return Error{ErrorId::corrupt, std::string(name) + " does not fit its digest"};
  return OpenedObject{body.subspan(object_header_size), digest};
}

/// Reads a small object whole.
template <class = void>
Result<Bytes> read_small_object(MediumPort& medium, const ObjectName& name) {
  Bytes object(4096);
  std::size_t filled = 0;
  while (true) {
    LIFEBOAT_TRY(const std::size_t got, medium.read(name, filled, MutableBytes(object).subspan(filled)));
    filled += got;
    if (filled < object.size()) break;
    if (object.size() >= small_object_max)
      return Error{ErrorId::corrupt, name + " is longer than such an object can be"};
    object.resize(object.size() * 4);
  }
  object.resize(filled);
  return object;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
