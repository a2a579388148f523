// SPDX-License-Identifier: BSL-1.0
// A peer of the journal: SQLite with a WAL and synchronous=FULL, one insert of 128 bytes in each transaction.
#include <sqlite3.h>

#include "appends.hpp"

int main(int argc, char** argv) {
  bench::Appends appends(argc, argv);
  sqlite3* db = nullptr;
  const auto must = [&](int code) {
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE)
      std::fprintf(stderr, "%s\n", sqlite3_errmsg(db)), std::exit(1);
  };
  must(sqlite3_open((appends.folder() + "/peer.sqlite").c_str(), &db));
  for (const char* line : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
                           "CREATE TABLE entry(sequence INTEGER PRIMARY KEY, bytes BLOB NOT NULL)"})
    must(sqlite3_exec(db, line, nullptr, nullptr, nullptr));
  sqlite3_stmt* insert = nullptr;
  must(sqlite3_prepare_v2(db, "INSERT INTO entry(bytes) VALUES(?)", -1, &insert, nullptr));
  appends.run([&](const char* bytes, std::size_t size) {
    must(sqlite3_bind_blob(insert, 1, bytes, static_cast<int>(size), SQLITE_STATIC));
    must(sqlite3_step(insert));
    must(sqlite3_reset(insert));
  });
  sqlite3_finalize(insert);
  sqlite3_close(db);
  return 0;
}
