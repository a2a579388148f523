// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stop_token>
#include <string>
#include <vector>

#include <lifeboat/record/invariant.hpp>

#include "support/temp_folder.hpp"
#include "support/text.hpp"

extern char** environ;

namespace support {

/// What a call of the program gave.
struct ProgramAnswer {
  int status = -1;
  std::string out;
  std::string err;
};

/// Calls the stock program in this process (tests/cli/program_policies.cpp has it, compiled once).
ProgramAnswer call_lifeboat(const std::vector<std::string>& words, std::stop_token stop = {},
                            lifeboat::MakeInvariants invariants = nullptr);

/// A place with a source, a medium and a state folder, and the program called with them.
class ProgramPlace {
 public:
  ProgramPlace() {
    ::mkdir(source().c_str(), 0755);
    write("a.txt", "one\n");
    ::mkdir((source() + "/sub").c_str(), 0755);
    write("sub/b.bin", std::string(100'000, 'b'));
  }
  [[nodiscard]] std::string source() const { return folder_ / "ledger"; }
  [[nodiscard]] std::string medium() const { return "disk:" + folder_ / "backup"; }
  [[nodiscard]] std::string state() const { return folder_ / "state"; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return folder_ / name; }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(source() + "/" + name, std::ios::binary) << text;
  }

  /// With the medium, and for commands that read the source, with it and its state.
  [[nodiscard]] ProgramAnswer call(std::vector<std::string> words, std::stop_token stop = {}) const {
    words.insert(words.end(), {"--medium", medium()});
    return call_lifeboat(words, std::move(stop));
  }
  [[nodiscard]] ProgramAnswer call_with_source(std::vector<std::string> words, std::stop_token stop = {}) const {
    words.insert(words.end(), {"--source", source(), "--state", state()});
    return call(std::move(words), std::move(stop));
  }
  [[nodiscard]] ProgramAnswer backup() const { return call_with_source({"backup"}); }

 private:
  TempFolder folder_;
};

/// The built program, in a process of its own: $LIFEBOAT_PROGRAM.
class SpawnedProgram {
 public:
  /// Begins; stdout and stderr go to files in `folder`.
  SpawnedProgram(const std::vector<std::string>& words, const TempFolder& folder)
      : out_(folder / "stdout"), err_(folder / "stderr") {
    const char* program = std::getenv("LIFEBOAT_PROGRAM");
    std::vector<std::string> all{program == nullptr ? "lifeboat" : program};
    all.insert(all.end(), words.begin(), words.end());
    std::vector<char*> arguments;
    for (std::string& word : all) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 1, out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::posix_spawn_file_actions_addopen(&actions, 2, err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (::posix_spawnp(&pid_, all[0].c_str(), &actions, nullptr, arguments.data(), environ) != 0) pid_ = -1;
    ::posix_spawn_file_actions_destroy(&actions);
  }

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] bool began() const noexcept { return pid_ > 0; }
  /// False once it has ended; it is still waited for.
  [[nodiscard]] bool running() const noexcept {
    siginfo_t ended{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0;
  }

  ProgramAnswer wait() {
    ProgramAnswer answer;
    int status = 0;
    if (pid_ > 0 && ::waitpid(pid_, &status, 0) == pid_ && WIFEXITED(status)) answer.status = WEXITSTATUS(status);
    pid_ = -1;
    answer.out = read_text(out_);
    answer.err = read_text(err_);
    return answer;
  }

 private:
  pid_t pid_ = -1;
  std::string out_;
  std::string err_;
};

}  // namespace support
