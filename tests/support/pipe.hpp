// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/compatibility.hpp>

// The names by which rules see a pipeline, with no pipeline around them.
template <class S, class M, class Y, class V, class Src = lifeboat::Directory>
struct Pipe {
  using strategy_type = S;
  using medium_type = M;
  using sync_type = Y;
  using verifier_type = V;
  using source_type = Src;
};
