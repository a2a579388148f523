// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/failover/promotion_loss.hpp>

#include "catch.hpp"

namespace test_promotion_loss {

using namespace lifeboat;

TEST_CASE("a loss is told as what is known, what is possible, and what nobody knows") {
  PromotionLoss loss;
  loss.last = {1, 40};
  loss.possibly_upto = loss.last;
  loss.silent_from = Timestamp{2000, 0};
  CHECK(to_text(loss) ==
        "known lost: 0 groups; possibly lost: unknown, the primary was never heard of; unknown: what became durable "
        "there since 1970-01-01T00:33:20Z, and nowhere else");
  CHECK_FALSE(loss.zero());
  loss.heard = Timestamp{1999, 0};
  CHECK(to_text(loss) ==
        "known lost: 0 groups; possibly lost: none up to 1:40, by what the primary said at 1970-01-01T00:33:19Z; "
        "unknown: what became durable there since 1970-01-01T00:33:20Z, and nowhere else");
  CHECK_FALSE(loss.zero());  // what was written unheard is not nothing
  loss.possibly = 3;
  loss.possibly_upto = {1, 43};
  CHECK(to_text(loss) ==
        "known lost: 0 groups; possibly lost: 3 groups, up to 1:43, which the primary said were durable there at "
        "1970-01-01T00:33:19Z; unknown: what became durable there since 1970-01-01T00:33:20Z, and nowhere else");
  loss.silent_from.reset();
  CHECK_FALSE(loss.zero());
  loss.possibly = 0;
  loss.possibly_upto = loss.last;
  CHECK(loss.zero());
}

}  // namespace test_promotion_loss
