// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

// The program `lifeboat` in a story, as an operator types it.
namespace story {

/// Types a line, and shows what comes; `status` is that of the program. Needs `lifeboat` in PATH.
inline void type(const std::string& line, int status = 0) {
  std::printf("$ %s\n", line.c_str());
  std::fflush(stdout);
  const std::string shell = "exec 2>&1; unset LIFEBOAT_MEDIUM; export XDG_STATE_HOME=$PWD/state; " + line;
  const int ended = std::system(shell.c_str());
  if (!WIFEXITED(ended) || WEXITSTATUS(ended) != status)
    throw std::runtime_error("this ended with another status than " + std::to_string(status) +
                             "; is the program lifeboat in PATH?");
}

}  // namespace story
