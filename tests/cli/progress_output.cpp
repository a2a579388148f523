// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/cli/progress.hpp>

#include "catch.hpp"

namespace test_progress_output {

using namespace lifeboat;
using namespace lifeboat::cli;
using namespace std::chrono_literals;

namespace {

struct Captured {
  std::string out;
  std::string err;
  int fails_with = 0;

  Streams streams(bool terminal) {
    Streams streams;
    streams.context = this;
    streams.terminal = terminal;
    streams.columns = 20;
    streams.write = [](void* context, bool to_stderr, std::string_view text) {
      auto& self = *static_cast<Captured*>(context);
      if (!to_stderr && self.fails_with != 0) return self.fails_with;
      (to_stderr ? self.err : self.out).append(text);
      return 0;
    };
    return streams;
  }
};

}  // namespace

TEST_CASE("progress: bytes of bytes, rate, time left") {
  ProgressState state;
  state.take({"read", "a", 0, 1ULL << 30U, 0}, 0s);
  CHECK(state.line(0s) == "read 0 B of 1.0 GiB");
  state.take({"read", "b", 256ULL << 20U, 1ULL << 30U, 3}, 2s);
  CHECK(state.line(2s) == "read 256 MiB of 1.0 GiB, 3 entries, 128 MiB/s, 6 s left");
  state.take({"commit", "", 0, 0, 0}, 3s);
  CHECK(state.line(3s) == "commit 0 B");
  state.take({"apply", "", 0, 0, 7}, 3s);
  CHECK(state.line(3s) == "apply 7 entries");
}

TEST_CASE("progress: what is waited for is said once nothing has moved for long") {
  ProgressState state;
  CHECK(state.stalled(100s, 30s).empty());
  state.take({"read", "etc/\x1b", 10, 0, 0}, 10s);
  CHECK(state.stalled(39s, 30s).empty());
  CHECK(state.stalled(40s, 30s) == "no byte for 30 s: waiting for read of etc/\\x1b");
  state.take({"read", "etc/a", 10, 0, 0}, 45s);  // told again, and nothing moved
  CHECK(state.stalled(50s, 30s) == "no byte for 40 s: waiting for read of etc/a");
  state.take({"read", "etc/a", 11, 0, 0}, 51s);
  CHECK(state.stalled(52s, 30s).empty());
}

TEST_CASE("output: the live line gives way to lines, and is cut at the edge") {
  Captured captured;
  {
    Output output(captured.streams(true));
    output.live("a line that is far too long for it");
    output.err("warning\n");
    output.out("answer\n");
  }
  CHECK(captured.err == "\r\x1b[Ka line that is far \r\x1b[Kwarning\n");
  CHECK(captured.out == "answer\n");
}

TEST_CASE("output: without a terminal there is no live line, and the first error of stdout is kept") {
  Captured captured;
  captured.fails_with = EPIPE;
  Output output(captured.streams(false));
  output.live("never");
  output.out("x");
  output.flush();
  captured.fails_with = 0;
  output.out("y");
  output.flush();
  CHECK(output.failed() == EPIPE);
  CHECK(captured.out.empty());
  CHECK(captured.err.empty());
}

}  // namespace test_progress_output
