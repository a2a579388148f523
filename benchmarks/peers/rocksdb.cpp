// SPDX-License-Identifier: BSL-1.0
// A peer of the journal: RocksDB with WriteOptions::sync, one put of 128 bytes after the other.
#include <rocksdb/db.h>

#include "appends.hpp"

int main(int argc, char** argv) {
  bench::Appends appends(argc, argv);
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  const auto must = [](const rocksdb::Status& status) {
    if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str()), std::exit(1);
  };
  must(rocksdb::DB::Open(options, appends.folder() + "/peer.rocksdb", &opened));
  const std::unique_ptr<rocksdb::DB> db(opened);
  rocksdb::WriteOptions durable;
  durable.sync = true;
  std::uint64_t sequence = 0;
  appends.run([&](const char* bytes, std::size_t size) {
    ++sequence;
    must(db->Put(durable, rocksdb::Slice(reinterpret_cast<const char*>(&sequence), sizeof sequence),
                 rocksdb::Slice(bytes, size)));
  });
  return 0;
}
