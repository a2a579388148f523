// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/sync/transport/meet_standby.hpp>

#include "catch.hpp"

namespace test_meet_standby {

using namespace lifeboat;

namespace {

Id journal_id(std::byte first) {
  Id id{};
  id.bytes[0] = first;
  return id;
}

}  // namespace

TEST_CASE("whoever answers is a standby of this journal, and not ahead of it") {
  const Id journal = journal_id(std::byte{1});
  HelloMessage hello;
  hello.role = PeerRole::receiver;
  hello.journal = journal;
  hello.head.last = {3, 40};
  CHECK(check_standby(hello, journal, 3));
  CHECK(check_standby(hello, journal, 4));
  const auto refused = [&](auto change) {
    HelloMessage other = hello;
    change(other);
    const Status checked = check_standby(other, journal, 3);
    return checked ? std::string("taken") : std::string(to_string(checked.error().id()));
  };
  CHECK(refused([](HelloMessage& h) { h.journal = {}; }) == "taken");  // it holds nothing yet
  CHECK(refused([](HelloMessage& h) { h.role = PeerRole::sender; }) == "LB-FORMAT");
  CHECK(refused([](HelloMessage& h) { h.lowest = protocol_version + 1; }) == "LB-FORMAT-VERSION");
  CHECK(refused([](HelloMessage& h) { h.highest = protocol_version - 1; }) == "LB-FORMAT-VERSION");
  CHECK(refused([](HelloMessage& h) { h.journal = journal_id(std::byte{2}); }) == "LB-REPLICA-STRANGE");
  CHECK(refused([](HelloMessage& h) { h.head.last.epoch = 4; }) == "LB-FENCED");
}

TEST_CASE("what a standby refused is told with where it stood") {
  const Error error = refused_by_standby(RefuseMessage{ErrorId::diverged, {{2, 7}, {}}, "two histories"});
  CHECK(error.id() == ErrorId::diverged);
  CHECK(error.sentence().find("2:7") != std::string::npos);
  CHECK(error.sentence().find("refused: two histories") != std::string::npos);
}

}  // namespace test_meet_standby
