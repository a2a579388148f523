// SPDX-License-Identifier: BSL-1.0
// expect: lifeboat: the Records<...> of the source do not name this record
#include <lifeboat/lifeboat.hpp>
#include <lifeboat/sync/log_sync.hpp>

using namespace lifeboat;

struct Payment {
  std::uint64_t number;
};
BOOST_HANA_ADAPT_STRUCT(Payment, number);
struct Refund {
  std::uint64_t number;
};
BOOST_HANA_ADAPT_STRUCT(Refund, number);

using Pipeline = DisasterRecoveryPipeline<Full, Memory, LogSync, Sha256, With<Directory, Records<Payment>>>;

void pay(Pipeline& pipeline) { (void)pipeline.append(Payment{1}, Refund{2}); }
