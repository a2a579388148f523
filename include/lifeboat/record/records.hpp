// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>

#include <lifeboat/core/version.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

template <class... R>
struct EngineGroup;
class RecordGroup;

/// The record types of an engine, of which each group of its journal is made.
template <class... R>
struct Records {
  static_assert(sizeof...(R) != 0, "lifeboat: Records<...> names at least one record type");
  using Group = EngineGroup<R...>;  ///< lifeboat/record/engine_group.hpp
};

/// Whether a part of a group is of the records that a list names; what a RecordGroup holds is known at run time alone.
template <class List, class Part>
inline constexpr bool names_record = false;
template <class... R, class Part>
inline constexpr bool names_record<Records<R...>, Part> = (std::is_same_v<R, Part> || ...);
template <class... R, class Part, std::size_t N>
inline constexpr bool names_record<Records<R...>, std::span<Part, N>> =
    names_record<Records<R...>, std::remove_cv_t<Part>>;
template <class... R>
inline constexpr bool names_record<Records<R...>, RecordGroup> = true;

}  // namespace lifeboat::inline LIFEBOAT_ABI
