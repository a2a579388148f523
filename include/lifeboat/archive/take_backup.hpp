// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/archive_writer.hpp>
#include <lifeboat/archive/chain_append.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

namespace detail {

/// Whether every volume of an archive is there with the right length; names the first that are not.
template <class = void>
Status check_objects(MediumPort& medium, const std::string& source, const ArchiveId& archive,
                     std::uint64_t stream_length, std::uint64_t volume_length, std::vector<std::string>& missing) {
  const std::uint64_t volumes = volume_count(stream_length, volume_length);
  std::vector<bool> found(static_cast<std::size_t>(volumes));
  const std::string prefix = archive_prefix(source, archive);
  std::uint64_t next = 0;
  LIFEBOAT_CHECK(medium.list(prefix + "data.", "", [&](const ObjectInfo& info) {
    while (next < volumes && volume_name(source, archive, next) < info.name) ++next;
    if (next < volumes && volume_name(source, archive, next) == info.name) {
      const std::uint64_t begin = next * volume_length;
      const std::uint64_t wanted = stream_length - begin < volume_length ? stream_length - begin : volume_length;
      found[static_cast<std::size_t>(next)] = info.length == wanted;
    }
    return true;
  }));
  constexpr std::size_t named_max = 1000;  // in a chain entry, which is small
  for (std::uint64_t n = 0; n < volumes && missing.size() < named_max; ++n)
    if (!found[static_cast<std::size_t>(n)]) missing.push_back(volume_name(source, archive, n));
  return ok();
}

/// One backup under way: from the choice of the base to the commit.
template <class = void>
class BasicBackupRun {
 public:
  explicit BasicBackupRun(const BackupInput& input) : input_(input), spool_(input.spool_folder) {}

  /// `scan` walks the source into the sink that it is given, lets it settle, and says how consistent that was.
  Result<BackupReport> run(FunctionRef<Result<Cut>(EntrySink&)> scan) {
    began_ = input_.clock->now();
    LIFEBOAT_CHECK(prepare());
    auto done = work(scan);
    if (!done) {
      abandon();
      return std::move(done).error();
    }
    return std::move(report_);
  }

 private:
  [[nodiscard]] MediumPort& medium() const { return *input_.repository->medium; }
  [[nodiscard]] const std::string& source() const { return input_.catalog->source; }

  Status prepare() {
    report_.want_of_base = input_.want_of_base;
    if (input_.base != nullptr) {
      auto base = open_base();
      if (base) {
        base_ = std::move(*base);
      } else {
        report_.want_of_base = base.error().sentence();
        input_.log.tell(Event{ErrorId::base_unusable, to_hex(input_.base->facts.archive.view()), report_.want_of_base});
      }
    }
    report_.base_refused = base_ == nullptr && input_.strategy != StrategyId::full;
    if (base_ == nullptr) input_.strategy = StrategyId::full;
    input_.random->fill(manifest_.archive.bytes);
    manifest_.salt.size = 32;
    input_.random->fill({manifest_.salt.bytes.data(), 32});
    manifest_.repository = input_.repository->id;
    manifest_.source = source();
    manifest_.verifier = input_.verifier->traits().id;
    manifest_.structural = static_cast<std::uint8_t>(input_.repository->structural_id);
    manifest_.strategy = input_.strategy;
    manifest_.program = std::string("lifeboat ") + library_version;
    manifest_.volume_length = input_.volume_length;
    manifest_.rules = input_.rules;
    manifest_.schemas = input_.schemas;
    return ok();
  }

  Result<std::unique_ptr<Base>> open_base() {
    const ArchiveRecord& record = *input_.base;
    const VerifierTraits& traits = input_.verifier->traits();
    if (record.facts.verifier != traits.id)
      return Error{ErrorId::base_unusable, "the base was made with another verifier than " + std::string(traits.name)};
    LIFEBOAT_TRY(std::unique_ptr<Base> base, Base::open(*input_.repository, source(), record, traits.size));
    LIFEBOAT_CHECK(check_references(record.facts.archive, base->manifest(), record.facts));
    return base;
  }

  /// A base is used only if all that it refers to is there; what is not is entered in the chain, once.
  Status check_references(const ArchiveId& archive, const Manifest& manifest, const BackupFacts& facts) {
    std::vector<std::string> missing;
    LIFEBOAT_CHECK(check_objects(medium(), source(), archive, facts.stream_length, facts.volume_length, missing));
    ArchiveId lost = archive;
    for (const ReferredArchive& a : manifest.archives) {
      if (!missing.empty()) break;
      LIFEBOAT_CHECK(check_objects(medium(), source(), a.id, a.stream_length, a.volume_length, missing));
      lost = a.id;
    }
    if (missing.empty()) return ok();
    ChainEntry entry;
    entry.kind = EntryKind::lost;
    entry.lost.archive = lost;
    entry.lost.objects = missing;
    sign(entry, "found missing before a backup");
    LIFEBOAT_CHECK(append_entry(*input_.repository, *input_.catalog, entry, [](const Catalog&) { return ok(); }));
    return Error{ErrorId::base_unusable, missing.front() + " is missing or of the wrong length"};
  }

  Status work(FunctionRef<Result<Cut>(EntrySink&)> scan) {
    LIFEBOAT_TRY(const std::unique_ptr<HashPort> stream_hash, input_.repository->structural->begin());
    LIFEBOAT_TRY(const std::unique_ptr<HashPort> page_hash, input_.repository->structural->begin());
    const ArchiveRecord* latest = input_.catalog->view().latest();
    // A full will be about as long as the last one; of an increment nothing is known.
    std::uint64_t expected = 0;
    for (const ArchiveRecord& record : input_.catalog->archives)
      if (base_ == nullptr && record.facts.strategy == StrategyId::full) expected = record.facts.stream_length;
    MemberWriter out(input_, manifest_, *stream_hash, *page_hash, spool_, expected);
    LIFEBOAT_CHECK(out.begin());
    {
      ArchiveWriter writer(input_, out, base_.get(), report_, threads_of(input_.budgets));
      LIFEBOAT_TRY(cut_, scan(writer));
      LIFEBOAT_CHECK(writer.settle());
    }
    report_.reused_bytes = out.reused_bytes();
    LIFEBOAT_CHECK(check_not_emptied(latest));
    LIFEBOAT_CHECK(finish_stream(out));
    LIFEBOAT_CHECK(write_manifest());
    LIFEBOAT_CHECK(write_seal(out, *page_hash));
    if (input_.stop.stop_requested())
      return Error{ErrorId::interrupted, "the backup was stopped before its commit"}.unchanged();
    return commit(out);
  }

  /// A source that had entries and has none is far more often an unmounted disk than a wish.
  Status check_not_emptied(const ArchiveRecord* latest) {
    if (latest == nullptr) return ok();
    const BackupFacts& before = latest->facts;
    if (before.entries > 1 && manifest_.entries <= 1 && !input_.accept_emptied)
      return Error{ErrorId::source_emptied, "the source " + source() + " is empty, but had " +
                                                std::to_string(before.entries - 1) +
                                                " entries at the last backup: is it mounted?"}
          .next("lifeboat backup ... --accept-emptied    # if it is meant to be empty")
          .unchanged();
    report_.shrunken = manifest_.entries * 2 < before.entries || manifest_.content_bytes * 2 < before.content_bytes;
    if (report_.shrunken)
      input_.log.tell(
          Event{ErrorId::source_shrunken, source(), "the source lost more than half of its entries or bytes"});
    return ok();
  }

  Status finish_stream(MemberWriter& out) {
    StreamWriter& stream = out.stream();
    manifest_.covered = stream.offset();
    LIFEBOAT_CHECK(stream.end_cover());
    manifest_.volumes = stream.digests();
    manifest_.cut = manifest_.torn != 0 ? CutKind::torn : cut_.kind;
    manifest_.cut_began = input_.cut_began;
    manifest_.cut_ended = input_.clock->now().wall;
    manifest_.has_position = cut_.has_position;
    manifest_.position = cut_.position;
    LIFEBOAT_CHECK(out.pages().finish());
    LIFEBOAT_CHECK(out.own_header("manifest", spool_.size()));
    LIFEBOAT_CHECK(each_spooled([&](ByteView piece) { return stream.put(piece); }));
    LIFEBOAT_CHECK(stream.pad());
    Bytes end;
    encode_end(end);
    LIFEBOAT_CHECK(stream.put(end));
    return stream.finish();
  }

  Status each_spooled(FunctionRef<Status(ByteView)> each) {
    Bytes piece(std::size_t{1} << 20U);
    for (std::uint64_t at = 0; at < spool_.size();) {
      LIFEBOAT_TRY(const std::size_t got, spool_.read(at, piece));
      LIFEBOAT_CHECK(each(ByteView(piece).first(got)));
      at += got;
    }
    return ok();
  }

  Status write_manifest() {
    LIFEBOAT_TRY(const std::unique_ptr<ObjectWriter> writer,
                 medium().create(manifest_name(source(), manifest_.archive), {spool_.size()}));
    LIFEBOAT_CHECK(each_spooled([&](ByteView piece) { return writer->write(piece); }));
    LIFEBOAT_TRY(manifest_receipt_, writer->commit(Publish::unique));
    return ok();
  }

  Status write_seal(MemberWriter& out, HashPort& hash) {
    Bytes object;
    put_object_header(object, ObjectKind::seal);
    FieldWriter f(object);
    f.bytes(1, input_.repository->id.view());
    f.text(2, source());
    f.bytes(3, manifest_.archive.view());
    const auto receipt = [&](std::string_view name, const Receipt& r) {
      Bytes value;
      ByteWriter w(value);
      w.fixed(r.length);
      w.counted(name);
      w.bytes(r.chunk_digests);
      f.bytes(4, value);
    };
    const std::vector<Receipt>& volumes = out.stream().receipts();
    for (std::size_t n = 0; n < volumes.size(); ++n) receipt("data." + zero_padded(n, 6), volumes[n]);
    receipt("manifest", manifest_receipt_);
    LIFEBOAT_TRY(seal_digest_, seal_object(object, hash));
    seal_length_ = object.size();
    return publish_object(medium(), seal_name(source(), manifest_.archive), object);
  }

  Status commit(MemberWriter& out) {
    ChainEntry entry;
    entry.kind = EntryKind::backup;
    sign(entry, input_.reason);
    BackupFacts& facts = entry.backup;
    facts.archive = manifest_.archive;
    facts.strategy = manifest_.strategy;
    facts.has_base = base_ != nullptr;
    if (base_ != nullptr) facts.base = base_->facts().archive;
    facts.window = base_ != nullptr ? base_->facts().window : manifest_.archive;
    facts.verifier = manifest_.verifier;
    facts.manifest_length = spool_.size();
    facts.manifest_digest = manifest_.digest;
    facts.stream_length = out.stream().offset();
    facts.volume_length = manifest_.volume_length;
    facts.cut = manifest_.cut;
    facts.has_position = manifest_.has_position;
    facts.position = manifest_.position;
    facts.entries = manifest_.entries;
    facts.content_bytes = manifest_.content_bytes;
    facts.stored_bytes = facts.stream_length + facts.manifest_length + seal_length_;
    facts.torn = manifest_.torn;
    facts.unreadable = manifest_.unreadable;
    facts.flags = (report_.shrunken ? backup_flag::shrunken : 0) |
                  (report_.base_refused ? backup_flag::full_for_want : 0) |
                  (input_.root_is_mount ? backup_flag::root_is_mount : 0);
    facts.cut_began = manifest_.cut_began;
    facts.cut_ended = manifest_.cut_ended;
    for (const ReferredArchive& archive : manifest_.archives) facts.refers_to.push_back(archive.id);
    facts.seal_digest = seal_digest_;
    facts.read_bytes = report_.read_bytes;
    commit_tried_ = true;
    const ClockReading now = input_.clock->now();
    facts.duration_ns = now.boot_nanoseconds - began_.boot_nanoseconds;
    LIFEBOAT_CHECK(append_entry(*input_.repository, *input_.catalog, entry,
                                [&](const Catalog& catalog) { return still_based(catalog); }));
    report_.record = record_of(entry);
    return ok();
  }

  /// Another writer came between: what this archive refers to must still exist.
  Status still_based(const Catalog& catalog) const {
    for (const ReferredArchive& archive : manifest_.archives) {
      const ArchiveRecord* record = catalog.view().find(archive.id);
      if (record == nullptr || record->lost)
        return Error{ErrorId::chain_moved, "archive " + to_hex(archive.id.view()) +
                                               ", which this backup was built on, was pruned or lost meanwhile"}
            .next("the same command again");
    }
    return ok();
  }

  void sign(ChainEntry& entry, std::string_view reason) const {
    entry.clock = input_.clock->now();
    entry.actor = input_.actor;
    entry.host = input_.host;
    entry.program = std::string("lifeboat ") + library_version;
    entry.configuration = input_.configuration;
    entry.configuration.size = structural_size;
    entry.reason = std::string(reason);
    entry.ticket = input_.ticket;
  }

  /// Removes what this attempt wrote; what can not be removed is swept by a later prune. A commit that failed half-way
  /// may stand all the same: then nothing of it may go.
  void abandon() {
    if (commit_tried_) {
      const auto catalog = load_catalog(*input_.repository, source());
      if (!catalog || !catalog->findings.empty() || catalog->view().find(manifest_.archive) != nullptr) return;
    }
    std::vector<ObjectName> names;
    const auto listed = medium().list(archive_prefix(source(), manifest_.archive), "", [&](const ObjectInfo& info) {
      names.emplace_back(info.name);
      return true;
    });
    if (listed && !names.empty()) (void)medium().remove(names);
  }

  BackupInput input_;
  ClockReading began_;
  Cut cut_;
  Manifest manifest_;
  Spool spool_;
  std::unique_ptr<Base> base_;
  BackupReport report_;
  Receipt manifest_receipt_;
  Digest seal_digest_;
  std::uint64_t seal_length_ = 0;
  bool commit_tried_ = false;
};

}  // namespace detail

/// Takes one archive of a source: reads, hashes and writes it, decodes what it encoded, and commits it by one chain
/// entry. On any error what was written of it is removed, and the repository is as it was.
template <class = void>
Result<BackupReport> take_backup(const BackupInput& input, FunctionRef<Result<Cut>(EntrySink&)> scan) {
  return detail::BasicBackupRun<>(input).run(scan);
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
