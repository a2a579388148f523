// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/record/schemas_of.hpp>

#include "catch.hpp"
#include "record/versions.hpp"

namespace test_schemas_of {

using namespace lifeboat;
using namespace versions;

TEST_CASE("a type is named with all its earlier versions, the oldest first") {
  CHECK(schemas_of<OrderV1>() == std::vector<Bytes>{schema_bytes<OrderV1>()});
  CHECK(schemas_of<OrderV3>() ==
        std::vector<Bytes>{schema_bytes<OrderV1>(), schema_bytes<OrderV2>(), schema_bytes<OrderV3>()});
  const std::vector<Bytes> two{schema_bytes<OrderV1>(), schema_bytes<OrderV2>(), schema_bytes<versions::Note>()};
  CHECK(schemas_of<OrderV2, versions::Note>() == two);
  CHECK(schemas_of<Records<OrderV2, versions::Note>>() == two);
}

}  // namespace test_schemas_of
