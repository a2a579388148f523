// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <lifeboat/medium/disk.hpp>
#include <lifeboat/pipeline/interface.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/strategy/full.hpp>
#include <lifeboat/verifier/sha256.hpp>

struct Transfer {
  lifeboat::Key key;
  lifeboat::DebitAccount from;
  lifeboat::CreditAccount to;
  lifeboat::Money amount;
};
BOOST_HANA_ADAPT_STRUCT(Transfer, key, from, to, amount);

// What an engine writes on any pipeline: whether it compiles is the question.
template <class Level = lifeboat::LocalDurable, class Sync>
std::string pay_once(
    lifeboat::DisasterRecoveryPipeline<lifeboat::Full, lifeboat::Disk, Sync, lifeboat::Sha256>& pipeline) {
  using namespace lifeboat;
  return pipeline.template append_once<Level>(Transfer{Key{"A-1"}, {1}, {2}, {125'00, EUR}})
      .match([](Acked<Level> a) { return "paid at " + to_text(a.position); },
             [](Already a) { return "paid already, at " + to_text(a.position); },
             [](InDoubt) { return std::string("hold: it may have been paid before the disaster"); },
             [](NotWritten n) { return "not paid: " + std::string(to_string(n.id)); },
             [](Unknown u) { return "ask again with the same key: " + to_text(u.position); });
}
