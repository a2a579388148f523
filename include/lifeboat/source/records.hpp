// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <utility>

#include <lifeboat/record/records.hpp>
#include <lifeboat/source/source.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A source whose records are known by their types, as `With<Directory, Records<Payment, Posting>>`: it is read as the
/// source alone, and says which records the journal beside it is made of.
template <class Src, class List>
class With;

template <class Src, class... R>
class With<Src, Records<R...>> : public Src {
 public:
  using source_type = Src;
  using records_type = Records<R...>;
  using Config = typename Src::Config;

  /// Errors: the source's.
  static Result<With> open(Config config) {
    LIFEBOAT_TRY(Src source, Src::open(std::move(config)));
    return With(std::move(source));
  }

 private:
  explicit With(Src source) noexcept : Src(std::move(source)) {}
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
