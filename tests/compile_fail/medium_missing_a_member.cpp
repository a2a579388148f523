// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: argument 2 \(Medium\) must satisfy Medium: name, Config, capabilities
#include <lifeboat/compatibility.hpp>
#include <lifeboat/medium/disk.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/strategy/any.hpp>
#include <lifeboat/sync/no_sync.hpp>
#include <lifeboat/verifier/known.hpp>

using namespace lifeboat;

struct Shelf {  // no read, no list
  struct Config {};
  static constexpr std::string_view name = "shelf";
  static constexpr Capabilities capabilities{};
  static Result<Shelf> open(Config);
};

static_assert(detail::check_combination<Full, Shelf, NoSync, Sha256, Directory>());
