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

TEST_CASE("nobody states that nothing was lost of what the primary said it had; of what nobody heard somebody may") {
  PromotionLoss loss = loss_behind({1, 40}, {1, 41}, Timestamp{1999, 0}, {2000, 0});
  const Status refused = check_nothing_lost(loss);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id() == ErrorId::undone);
  CHECK(refused.error().sentence() ==
        "nobody can state that nothing was lost: the primary said that it was durable up to 1:41, and the last group "
        "that is here is 1:40, so 1 group is lacking");
  CHECK(refused.error().next().starts_with("the same line without --nothing-lost    # "));
  CHECK(check_nothing_lost(loss_behind({1, 41}, {1, 41}, Timestamp{1999, 0}, {2000, 0})));
  CHECK(check_nothing_lost(loss_behind({1, 40}, {1, 40}, {}, {2000, 0})));
  loss.possibly = 0;
  loss.known = 1;
  CHECK_FALSE(check_nothing_lost(loss));
}

}  // namespace test_promotion_loss
