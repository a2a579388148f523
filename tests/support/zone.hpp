// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

namespace support {

/// The zone of this process, as POSIX writes zones ("CST-8"), until the end of its scope.
class Zone {
 public:
  explicit Zone(const std::string& zone) {
    if (const char* old = std::getenv("TZ")) old_ = old;
    ::setenv("TZ", zone.c_str(), 1);
    ::tzset();
  }
  Zone(const Zone&) = delete;
  Zone& operator=(const Zone&) = delete;
  ~Zone() {
    if (old_)
      ::setenv("TZ", old_->c_str(), 1);
    else
      ::unsetenv("TZ");
    ::tzset();
  }

 private:
  std::optional<std::string> old_;
};

}  // namespace support
