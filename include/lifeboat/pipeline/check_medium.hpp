// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/repository.hpp>
#include <lifeboat/core/shell_word.hpp>
#include <lifeboat/pipeline/source_memory.hpp>

// A medium that is not what its source remembers is far more often a wrong mount than a new one.
namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// "1 archive was", "214 archives were".
template <class = void>
std::string archives_were(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " archive was" : " archives were");
}

}  // namespace detail

/// Whether a repository may be made on a medium that has none. Errors: medium_strange (it is not empty), medium_empty
/// (its source remembers archives there, or `may_create` is false).
template <class = void>
Status check_may_create(MediumPort& medium, const MediumFacts& facts, const SourceMemory& memory, bool may_create) {
  bool empty = true;
  LIFEBOAT_CHECK(medium.list("", "", [&](const ObjectInfo& info) {
    empty = info.name == recover_name;
    return empty;
  }));
  if (!empty) {
    bool archives = false;
    LIFEBOAT_CHECK(medium.list("archive/", "", [&](const ObjectInfo&) {
      archives = true;
      return false;
    }));
    return Error{ErrorId::medium_strange,
                 facts.url + (archives ? " holds archives, but its descriptor, the object repository, is missing"
                                       : " holds objects, but is no Lifeboat repository")}
        .unchanged();
  }
  LIFEBOAT_TRY(const std::vector<KnownMedium> known, memory.media());
  const auto at = std::find_if(known.begin(), known.end(), [&](const KnownMedium& m) { return m.url == facts.url; });
  if (at != known.end() && at->archives != 0)
    return Error{ErrorId::medium_empty,
                 facts.url + " is empty, but " + detail::archives_were(at->archives) + " written there: is it mounted?"}
        .next("the same command again    # when it is mounted; if those archives are gone for good: rm " +
              shell_quoted(memory.path() + "/media"))
        .unchanged();
  if (!may_create)
    return Error{ErrorId::medium_empty, facts.url + " holds no repository: is it mounted?"}
        .next("the same command again    # when it is mounted")
        .unchanged();
  return ok();
}

/// Refuses another repository under a URL that its source knows: medium_strange.
template <class = void>
Status check_same_repository(const Id& repository, const MediumFacts& facts, const SourceMemory& memory) {
  LIFEBOAT_TRY(const std::vector<KnownMedium> known, memory.media());
  for (const KnownMedium& medium : known)
    if (medium.url == facts.url && medium.repository != to_hex(repository.view()) && medium.archives != 0)
      return Error{ErrorId::medium_strange, facts.url + " is another repository than the one that " +
                                                detail::archives_were(medium.archives) + " written to"}
          .next("the same command again    # when the right one is mounted; if this one replaces it: rm " +
                shell_quoted(memory.path() + "/media"))
          .unchanged();
  return ok();
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
