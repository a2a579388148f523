// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/archive/tar_records.hpp>

#include "catch.hpp"
#include "support/tar_tampered.hpp"

namespace test_tar_records {

using namespace lifeboat;
using namespace support;

TEST_CASE("numbers and times are read in one form each", "[archive][tar]") {
  std::uint64_t value = 0;
  CHECK((detail::tar_decimal("0", value) && value == 0));
  CHECK((detail::tar_decimal("9223372036854775807", value) && value == 9'223'372'036'854'775'807U));
  for (const std::string_view bad : {"", "00", "01", "+1", "-1", " 1", "1 ", "9223372036854775808", "1e3"})
    CHECK_FALSE(detail::tar_decimal(bad, value));
  Timestamp time;
  CHECK((detail::tar_time("-1.5", time) && time == Timestamp{-2, 500'000'000}));
  CHECK((detail::tar_time("-0.000000001", time) && time == Timestamp{-1, 999'999'999}));
  CHECK((detail::tar_time("-3", time) && time == Timestamp{-3, 0}));
  CHECK((detail::tar_time("0", time) && time == Timestamp{0, 0}));
  CHECK((detail::tar_time("7.25", time) && time == Timestamp{7, 250'000'000}));
  CHECK(detail::tar_path_is_safe("a/.b/..c/..."));
  for (const std::string_view bad : {"", "/", "a/", "/a", "a//b", ".", "..", "a/..", "../a", "a/./b"})
    CHECK_FALSE(detail::tar_path_is_safe(bad));
}

TEST_CASE("records that are not ours are refused", "[archive][tar]") {
  CHECK(with_records("11 mtime=3\n") == "");
  CHECK(with_records("11 mtime=3\n12 comment=\n") == "");
  for (const std::string_view bad :
       {"x", "11", " mtime=3\n", "011 mtime=3\n", "10 mtime=3\n", "12 mtime=3\n", "11 mtime=3x", "0 \n", "3 \n",
        "4 =\n", "8 mtime\n", "99999999999999999999 x=\n", "9223372036854775807 x=\n", "18446744073709551615 x=\n",
        "-11 mtime=3\n", "+11 mtime=3\n"}) {
    INFO(bad);
    CHECK(has(with_records(bad), "record"));
  }
  for (const std::string_view good : {"mtime=-9223372036854775808", "mtime=-0.5", "mtime=9223372036854775807.999999999",
                                      "uid=4294967295", "SCHILY.xattr.a%3D%25=x", "RHT.security.selinux=a:b",
                                      "SCHILY.acl.access=user::rw-\n", "path=./a\nb", "uname=\xff"}) {
    INFO(good);
    CHECK(with_records(record(good)) == "");
  }
  for (const std::string_view bad : {"atime=3",
                                     "hdrcharset=BINARY",
                                     "mtime=x",
                                     "mtime=03",
                                     "mtime=-",
                                     "mtime=",
                                     "mtime=3.",
                                     "mtime=.5",
                                     "mtime=3.0000000000",
                                     "mtime=3.-5",
                                     "mtime=9223372036854775808",
                                     "mtime=-9223372036854775808.1",
                                     "mtime=-9223372036854775809",
                                     "size=9223372036854775808",
                                     "size=18446744073709551617",
                                     "uid=4294967296",
                                     "uid=-1",
                                     "uid=",
                                     "gid=01",
                                     "path=../x",
                                     "path=/x",
                                     "path=x",
                                     "path=",
                                     "path=./",
                                     "GNU.sparse.major=1",
                                     "linkpath=./evil",
                                     "SCHILY.xattr.a%=",
                                     "SCHILY.xattr.a%3d=",
                                     "SCHILY.xattr.a%00=",
                                     "SCHILY.xattr.=",
                                     "SCHILY.xattr",
                                     "VENDOR.x=1",
                                     "SCHILY.acl.default=x",
                                     "SCHILY.acl.access="}) {
    INFO(bad);
    CHECK(with_records(record(bad)) != "");
  }
  CHECK(has(with_records(record("mtime=3") + record("mtime=3")), "twice"));
  CHECK(has(with_records(record("SCHILY.xattr.a=") + record("SCHILY.xattr.a=")), "out of order"));
  CHECK(has(with_records(record("SCHILY.xattr.b=") + record("SCHILY.xattr.a=")), "out of order"));
  CHECK(with_records(record("SCHILY.xattr.a=") + record("SCHILY.xattr.b=")) == "");
  CHECK(has(with_records(record(std::string_view("path=./a\0b", 10))), "zero"));
  CHECK(has(with_records(record(std::string_view("SCHILY.xattr.a\0b=", 17))), "zero"));
  CHECK(with_records(record(std::string_view("SCHILY.xattr.a=\0", 16))) == "");
  CHECK(has(with_records("11 mtime=3\n", 2U << 20U), "extended header"));
  CHECK(has(with_records("11 mtime=3\n", 077777777777), "extended header"));
  CHECK(has(with_records("11 mtime=3\n", 1U << 20U), "ends too early"));
  CHECK(has(with_records(""), "no length"));
  CHECK(has(with_records(record("size=131072123456") + record(std::string(500, 'u').replace(0, 6, "uname="))),
            "not aligned"));
}

}  // namespace test_tar_records
