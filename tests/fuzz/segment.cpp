// SPDX-License-Identifier: BSL-1.0
// A segment that nobody vouches for: by the walker, by a reader of the journal that it is alone, and now and then by
// the writer that goes on in it.
#include <lifeboat/journal/journal.hpp>

#include <sys/mman.h>

#include "support/read_any_journal.hpp"
#include "support/temp_folder.hpp"

using namespace lifeboat;
using namespace support;

namespace {

/// Sequences of the groups that a walk gives.
std::vector<std::uint64_t> walk(const Bytes& bytes) {
  const FileDescriptor file(::memfd_create("segment", MFD_CLOEXEC));
  must(file && pwrite_full(file.get(), 0, bytes) == 0, "no memory for a segment");
  const auto header = read_segment_header(file.get(), "segment", any_hash());
  if (!header) return {};
  std::vector<std::uint64_t> found;
  JournalPoint point = JournalPoint::at_head(*header);
  SegmentWalk walk(file.get(), *header, any_hash());
  for (auto step = walk.step(point); step && *step == WalkStep::batch; step = walk.step(point)) {
    for (const Frame& frame : walk.frames()) {
      must(found.empty() || group_head(frame)->sequence == found.back() + 1, "a group stands out of its order");
      found.push_back(group_head(frame)->sequence);
      walk_records(frame);
    }
    must(point.last == found.back() && point.next_sequence == point.last + 1, "a walk lost its place");
    must(point.offset <= bytes.size(), "a walk went beyond the segment");
  }
  (void)walk.commits_behind(point.offset).has_value();
  const auto written = walk.written_behind(point.offset);
  must(written && *written >= point.offset, "what is written ends before it begins");
  return found;
}

/// Groups of the journal in a folder, as a reader gives them.
std::vector<std::uint64_t> read(const std::string& folder) {
  std::vector<std::uint64_t> found;
  auto reader = JournalReader::open(folder);
  if (!reader) return found;
  for (auto group = reader->next(); group && *group; group = reader->next()) {
    found.push_back((*group)->position.sequence);
    walk_records((*group)->frame);
  }
  (void)JournalReader::open(folder)->verify().has_value();
  return found;
}

void read_any(const Bytes& bytes, bool write_on) {
  const std::vector<std::uint64_t> walked = walk(bytes);
  static const TempFolder place(::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
  const std::string folder = place / "j";
  ::mkdir(folder.c_str(), 0700);
  const std::string path = folder + "/" + segment_name(1);
  {
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    must(file && pwrite_full(file.get(), 0, bytes) == 0, "no room for a segment");
  }
  const std::vector<std::uint64_t> before = read(folder);
  must(before.size() <= walked.size() && std::equal(before.begin(), before.end(), walked.begin()),
       "a reader gives what a walk does not");
  if (!write_on) return;
  {
    auto journal = Journal::open({.folder = folder, .segment_length = 256U << 10U, .queue_bytes = 8192});
    if (journal) {
      must((*journal)->recovery().last >= (before.empty() ? 0 : before.back()), "a writer has less than a reader saw");
      journal->reset();
      const std::vector<std::uint64_t> after = read(folder);
      must(after == walked, "behind a writer a reader gives something else than what was whole");
    }
  }
  for (const char* const name : {"segment-0000000002", "spare", "lock"}) ::unlink((folder + "/" + name).c_str());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 64U << 10U) return 0;
  Bytes bytes = bytes_of(data, size);
  const bool write_on = xxh3_64(bytes, 1) % 64 == 0;
  read_any(bytes, write_on);
  mend_segment(bytes);
  read_any(bytes, write_on);
  return 0;
}
