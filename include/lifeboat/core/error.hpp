// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <lifeboat/core/error_id.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What went wrong: a stable id, a sentence that names the object, the system error below it, and the line that leads
/// out. One pointer wide; nothing is allocated until something fails.
class [[nodiscard]] Error {
 public:
  Error(ErrorId id, std::string sentence) : details_(std::make_unique<Details>()) {
    details_->id = id;
    details_->sentence = std::move(sentence);
  }
  Error(const Error& other) : details_(std::make_unique<Details>(*other.details_)) {}
  Error& operator=(const Error& other) {
    details_ = std::make_unique<Details>(*other.details_);
    return *this;
  }
  Error(Error&&) noexcept = default;
  Error& operator=(Error&&) noexcept = default;
  ~Error() = default;

  /// The system's own error number below this error.
  Error because(int system_error) && {
    details_->system_error = system_error;
    return std::move(*this);
  }
  /// The line to paste that leads out.
  Error next(std::string line) && {
    details_->next = std::move(line);
    return std::move(*this);
  }
  /// States that nothing was changed.
  Error unchanged() && {
    details_->unchanged = true;
    return std::move(*this);
  }

  [[nodiscard]] ErrorId id() const noexcept { return details_->id; }
  [[nodiscard]] const std::string& sentence() const noexcept { return details_->sentence; }
  [[nodiscard]] int system_error() const noexcept { return details_->system_error; }
  [[nodiscard]] const std::string& next() const noexcept { return details_->next; }
  [[nodiscard]] bool is_unchanged() const noexcept { return details_->unchanged; }

 private:
  struct Details {
    ErrorId id{};
    int system_error = 0;
    bool unchanged = false;
    std::string sentence;
    std::string next;
  };
  std::unique_ptr<Details> details_;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
