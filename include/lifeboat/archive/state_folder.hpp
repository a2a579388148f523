// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stdlib.h>
#include <sys/stat.h>

#include <optional>

#include <lifeboat/archive/chain_entry.hpp>
#include <lifeboat/archive/digest.hpp>
#include <lifeboat/archive/measured_run.hpp>
#include <lifeboat/core/owner.hpp>
#include <lifeboat/core/replace_file.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// The last entry of a chain that a source remembers: what shows that a repository was rolled back.
struct Anchor {
  std::uint64_t epoch = 0;
  std::uint64_t generation = 0;
  Digest digest;
};

/// A medium that a source was backed up to.
struct KnownMedium {
  std::string url;
  std::string repository;      ///< its id in hexadecimal
  std::uint64_t archives = 0;  ///< committed there, as last known
};

/// The folder in which a source remembers its media: a cache that can always be rebuilt, whose loss drops the anchor.
/// One process at a time holds its lock. Files: `lock`, `media` (a line for each), REPOSITORY-ID/anchor and
/// REPOSITORY-ID/measured (a line for each verb).
template <class = void>
class BasicStateFolder {
 public:
  /// Opens the folder, makes it (0700) where it is missing and `create` is set. Errors: state_folder.
  static Result<BasicStateFolder> open(std::string path, bool create) {
    BasicStateFolder state;
    state.path_ = std::move(path);
    if (create) LIFEBOAT_CHECK(state.make_path());
    auto folder = open_at(AT_FDCWD, state.path_.c_str(), O_RDONLY | O_DIRECTORY);
    if (!folder) {
      if (folder.error == ENOENT && !create) return state;
      return state.failed("can not be opened", folder.error);
    }
    state.folder_ = std::move(folder.value);
    return state;
  }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] bool there() const noexcept { return static_cast<bool>(folder_); }

  /// The lock, held for as long as what is given lives. Errors: busy.
  Result<FileDescriptor> lock() const {
    if (!there()) return FileDescriptor{};
    auto file = open_at(folder_.get(), "lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    if (!file) return failed("can not be locked", file.error);
    // As root, files would be left there that whoever keeps it can not read.
    if (const auto whose = stat_of(file.value.get()); whose)
      LIFEBOAT_CHECK(check_owner("the state folder " + path_, whose.value.st_uid));
    if (const int error = try_lock(file.value.get())) {
      if (error != EAGAIN) return failed("can not be locked", error);
      return Error{ErrorId::busy,
                   "another process is writing for this source (its state folder " + path_ + " is locked)"}
          .next("the same command again    # when that one has ended")
          .unchanged();
    }
    return std::move(file.value);
  }

  Result<std::optional<Anchor>> anchor(const Id& repository) const {
    std::string text;
    LIFEBOAT_TRY(const bool found, read_file(to_hex(repository.view()) + "/anchor", text));
    if (!found) return std::optional<Anchor>();
    Anchor anchor;
    const std::vector<std::string_view> words = split(text, ' ');
    if (words.size() < 4 || words[0] != "lifeboat-anchor-1" || !number(words[1], anchor.epoch) ||
        !number(words[2], anchor.generation))
      return std::optional<Anchor>();
    const Bytes digest = from_hex(words[3].substr(0, structural_size * 2));
    if (digest.size() != structural_size) return std::optional<Anchor>();
    anchor.digest = Digest(digest);
    return std::optional<Anchor>(anchor);
  }

  Status set_anchor(const Id& repository, const Anchor& anchor) {
    if (!there()) return ok();
    const std::string folder = to_hex(repository.view());
    if (::mkdirat(folder_.get(), folder.c_str(), 0700) == -1 && errno != EEXIST)
      return failed("can not be written", errno);
    const auto own = open_at(folder_.get(), folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!own) return failed("can not be written", own.error);
    const std::string text = "lifeboat-anchor-1 " + std::to_string(anchor.epoch) + " " +
                             std::to_string(anchor.generation) + " " + to_hex(anchor.digest.view()) + "\n";
    LIFEBOAT_CHECK(write_file(own.value.get(), "anchor", text));
    if (const int error = sync_file(folder_.get())) return failed("can not be made durable", error);
    return ok();
  }

  /// The run that the time of a restore is foretold by: the last restore that was measured, else a verification.
  Result<std::optional<MeasuredRun>> measured(const Id& repository) const {
    std::string text;
    LIFEBOAT_TRY(const bool found, read_file(to_hex(repository.view()) + "/measured", text));
    std::optional<MeasuredRun> best;
    if (!found) return best;
    for (const std::string_view line : split(text, '\n'))
      if (const auto run = parse_measured_line(line); run && (!best || run->verb == MeasuredVerb::restore)) best = run;
    return best;
  }

  /// Remembers a run in place of the last one of its verb. Nothing where the source does not know the repository: a
  /// look from elsewhere leaves nothing.
  Status set_measured(const Id& repository, const MeasuredRun& run) {
    if (!there()) return ok();
    const std::string folder = to_hex(repository.view());
    const auto own = open_at(folder_.get(), folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!own) return own.error == ENOENT ? ok() : Status(failed("can not be read", own.error));
    if (const auto whose = stat_of(own.value.get()); whose && whose.value.st_uid != ::geteuid()) return ok();
    std::string text;
    LIFEBOAT_TRY(const bool before, read_file(folder + "/measured", text));
    std::string kept = measured_line(run) + "\n";
    for (const std::string_view line : before ? split(text, '\n') : std::vector<std::string_view>())
      if (const auto other = parse_measured_line(line); other && other->verb != run.verb)
        kept.append(line).append("\n");
    return write_file(own.value.get(), "measured", kept);
  }

  Result<std::vector<KnownMedium>> media() const {
    std::string text;
    std::vector<KnownMedium> known;
    LIFEBOAT_TRY(const bool found, read_file("media", text));
    if (!found) return known;
    for (const std::string_view line : split(text, '\n')) {
      const std::size_t first = line.find(' ');
      const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
      if (second == std::string_view::npos) continue;
      KnownMedium medium;
      medium.repository = line.substr(0, first);
      if (!number(line.substr(first + 1, second - first - 1), medium.archives)) continue;
      medium.url = line.substr(second + 1);
      known.push_back(std::move(medium));
    }
    return known;
  }

  /// Remembers that a medium holds that many archives.
  Status remember(const KnownMedium& medium) {
    if (!there()) return ok();
    LIFEBOAT_TRY(std::vector<KnownMedium> known, media());
    bool found = false;
    for (KnownMedium& k : known)
      if (k.url == medium.url) {
        if (k.repository == medium.repository && k.archives == medium.archives) return ok();
        k = medium;
        found = true;
      }
    if (!found) known.push_back(medium);
    std::string text;
    for (const KnownMedium& k : known)
      if (k.url.find('\n') == std::string::npos)
        text += k.repository + " " + std::to_string(k.archives) + " " + k.url + "\n";
    return write_file(folder_.get(), "media", text);
  }

 private:
  Error failed(const char* what, int error) const {
    return Error{ErrorId::state_folder, "the state folder " + path_ + " " + what}
        .because(error)
        .next("--state DIR")
        .unchanged();
  }

  static bool number(std::string_view digits, std::uint64_t& value) {
    value = 0;
    if (digits.empty() || digits.size() > 19) return false;
    for (const char c : digits) {
      if (c < '0' || c > '9') return false;
      value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return true;
  }

  static std::vector<std::string_view> split(std::string_view text, char by) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
      const std::size_t end = text.find(by);
      parts.push_back(text.substr(0, end));
      if (end == std::string_view::npos) break;
      text.remove_prefix(end + 1);
    }
    return parts;
  }

  Status make_path() {
    const int error = make_folders(path_);
    return error == 0 ? ok() : Status(failed("can not be made", error));
  }

  Result<bool> read_file(const std::string& name, std::string& text) const {
    if (!there()) return false;
    auto file = open_at(folder_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW);
    if (!file) {
      if (file.error == ENOENT) return false;
      return failed("can not be read", file.error);
    }
    Bytes bytes(std::size_t{1} << 20U);
    const auto got = read_full(file.value.get(), 0, bytes);
    if (!got) return failed("can not be read", got.error);
    text.assign(as_text(ByteView(bytes).first(got.value)));
    return true;
  }

  Status write_file(int folder, const std::string& name, std::string_view text) {
    const int error = replace_file(folder, name, as_bytes(text));
    return error == 0 ? ok() : Status(failed("can not be written", error));
  }

  std::string path_;
  FileDescriptor folder_;
};
using StateFolder = BasicStateFolder<>;

/// Where a source's state stands unless told otherwise:
/// ${XDG_STATE_HOME:-$HOME/.local/state}/lifeboat/ and 16 digits of the SHA-256 of the source's absolute path.
template <class = void>
Result<std::string> default_state_folder(std::string_view absolute_source, const VerifierPort& sha256) {
  std::string base;
  if (const char* state = ::getenv("XDG_STATE_HOME"); state != nullptr && state[0] == '/') {
    base = state;
  } else if (const char* home = ::getenv("HOME"); home != nullptr && home[0] == '/') {
    base = std::string(home) + "/.local/state";
  } else {
    return Error{ErrorId::state_folder, "neither XDG_STATE_HOME nor HOME says where state can be kept"}
        .next("--state DIR")
        .unchanged();
  }
  LIFEBOAT_TRY(const std::unique_ptr<HashPort> hash, sha256.begin());
  LIFEBOAT_CHECK(hash->update(as_bytes(absolute_source)));
  std::byte digest[64];
  LIFEBOAT_CHECK(hash->finish({digest, sha256.traits().size}));
  return base + "/lifeboat/" + to_hex(ByteView(digest, 8));
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
