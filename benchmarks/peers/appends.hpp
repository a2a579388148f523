// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace bench {

/// `PROGRAM FOLDER COUNT`: appends so many times 128 bytes, prints what each took in microseconds, one a line.
class Appends {
 public:
  Appends(int argc, char** argv) {
    if (argc != 3) std::fprintf(stderr, "a folder and a count are wanted\n"), std::exit(2);
    folder_ = argv[1];
    count_ = std::strtoul(argv[2], nullptr, 10);
  }
  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }

  template <class F>
  void run(F&& append) {
    using Clock = std::chrono::steady_clock;
    char bytes[128];
    std::memset(bytes, 7, sizeof bytes);
    std::vector<double> times;
    times.reserve(count_);
    append(bytes, sizeof bytes);  // the first one opens what is opened late
    for (std::size_t i = 0; i < count_; ++i) {
      std::memcpy(bytes, &i, sizeof i);
      const auto began = Clock::now();
      append(bytes, sizeof bytes);
      times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - began).count());
    }
    for (const double time : times) std::printf("%.1f\n", time);
  }

 private:
  std::string folder_;
  std::size_t count_ = 0;
};

}  // namespace bench
