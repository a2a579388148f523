// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <lifeboat/archive/digest.hpp>
#include <lifeboat/core/codec.hpp>
#include <lifeboat/core/posix.hpp>

// The files that a replica keeps of its own: written whole, sealed by a digest, given their name when they are durable
// (docs/sync.md, "Its own files").
namespace lifeboat::inline LIFEBOAT_ABI {

enum class SealedKind : std::uint16_t { identity = 1, state = 2, intents = 3, pass = 4 };

inline constexpr std::string_view sealed_magic = "LBREPLIC";
inline constexpr std::size_t sealed_header_size = 16;
inline constexpr std::size_t sealed_footer_size = 8 + structural_size;
inline constexpr std::string_view sealed_tag{"lifeboat replica\0", 17};

/// Bytes of an open file, as walks of records read them.
struct SealedBytes {
  int descriptor = -1;
  Result<std::size_t> read(std::uint64_t at, MutableBytes out) const {
    const auto got = read_full(descriptor, at, out);
    if (got) return got.value;
    return Error{ErrorId::target_io, "a file of the replica's own can not be read"}.because(got.error);
  }
};

/// Writes one sealed file, front to back. Errors: target_io.
template <class = void>
class BasicSealedWriter {
 public:
  /// `name` is made new in `folder` and is the file's until it is renamed. `data_verifier` is for readers.
  static Result<BasicSealedWriter> create(int folder, std::string name, SealedKind kind, const VerifierPort& structural,
                                          std::uint16_t data_verifier = 0) {
    BasicSealedWriter writer;
    writer.folder_ = folder;
    writer.name_ = std::move(name);
    LIFEBOAT_TRY(writer.hash_, structural.begin());
    auto file = open_at(folder, writer.name_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    if (!file) return writer.failed("can not be made", file.error);
    writer.file_ = std::move(file.value);
    Bytes head;
    ByteWriter w(head);
    w.text(sealed_magic);
    w.fixed(static_cast<std::uint16_t>(kind));
    w.fixed(std::uint16_t{1});
    w.fixed(structural.traits().id);
    w.fixed(data_verifier);
    LIFEBOAT_CHECK(writer.hash_->update(as_bytes(sealed_tag)));
    LIFEBOAT_CHECK(writer.put(head));
    return writer;
  }

  Status put(ByteView data) {
    buffer_.insert(buffer_.end(), data.begin(), data.end());
    return buffer_.size() < flush_at ? ok() : flush();
  }
  [[nodiscard]] std::uint64_t position() const noexcept { return written_ + buffer_.size(); }

  /// Seals the file and makes it durable under the name that it was made with.
  Status seal() {
    Bytes length(8);
    store_le(length.data(), position() - sealed_header_size);
    LIFEBOAT_CHECK(put(length));
    LIFEBOAT_CHECK(flush());
    Bytes digest(structural_size);
    LIFEBOAT_CHECK(hash_->finish(digest));
    if (const int error = pwrite_full(file_.get(), written_, digest)) return failed("can not be written", error);
    if (const int error = sync_file(file_.get())) return failed("can not be made durable", error);
    return ok();
  }

  /// Gives the sealed file its name, in place of what had it, durably.
  Status publish(const char* name) {
    const int error = detail::errno_of([&] { return ::renameat(folder_, name_.c_str(), folder_, name); });
    if (error != 0) return failed("can not be renamed", error);
    if (const int unsynced = sync_file(folder_)) return failed("can not be made durable", unsynced);
    return ok();
  }
  [[nodiscard]] int descriptor() const noexcept { return file_.get(); }

 private:
  static constexpr std::size_t flush_at = std::size_t{1} << 17U;
  BasicSealedWriter() = default;

  Status flush() {
    LIFEBOAT_CHECK(hash_->update(buffer_));
    if (written_ + buffer_.size() + sealed_footer_size > file_size_limit()) return failed("can not be written", EFBIG);
    if (const int error = pwrite_full(file_.get(), written_, buffer_)) return failed("can not be written", error);
    written_ += buffer_.size();
    buffer_.clear();
    return ok();
  }
  [[nodiscard]] Error failed(const char* what, int error) const {
    return Error{ErrorId::target_io, "the replica's own file " + name_ + " " + what}.because(error);
  }

  int folder_ = -1;
  std::string name_;
  FileDescriptor file_;
  std::unique_ptr<HashPort> hash_;
  Bytes buffer_;
  std::uint64_t written_ = 0;
};
using SealedWriter = BasicSealedWriter<>;

/// A sealed file whose digest was checked.
struct SealedFile {
  FileDescriptor file;
  std::uint16_t data_verifier = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  [[nodiscard]] SealedBytes bytes() const noexcept { return {file.get()}; }
};

/// Opens and checks a sealed file: object_missing, corrupt, format_version, combination (another structural digest),
/// target_io. Reads it once.
template <class = void>
Result<SealedFile> open_sealed(int folder, const char* name, SealedKind kind, const VerifierPort& structural) {
  const std::string what = "the replica's own file " + std::string(name);
  auto opened = open_at(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (opened.error == ENOENT) return Error{ErrorId::object_missing, what + " is missing"};
  const auto found = opened ? stat_of(opened.value.get()) : SystemResult<struct stat>{{}, opened.error};
  if (!found) return Error{ErrorId::target_io, what + " can not be opened"}.because(found.error);
  const Error broken{ErrorId::corrupt, what + " is damaged"};
  const auto size = static_cast<std::uint64_t>(found.value.st_size);
  if (!S_ISREG(found.value.st_mode) || size < sealed_header_size + sealed_footer_size) return broken;
  SealedFile sealed{std::move(opened.value), 0, sealed_header_size, size - sealed_footer_size};
  LIFEBOAT_TRY(const std::unique_ptr<HashPort> hash, structural.begin());
  LIFEBOAT_CHECK(hash->update(as_bytes(sealed_tag)));
  Bytes piece(std::size_t{1} << 18U);
  for (std::uint64_t at = 0; at < size - structural_size;) {
    const std::uint64_t left = size - structural_size - at;
    const MutableBytes out(piece.data(), left < piece.size() ? static_cast<std::size_t>(left) : piece.size());
    LIFEBOAT_TRY(const std::size_t got, sealed.bytes().read(at, out));
    if (got != out.size()) return broken;
    if (at == 0) {
      if (as_text(out.first(8)) != sealed_magic) return broken;
      if (load_le<std::uint16_t>(piece.data() + 8) != static_cast<std::uint16_t>(kind)) return broken;
      if (load_le<std::uint16_t>(piece.data() + 10) != 1)
        return Error{ErrorId::format_version, what + " was written by a later version"}.unchanged();
      if (load_le<std::uint16_t>(piece.data() + 12) != structural.traits().id)
        return Error{ErrorId::combination, what + " was sealed with another structural digest than " +
                                               std::string(structural.traits().name)}
            .unchanged();
      sealed.data_verifier = load_le<std::uint16_t>(piece.data() + 14);
    }
    LIFEBOAT_CHECK(hash->update(out));
    at += got;
  }
  std::byte footer[sealed_footer_size];
  std::byte digest[structural_size];
  LIFEBOAT_TRY(const std::size_t got, sealed.bytes().read(sealed.end, footer));
  LIFEBOAT_CHECK(hash->finish(digest));
  if (got != sealed_footer_size || load_le<std::uint64_t>(footer) != sealed.end - sealed.begin ||
      std::memcmp(footer + 8, digest, structural_size) != 0)
    return broken;
  return sealed;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
