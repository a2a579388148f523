// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include <boost/hana/accessors.hpp>
#include <boost/hana/adapt_struct.hpp>
#include <boost/hana/concept/struct.hpp>
#include <boost/hana/first.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/length.hpp>
#include <boost/hana/second.hpp>
#include <boost/hana/string.hpp>
#include <boost/hana/tuple.hpp>

#include <lifeboat/record/roles.hpp>

// Structs that an engine described to Boost.Hana, and whether they are described whole.
namespace lifeboat::inline LIFEBOAT_ABI {

/// The engine's number of a record type: 1 to 2^31 - 1; what is above is taken from the description itself.
using RecordNumber = std::uint32_t;

/// What an engine says of a record type beside its description (docs/records.md, section 3): `number`, `version`,
/// `name`; and, where it changed, `Before` with `upgrade`, or nothing where fields were only added at the end;
/// `meanings`, an array of what its records mean to the books (meaning.hpp). Of an enum: `values`, an array of its
/// enumerators; any other value is then refused.
template <class R>
struct RecordTraits {};

namespace detail {

/// Turns into whatever member stands at its place. Only asked for, never called.
struct AnyMember {
  template <class T>
  operator T() const noexcept;  // NOLINT(google-explicit-constructor)
};
template <class Member>
Member a_member() noexcept;
template <class R, class... Members>
concept TakesMembers = requires {
  R{a_member<Members>()...};
};

/// How many members an aggregate has, by how many initialisers it takes. AnyMember is ambiguous for an optional, which
/// takes what its element is made of as well; but that takes std::nullopt.
template <class R, class... Before>
consteval std::size_t arity() {
  if constexpr (TakesMembers<R, Before..., AnyMember>)
    return arity<R, Before..., AnyMember>();
  else if constexpr (TakesMembers<R, Before..., std::nullopt_t>)
    return arity<R, Before..., std::nullopt_t>();
  else
    return sizeof...(Before);
}

/// For its sentence: the compiler prints the three arguments with it.
template <class Record, std::size_t members, std::size_t described>
struct DescribedWhole {
  static_assert(members == described,
                "lifeboat: a member of this record is not described to Boost.Hana and would be lost: name all of them "
                "in BOOST_HANA_ADAPT_STRUCT (see DescribedWhole<Record, members, described> in this message)");
  static constexpr bool value = true;
};

template <class R>
inline constexpr bool is_described = boost::hana::Struct<R>::value;

/// Calls with the name and the pointer-like accessor of each member, in described order.
template <class R, class F>
constexpr void each_member(F&& call) {
  boost::hana::for_each(boost::hana::accessors<R>(),
                        [&](auto member) { call(boost::hana::first(member), boost::hana::second(member)); });
}

/// Whether no member is named twice: the number would hide one that is forgotten.
template <class R>
consteval bool described_once() {
  constexpr std::size_t count = decltype(boost::hana::length(boost::hana::accessors<R>()))::value;
  std::array<std::string_view, count + 1> names{};
  std::size_t used = 0;
  bool once = true;
  each_member<R>([&](auto name, auto) {
    const std::string_view text = decltype(name)::c_str();
    for (std::size_t i = 0; i < used; ++i) once = once && names[i] != text;
    names[used++] = text;
  });
  return once;
}

/// True, or a sentence from the compiler.
template <class R>
consteval bool check_record_shape() {
  static_assert(is_described<R>,
                "lifeboat: a record is a struct that BOOST_HANA_ADAPT_STRUCT describes, in the global namespace");
  static_assert(std::is_aggregate_v<R>, "lifeboat: a record is an aggregate: no constructors, no private members");
  static_assert(std::is_trivially_copyable_v<R>,
                "lifeboat: a record is trivially copyable: no strings, vectors or pointers that own something");
  if constexpr (is_described<R>)
    static_assert(described_once<R>(), "lifeboat: BOOST_HANA_ADAPT_STRUCT names a member of this record twice");
  if constexpr (is_described<R> && std::is_aggregate_v<R>)
    return DescribedWhole<R, arity<R>(), decltype(boost::hana::length(boost::hana::accessors<R>()))::value>::value;
  else
    return true;
}

}  // namespace detail
}  // namespace lifeboat::inline LIFEBOAT_ABI
