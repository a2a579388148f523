// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>

#include <lifeboat/archive/tar_reader.hpp>
#include <lifeboat/archive/tar_writer.hpp>

namespace support {

/// A data stream being made in memory; each member is decoded again as soon as it is encoded.
class TarStream {
 public:
  /// `content` is what the segments hold, one after the other; of a whole file all of it.
  lifeboat::TarMember add(const lifeboat::Entry& entry, std::span<const lifeboat::Segment> segments = {},
                          const std::string& content = {}) {
    const std::size_t at = bytes_.size();
    const auto member = lifeboat::encode_member(bytes_, entry, segments, at);
    fail(lifeboat::check_member(lifeboat::ByteView(bytes_).subspan(at), entry, segments, at));
    return data(member, content);
  }
  lifeboat::TarMember add_own(std::string_view name, const std::string& content) {
    const std::size_t at = bytes_.size();
    const auto member = lifeboat::encode_own_member(bytes_, archive, name, content.size(), at);
    fail(lifeboat::check_own_member(lifeboat::ByteView(bytes_).subspan(at), archive, name, content.size(), at));
    return data(member, content);
  }
  lifeboat::Bytes& end() {
    lifeboat::encode_end(bytes_);
    return bytes_;
  }
  [[nodiscard]] lifeboat::Bytes& bytes() noexcept { return bytes_; }

  lifeboat::ArchiveId archive{{std::byte{0xAB}, std::byte{0x01}}};

 private:
  static void fail(const lifeboat::Status& status) {
    if (!status) throw std::runtime_error(status.error().sentence());
  }
  lifeboat::TarMember data(const lifeboat::TarMember& member, const std::string& content) {
    if (member.data_offset != bytes_.size() || member.data_length != content.size())
      throw std::runtime_error("the data do not fit their member");
    const auto view = lifeboat::as_bytes(content);
    bytes_.insert(bytes_.end(), view.begin(), view.end());
    bytes_.resize(static_cast<std::size_t>(lifeboat::whole_blocks(bytes_.size())));
    return member;
  }

  lifeboat::Bytes bytes_;
};

inline void write_file(const std::string& path, lifeboat::ByteView bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}
inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What a run of the tar program said.
struct TarRun {
  int status = -1;
  std::string out;
  std::string err;
};

/// Runs `tar ARGUMENTS` by the shell; what it prints goes through files in `folder`.
inline TarRun run_tar(const std::string& folder, const std::string& arguments, const std::string& locale = "C") {
  const std::string out = folder + "/tar-out";
  const std::string err = folder + "/tar-err";
  const int status =
      std::system(("LC_ALL=" + locale + " TZ=UTC tar " + arguments + " >'" + out + "' 2>'" + err + "'").c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(out), read_file(err)};
}

}  // namespace support
