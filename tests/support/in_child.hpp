// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace support {

/// What a piece of a test said that ran in a process of its own.
struct ChildAnswer {
  int status = -1;  ///< its exit status, or -1 where it died
  std::string text;
};

/// Runs `body` in a forked child; what it returns comes back as text. The child may change its ids, limits and mounts.
template <class Body>
ChildAnswer in_child(Body&& body) {
  int ends[2];
  ChildAnswer answer;
  if (::pipe(ends) != 0) return answer;
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    const std::string text = body();
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t n = ::write(ends[1], text.data() + done, text.size() - done);
      if (n <= 0) break;
      done += static_cast<std::size_t>(n);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  char buffer[4096];
  for (;;) {
    const ssize_t n = ::read(ends[0], buffer, sizeof buffer);
    if (n <= 0) break;
    answer.text.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  int status = 0;
  if (child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status)) answer.status = WEXITSTATUS(status);
  return answer;
}

}  // namespace support
