// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/medium/any.hpp>
#include <lifeboat/medium/disk.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/strategy/any.hpp>
#include <lifeboat/sync/no_sync.hpp>
#include <lifeboat/verifier/any.hpp>

#include "support/pipe.hpp"

using namespace lifeboat;

/// A medium of which nothing but this is known.
struct Declared {
  struct Config {};
  struct Writer {
    Status write(ByteView) { return ok(); }
    Result<Receipt> commit(Publish) { return Receipt{}; }
  };
  static constexpr std::string_view name = "declared";
  static constexpr Capabilities capabilities{.put_if_absent = true, .ranged_read = true, .remove = true};
  static Result<Declared> open(Config) { return Declared{}; }
  Result<Writer> create(const ObjectName&, CreateHint) { return Writer{}; }
  Result<std::size_t> read(const ObjectName&, std::uint64_t, MutableBytes) { return std::size_t{0}; }
  Status list(std::string_view, std::string_view, FunctionRef<bool(const ObjectInfo&)>) { return ok(); }
};

static_assert(detail::check_combination<Full, Disk, NoSync, Xxh3, Directory>());
static_assert(detail::check_combination<Incremental, Disk, NoSync, Sha256, Directory>());
static_assert(detail::check_combination<Differential, Declared, NoSync, Blake2b, Directory>());
static_assert(detail::check_combination<AnyStrategy, AnyMedium, NoSync, AnyVerifier, Directory>());

void verbs() {
  detail::require_prune<Pipe<Full, Declared, NoSync, Sha256>>();
  detail::require_prune<Pipe<Full, AnyMedium, NoSync, Sha256>>();
}
