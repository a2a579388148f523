// SPDX-License-Identifier: BSL-1.0
// The journal as its peers are measured: one group of 128 bytes after the other, each durable before the next.
#include <lifeboat/journal/journal.hpp>

#include "appends.hpp"

using namespace lifeboat;

struct Entry {
  std::array<std::uint8_t, 128> bytes;
};
BOOST_HANA_ADAPT_STRUCT(Entry, bytes);

int main(int argc, char** argv) {
  bench::Appends appends(argc, argv);
  auto journal = Journal::open({.folder = appends.folder() + "/journal", .schemas = {schema_bytes<Entry>()}});
  if (!journal) std::fprintf(stderr, "%s\n", journal.error().sentence().c_str()), std::exit(1);
  appends.run([&](const char* bytes, std::size_t size) {
    Entry entry{};
    std::memcpy(entry.bytes.data(), bytes, std::min(size, entry.bytes.size()));
    (*journal)->append(entry).match([](Acked<LocalDurable>) {}, [](NotWritten) { std::exit(1); },
                                    [](Unknown) { std::exit(1); });
  });
  return 0;
}
