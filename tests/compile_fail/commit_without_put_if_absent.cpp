// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: a backup commits by a chain entry that no other .* so its medium must have put_if_absent
#include <lifeboat/compatibility.hpp>
#include <lifeboat/medium/disk.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/strategy/any.hpp>
#include <lifeboat/sync/no_sync.hpp>
#include <lifeboat/verifier/known.hpp>

using namespace lifeboat;

/// A medium of which nothing but this is known.
struct Declared {
  struct Config {};
  struct Writer {
    Status write(ByteView) { return ok(); }
    Result<Receipt> commit(Publish) { return Receipt{}; }
  };
  static constexpr std::string_view name = "declared";
  static constexpr Capabilities capabilities{.ranged_read = true};
  static Result<Declared> open(Config) { return Declared{}; }
  Result<Writer> create(const ObjectName&, CreateHint) { return Writer{}; }
  Result<std::size_t> read(const ObjectName&, std::uint64_t, MutableBytes) { return std::size_t{0}; }
  Status list(std::string_view, std::string_view, FunctionRef<bool(const ObjectInfo&)>) { return ok(); }
};

static_assert(detail::check_combination<Full, Declared, NoSync, Sha256, Directory>());
