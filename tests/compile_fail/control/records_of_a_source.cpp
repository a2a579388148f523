// SPDX-License-Identifier: BSL-1.0
// Compiles: what the sources beside this one must not.
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

using Pipeline = DisasterRecoveryPipeline<Full, Memory, LogSync, Sha256, With<Directory, Records<Payment, Refund>>>;

void pay(Pipeline& pipeline, RecordGroup& group, std::span<const Refund> refunds) {
  (void)pipeline.append(Payment{1}, Refund{2});
  (void)pipeline.append(Payment{1}, refunds);
  (void)pipeline.append(group);
  (void)pipeline.submit(Refund{1});
}
