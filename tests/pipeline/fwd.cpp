// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/fwd.hpp>

#include <type_traits>

namespace test_fwd {

namespace {

using namespace lifeboat;

/// An engine's header needs no more than this to name its pipeline.
using Mine = DisasterRecoveryPipeline<Incremental, Disk, NoSync, Sha256>;
static_assert(std::is_same_v<Mine, DisasterRecoveryPipeline<Incremental, Disk, NoSync, Sha256, Directory>>);
Mine* engine_has_one = nullptr;

}  // namespace
}  // namespace test_fwd

// Then the policies themselves: they are the types that were named, or this does not compile.
#include <lifeboat/medium/any.hpp>
#include <lifeboat/medium/disk.hpp>
#include <lifeboat/medium/memory.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/strategy/any.hpp>
#include <lifeboat/sync/no_sync.hpp>
#include <lifeboat/verifier/any.hpp>

#include "catch.hpp"

namespace test_fwd {

TEST_CASE("what is named ahead is what is defined later") {
  CHECK(engine_has_one == nullptr);
  STATIC_REQUIRE(Strategy<Full> && Strategy<Incremental> && Strategy<Differential> && Strategy<AnyStrategy>);
  STATIC_REQUIRE(Medium<Disk> && Medium<Memory> && Medium<AnyMedium>);
  STATIC_REQUIRE(Sync<NoSync>);
  STATIC_REQUIRE(Verifier<Sha256> && Verifier<Sha512_256> && Verifier<Sm3> && Verifier<Blake2b> && Verifier<Xxh3>);
  STATIC_REQUIRE(Verifier<AnyVerifier>);
  STATIC_REQUIRE(Source<Directory>);
}

}  // namespace test_fwd
