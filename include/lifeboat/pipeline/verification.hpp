// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/verify.hpp>
#include <lifeboat/pipeline/core.hpp>
#include <lifeboat/pipeline/journal_doubt.hpp>
#include <lifeboat/pipeline/verify_pieces.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Verifies the archives of a source and, where none is named, what the medium has of its journal; leaves an entry of
/// what was found.
template <class = void>
Result<Verification> verify_and_record(Core& core, const VerifyRequest& request, const Actor& actor,
                                       std::stop_token stop) {
  LIFEBOAT_TRY(Catalog chain, core.catalog());
  VerifyInput input;
  input.repository = &core.repository();
  input.catalog = &chain;
  input.own = core.parts().verifier.get();
  input.clock = &core.clock();
  input.depth = request.depth;
  LIFEBOAT_TRY(input.anchor, core.anchor());
  input.archives = request.archives;
  input.budget_bytes = request.budget_bytes;
  input.budget_ns = static_cast<std::uint64_t>(request.budget_time.count() < 0 ? 0 : request.budget_time.count());
  input.budgets = core.parts().budgets;
  input.log = core.parts().log;
  input.stop = stop;
  Verification done;
  const ClockReading began = core.clock().now();
  VerifyReport journal;
  if (request.archives.empty()) {
    LIFEBOAT_TRY(done.journal, verify_pieces(input, doubt_source(core.source_id()), journal));
    const auto left = [](std::uint64_t budget, std::uint64_t used) {
      return budget == 0 ? 0 : budget > used ? budget - used : 1;  // 0 is none
    };
    input.budget_bytes = left(input.budget_bytes, done.journal.bytes);
    input.budget_ns = left(input.budget_ns, core.clock().now().boot_nanoseconds - began.boot_nanoseconds);
  }
  const ClockReading archives_began = core.clock().now();
  LIFEBOAT_TRY(done.report, verify(input));
  if (request.depth == Depth::restore && done.report.good()) {
    const std::uint64_t bytes = done.report.bytes;
    core.remember_run({.verb = MeasuredVerb::verify, .bytes = bytes, .content_bytes = bytes}, archives_began);
  }
  if (done.journal.asked) add_pieces(done.report, std::move(journal));
  if (!request.record) {
    done.not_recorded = "not asked for";
    return done;
  }
  ChainEntry entry;
  core.sign(entry, actor);
  entry.kind = EntryKind::verify;
  entry.verify = done.report.facts;
  if (auto recorded = core.record(chain, entry); recorded)
    done.recorded = true;
  else
    done.not_recorded = recorded.error().sentence();
  return done;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
