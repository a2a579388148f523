// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/core/version.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

template <class... R>
struct EngineGroup;

/// The record types of an engine, of which each group of its journal is made.
template <class... R>
struct Records {
  static_assert(sizeof...(R) != 0, "lifeboat: Records<...> names at least one record type");
  using Group = EngineGroup<R...>;  ///< lifeboat/record/engine_group.hpp
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
