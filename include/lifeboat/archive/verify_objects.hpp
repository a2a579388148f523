// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/verify_input.hpp>
#include <lifeboat/verifier/sha256.hpp>

// The two shallow depths: that everything is there, and that the receipts fit.
namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// Descriptor, RECOVER.txt and the chain, with the anchor.
template <class = void>
class BasicCatalogCheck {
 public:
  BasicCatalogCheck(const VerifyInput& input, VerifyReport& report, FindingList& findings)
      : input_(input), report_(report), findings_(findings) {}

  Status run() {
    LIFEBOAT_CHECK(check_recover());
    const Catalog& catalog = *input_.catalog;
    report_.objects += 1 + catalog.entries.size();
    for (const Finding& finding : catalog.findings) findings_.add(finding.id, finding.object, finding.text);
    for (const ArchiveRecord& record : catalog.archives)
      for (const ArchiveId& id : record.facts.refers_to)
        if (catalog.view().find(id) == nullptr)
          findings_.add(ErrorId::chain_broken, chain_prefix(catalog.source), record.facts.archive,
                        "archive " + to_hex(record.facts.archive.view()) + " refers to archive " + to_hex(id.view()) +
                            ", which the chain does not have");
    check_anchor();
    return ok();
  }

 private:
  /// What people read when nothing else is left must be as it was written.
  Status check_recover() {
    const Repository& repository = *input_.repository;
    ++report_.objects;
    auto text = read_small_object(*repository.medium, ObjectName(recover_name));
    if (!text) {
      if (!ArchiveReader::may_be_lost(text.error().id())) return std::move(text).error();
      findings_.add(text.error().id(), std::string(recover_name), text.error().sentence());
      return ok();
    }
    LIFEBOAT_TRY(const Digest digest, tagged_digest(*repository.structural, digest_tag::recover, {*text}));
    report_.bytes += text->size();
    if (text->size() != repository.recover_length || digest != repository.recover_digest)
      findings_.add(ErrorId::damage, std::string(recover_name),
                    "RECOVER.txt is not as the repository was created with it");
    return ok();
  }

  void check_anchor() {
    const Catalog& catalog = *input_.catalog;
    if (!input_.anchor) {
      report_.unanchored = true;
      return;
    }
    const Anchor& anchor = *input_.anchor;
    const std::string prefix = chain_prefix(catalog.source);
    const std::string known = "the source remembers generation " + std::to_string(anchor.generation) + " of epoch " +
                              std::to_string(anchor.epoch);
    if (catalog.generation < anchor.generation) {
      findings_.add(ErrorId::chain_rolled_back, prefix,
                    known + ", but the chain ends at generation " + std::to_string(catalog.generation) +
                        ": its newest entries were removed");
      return;
    }
    bool checkpoint = false;
    for (const ChainEntry& entry : catalog.entries) {
      if (entry.generation == anchor.generation) {
        report_.anchored = entry.digest == anchor.digest;
        if (!report_.anchored)
          findings_.add(ErrorId::chain_rolled_back, chain_entry_name(catalog.source, entry.epoch, entry.generation),
                        known + " with another digest than the chain has there: the chain was rolled back and went on");
        return;
      }
      if (entry.generation > anchor.generation && entry.kind == EntryKind::prune) checkpoint = true;
    }
    if (anchor.generation == 0 || checkpoint)  // below a checkpoint entries may go
      report_.anchored = true;
    else
      findings_.add(ErrorId::chain_rolled_back, prefix, known + ", and the chain has no readable entry there");
  }

  const VerifyInput& input_;
  VerifyReport& report_;
  FindingList& findings_;
};

/// The objects of one archive: there, of the right length, and as their seal says.
template <class = void>
class BasicObjectCheck {
 public:
  BasicObjectCheck(const VerifyInput& input, VerifyReport& report, FindingList& findings, DamageMap& damage)
      : input_(input), report_(report), findings_(findings), damage_(damage) {}

  Status run(const ArchiveRecord& record) {
    facts_ = &record.facts;
    prefix_ = archive_prefix(input_.catalog->source, facts_->archive);
    lengths_.clear();
    LIFEBOAT_CHECK(input_.repository->medium->list(prefix_, "", [&](const ObjectInfo& info) {
      lengths_.emplace(std::string(info.name.substr(prefix_.size())), info.length);
      return true;
    }));
    check_length("manifest", facts_->manifest_length);
    for (std::uint64_t n = 0; n < facts_->volumes(); ++n) {
      const std::uint64_t begin = n * facts_->volume_length;
      const std::uint64_t wanted = std::min(facts_->volume_length, facts_->stream_length - begin);
      const std::uint64_t there = check_length("data." + zero_padded(n, 6), wanted);
      if (there < wanted) damage_.add(facts_->archive, begin + there, begin + wanted);
    }
    ++report_.objects;
    if (lengths_.find("seal") == lengths_.end())
      findings_.add(ErrorId::object_missing, prefix_ + "seal", facts_->archive, prefix_ + "seal is missing");
    else if (input_.depth >= Depth::seals)
      LIFEBOAT_CHECK(check_seal());
    return ok();
  }

 private:
  /// How many bytes of it can be there.
  std::uint64_t check_length(const std::string& name, std::uint64_t wanted) {
    ++report_.objects;
    const auto found = lengths_.find(name);
    if (found == lengths_.end()) {
      findings_.add(ErrorId::object_missing, prefix_ + name, facts_->archive, prefix_ + name + " is missing");
      return 0;
    }
    if (found->second != wanted)
      findings_.add(ErrorId::damage, prefix_ + name, facts_->archive,
                    prefix_ + name + " is " + std::to_string(found->second) + " bytes long, it was stored with " +
                        std::to_string(wanted));
    return std::min(found->second, wanted);
  }

  void bad_seal(const std::string& text) { findings_.add(ErrorId::damage, prefix_ + "seal", facts_->archive, text); }

  Status check_seal() {
    const ObjectName name = prefix_ + "seal";
    auto object = read_small_object(*input_.repository->medium, name);
    if (!object) {
      if (!ArchiveReader::may_be_lost(object.error().id())) return std::move(object).error();
      bad_seal(object.error().sentence());
      return ok();
    }
    report_.bytes += object->size();
    LIFEBOAT_TRY(const std::unique_ptr<HashPort> hash, input_.repository->structural->begin());
    const auto opened = open_object(*object, ObjectKind::seal, *hash, name);
    if (!opened) {
      bad_seal(opened.error().sentence());
      return ok();
    }
    if (opened->digest != facts_->seal_digest) {
      bad_seal(name + " is not the seal that the chain entry names");
      return ok();
    }
    FieldReader fields(opened->fields);
    Field field;
    while (fields.next(field)) {
      if (field.tag != 4) continue;
      ByteReader r(field.value);
      const auto length = r.fixed<std::uint64_t>();
      const std::string_view object_name = r.counted_text();
      const ByteView digests = r.bytes(r.left());
      if (!r.good()) {
        bad_seal(name + " has a receipt that can not be");
        return ok();
      }
      LIFEBOAT_CHECK(check_receipt(std::string(object_name), length, digests));
    }
    if (!fields.good()) bad_seal(name + " has fields that can not be");
    return ok();
  }

  Status check_receipt(const std::string& name, std::uint64_t length, ByteView digests) {
    const auto found = lengths_.find(name);
    if (found == lengths_.end()) return ok();  // said already
    if (found->second != length)
      findings_.add(ErrorId::damage, prefix_ + name, facts_->archive,
                    prefix_ + name + " is " + std::to_string(found->second) + " bytes long, its receipt says " +
                        std::to_string(length));
    if (digests.empty()) return ok();
    constexpr std::uint64_t chunk = std::uint64_t{1} << 20U;
    if (digests.size() != (length + chunk - 1) / chunk * 32) {
      bad_seal(prefix_ + "seal has a receipt of " + name + " with the wrong number of digests");
      return ok();
    }
    LIFEBOAT_TRY(const std::unique_ptr<VerifierPort> sha256, open_verifier_port<Sha256>());
    Bytes piece(chunk);
    for (std::uint64_t at = 0, n = 0; at < length; at += chunk, ++n) {
      const auto size = static_cast<std::size_t>(std::min(chunk, length - at));
      const auto got = input_.repository->medium->read(prefix_ + name, at, MutableBytes(piece).first(size));
      std::byte digest[32];
      if (got && *got == size) LIFEBOAT_CHECK(sha256->leaves(ByteView(piece).first(size), size, digest));
      report_.bytes += size;
      if (got && *got == size && std::memcmp(digest, digests.data() + n * 32, 32) == 0) continue;
      VerifyFinding finding;
      finding.object = prefix_ + name;
      finding.has_archive = true;
      finding.archive = facts_->archive;
      finding.text =
          prefix_ + name + " is damaged in bytes " + std::to_string(at) + " to " + std::to_string(at + size - 1);
      findings_.add(std::move(finding));
    }
    return ok();
  }

  const VerifyInput& input_;
  VerifyReport& report_;
  FindingList& findings_;
  DamageMap& damage_;
  const BackupFacts* facts_ = nullptr;
  std::string prefix_;
  std::map<std::string, std::uint64_t> lengths_;
};

}  // namespace detail

}  // namespace lifeboat::inline LIFEBOAT_ABI
