// SPDX-License-Identifier: BSL-1.0
#include <grp.h>

#include <catch.hpp>

#include <lifeboat/core/owner.hpp>

#include "support/in_child.hpp"
#include "support/temp_folder.hpp"

namespace test_owner {

using namespace lifeboat;

namespace {

constexpr uid_t stranger = 65534;

/// What `body` says as somebody else, who has no right to anything of ours.
template <class Body>
std::string as_stranger(Body&& body) {
  return support::in_child([&]() -> std::string {
           if (::setgroups(0, nullptr) != 0 || ::setgid(stranger) != 0 || ::setuid(stranger) != 0) return "NOT RUN";
           return body();
         })
      .text;
}

std::string text_of(const Error& error) {
  return std::string(to_string(error.id())) + ": " + error.sentence() + " (" + std::to_string(error.system_error()) +
         ")" + (error.is_unchanged() ? " unchanged" : "") + "\n" + error.next();
}

/// A folder that a stranger may enter, with one inside that he may not.
struct Folders {
  support::TempFolder top;
  std::string shut = top.path() + "/shut";
  Folders() {
    REQUIRE(::chmod(top.path().c_str(), 0755) == 0);
    REQUIRE(::mkdir(shut.c_str(), 0700) == 0);
    REQUIRE(::mkdir((shut + "/inside").c_str(), 0755) == 0);
  }
};

}  // namespace

TEST_CASE("a user is called by name, or by a number that sudo takes") {
  CHECK(user_text(0) == "root");
  CHECK(user_text(3'000'000'001U) == "'#3000000001'");
}

TEST_CASE("what is in the way is the first folder that may not be entered") {
  const Folders folders;
  CHECK(!in_the_way(folders.top.path() + "/nothing/here"));
  const auto own = in_the_way(folders.shut + "/inside");
  REQUIRE(own);
  CHECK(own->path == folders.shut + "/inside");
  CHECK(own->owner == ::geteuid());
  if (::geteuid() != 0) {
    WARN("NOT RUN: only root can become somebody else");
    return;
  }
  CHECK(as_stranger([&] { return in_the_way(folders.shut + "/inside/deep").value_or(InTheWay{"none"}).path; }) ==
        folders.shut);
  CHECK(as_stranger([&] { return in_the_way(folders.shut).value_or(InTheWay{"none"}).path; }) == folders.shut);
}

TEST_CASE("what can not be opened is another error where somebody else closed it") {
  const Folders folders;
  const std::string inside = folders.shut + "/inside";
  CHECK(text_of(not_opened(ErrorId::medium_io, "it", inside, EIO)) ==
        "LB-MEDIUM-IO: it (" + std::to_string(EIO) + ") unchanged\n");
  // One's own folder is closed by its mode: nobody else can help.
  CHECK(not_opened(ErrorId::medium_io, "it", inside, EACCES).id() == ErrorId::medium_io);
  if (::geteuid() != 0) {
    WARN("NOT RUN: only root can become somebody else");
    return;
  }
  CHECK(as_stranger([&] { return text_of(not_opened(ErrorId::medium_io, "it", inside, EACCES)); }) ==
        "LB-FOREIGN-OWNER: it: " + folders.shut + " belongs to root, and " + user_text(stranger) + " may not use it (" +
            std::to_string(EACCES) + ") unchanged\nsudo -u root !!");
}

TEST_CASE("what can not be made is made by whom the folder above belongs to") {
  const Folders folders;
  const auto other = [] { return Error{ErrorId::target_io, "no room"}.because(ENOSPC); };
  CHECK(text_of(not_made("it", folders.shut + "/new", ENOSPC, other())) ==
        "LB-TARGET-IO: no room (" + std::to_string(ENOSPC) + ") unchanged\n");
  CHECK(not_made("it", folders.shut + "/new", EACCES, other()).id() == ErrorId::target_io);
  if (::geteuid() != 0) {
    WARN("NOT RUN: only root can become somebody else");
    return;
  }
  const std::string wanted = folders.top.path() + "/a new";
  const std::string told = as_stranger([&] { return text_of(not_made("it", wanted, EACCES, other())); });
  CHECK(told == "LB-FOREIGN-OWNER: it can not be made: " + folders.top.path() + " belongs to root, and " +
                    user_text(stranger) + " may not write there (" + std::to_string(EACCES) +
                    ") unchanged\nsudo install -d -m 700 -o " + user_text(stranger) + " '" + wanted +
                    "'    # then the same command again");
}

TEST_CASE("only its owner writes it, and root is no exception") {
  CHECK(check_owner("it", ::geteuid()));
  const auto refused = check_owner("it", 3'000'000'001U);
  REQUIRE(!refused);
  CHECK(refused.error().id() == ErrorId::foreign_owner);
  CHECK(refused.error().is_unchanged());
  CHECK(refused.error().next() == "sudo -u '#3000000001' !!");
}

TEST_CASE("what root made is handed over with all that lies in it, and no link is followed") {
  if (::geteuid() != 0) {
    WARN("NOT RUN: only root can give something away");
    return;
  }
  const Folders folders;
  const std::string file = folders.shut + "/inside/file";
  REQUIRE(::close(::open(file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)) == 0);
  const std::string outside = folders.top.path() + "/outside";
  REQUIRE(::mkdir(outside.c_str(), 0700) == 0);
  REQUIRE(::symlink(outside.c_str(), (folders.shut + "/link").c_str()) == 0);
  const std::string theirs = folders.top.path() + "/theirs";
  REQUIRE(::close(::open(theirs.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)) == 0);
  REQUIRE(::link(theirs.c_str(), (folders.shut + "/linked").c_str()) == 0);
  const FileDescriptor folder(::open(folders.shut.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(hand_over(folder.get(), stranger, 65533) == 0);
  const auto owner_of = [](const std::string& path) {
    const auto found = stat_at(AT_FDCWD, path.c_str());
    return found ? std::to_string(found.value.st_uid) + ":" + std::to_string(found.value.st_gid) : "none";
  };
  CHECK(owner_of(folders.shut) == "65534:65533");
  CHECK(owner_of(file) == "65534:65533");
  CHECK(owner_of(folders.shut + "/link") == "65534:65533");
  CHECK(owner_of(outside) == "0:0");
  CHECK(owner_of(theirs) == "0:0");
  CHECK(hand_over(-1, stranger, stranger) == EBADF);
}

}  // namespace test_owner
