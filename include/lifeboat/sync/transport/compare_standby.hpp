// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>

#include <lifeboat/core/shell_word.hpp>
#include <lifeboat/journal/ship.hpp>
#include <lifeboat/sync/sync.hpp>
#include <lifeboat/sync/transport/message_types.hpp>
#include <lifeboat/sync/transport/seeding.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Compares a journal with its standby's replica, both read again, part by part: what the standby computes for a part
/// is compared with what is computed here. Where they differ the parts grow smaller, until one batch is left.
/// `Ask` is `Result<ProofMessage>(const JournalHead& after, std::uint32_t batches)`.
template <class Ask>
class StandbyComparison {
 public:
  StandbyComparison(const std::string& journal, const Ask& ask) : journal_(journal), ask_(ask) {}

  /// As far as the standby stood when it was asked. What is damaged there is a difference. Errors: those of reading the
  /// journal, of asking, and of reading there.
  Result<SyncVerdict> run(const Position& upto) {
    LIFEBOAT_TRY(kept_, journal_begin(journal_));
    SyncVerdict verdict;
    JournalHead at;
    std::uint32_t batches = prove_batches_max;
    while (at.last < upto) {
      LIFEBOAT_TRY(const ProofMessage part, ask_(at, batches));
      if (part.batches != 0) {
        if (at != JournalHead{} && part.begin != at)
          return Error{ErrorId::object_missing, "the standby goes on behind " + head_text(part.begin) +
                                                    ", and was asked what comes behind " + head_text(at)};
        LIFEBOAT_TRY(std::string differs, difference(at, part));
        if (!differs.empty() && part.batches > 1) {
          batches = part.batches / 2;
          reader_.reset();
          continue;
        }
        if (!differs.empty()) return with(std::move(verdict), std::move(differs));
        at = part.end;
        verdict.items += part.groups;
        verdict.bytes += part.bytes;
      }
      if (part.id == ErrorId::corrupt) return with(std::move(verdict), "at the standby: " + part.text);
      if (part.id != ErrorId{})
        return Error{part.id, "the standby can not read its replica behind " + to_text(at.last) + ": " + part.text};
      if (part.batches == 0)
        return with(std::move(verdict), "the standby's replica ends behind " + to_text(at.last) +
                                            ", and it had acknowledged " + to_text(upto));
    }
    verdict.equal = verdict.items != 0;
    return verdict;
  }

 private:
  static SyncVerdict with(SyncVerdict verdict, std::string difference) {
    verdict.differences = 1;
    verdict.first_difference = std::move(difference);
    return verdict;
  }

  /// What differs here at the end of a part; empty where nothing does, or where this journal keeps it no more: the
  /// chain of what comes behind proves that as well.
  Result<std::string> difference(const JournalHead& at, const ProofMessage& part) {
    if (part.end.last.sequence < kept_.last.sequence) return std::string();
    if (!reader_) {
      const bool kept = at.last.sequence >= kept_.last.sequence;
      own_ = kept ? at : kept_;
      auto opened = kept ? reader_behind(journal_, at) : JournalReader::open(journal_);
      if (!opened) return std::move(opened).error();
      reader_ = std::move(*opened);
    }
    reader_->trust(part.end.last);
    while (own_.last.sequence < part.end.last.sequence) {
      LIFEBOAT_TRY(const JournalBatch* const batch, reader_->next_batch());
      if (batch == nullptr)
        return Error{ErrorId::corrupt, "the journal " + journal_ + " can not be read behind " + to_text(own_.last) +
                                           ", and the standby has " + to_text(part.end.last)}
            .next("lifeboat records --verify --journal " + shell_quoted(journal_));
      own_ = {{batch->epoch, batch->last}, batch->chain};
    }
    if (own_ == part.end) return std::string();
    return "the groups behind " + to_text(part.begin.last) + " up to " + to_text(part.end.last) +
           " are not the same: here " + head_text(own_) + ", at the standby " + head_text(part.end);
  }

  const std::string& journal_;
  const Ask& ask_;
  JournalHead kept_;
  JournalHead own_;  ///< where the reader stands
  std::optional<JournalReader> reader_;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
