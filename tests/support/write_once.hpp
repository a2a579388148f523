// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/lifeboat.hpp>

using namespace lifeboat;

/// A medium of which nothing but this is known.
struct WriteOnce {
  struct Config {};
  struct Writer {
    Status write(ByteView) { return ok(); }
    Result<Receipt> commit(Publish) { return Receipt{}; }
  };
  static constexpr std::string_view name = "write-once";
  static constexpr Capabilities capabilities{
      .put_if_absent = true, .ranged_read = true, .remove = true, .write_once = true};
  static Result<WriteOnce> open(Config) { return WriteOnce{}; }
  Result<Writer> create(const ObjectName&, CreateHint) { return Writer{}; }
  Result<std::size_t> read(const ObjectName&, std::uint64_t, MutableBytes) { return std::size_t{0}; }
  Status list(std::string_view, std::string_view, FunctionRef<bool(const ObjectInfo&)>) { return ok(); }
};


using WriteOncePipeline = DisasterRecoveryPipeline<Full, WriteOnce, NoSync, Sha256>;
