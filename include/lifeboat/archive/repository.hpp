// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <lifeboat/archive/names.hpp>
#include <lifeboat/archive/object.hpp>
#include <lifeboat/core/environment.hpp>
#include <lifeboat/verifier/structural.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A repository on a medium: its descriptor, read and checked (docs/format.md, "The descriptor").
struct Repository {
  MediumPort* medium = nullptr;  ///< outlives the repository
  Id id;
  StructuralId structural_id = StructuralId::sha256;
  std::unique_ptr<VerifierPort> structural;
  Timestamp created;
  std::string creator;
  std::uint64_t recover_length = 0;
  Digest recover_digest;
  Digest digest;  ///< of the descriptor: the predecessor of every chain's first entry
};

namespace detail {

inline constexpr std::string_view recover_text =
    "This folder is a Lifeboat repository: backups of one or more sources. It needs no configuration to restore from.\n"
    "\n"
    "With Lifeboat:\n"
    "    lifeboat list    --medium disk:THIS-FOLDER\n"
    "    lifeboat restore --medium disk:THIS-FOLDER --id SOURCE --target NEW-FOLDER\n"
    "    lifeboat verify  --medium disk:THIS-FOLDER\n"
    "\n"
    "Without Lifeboat, a full archive (archive/SOURCE/ID with members that begin with ./) is a plain tar file in "
    "pieces:\n"
    "    cd archive/SOURCE/ID\n"
    "    cat data.* | LC_ALL=C tar -x --xattrs --xattrs-include='*' --acls --numeric-owner --anchored "
    "--exclude='.lifeboat-*' -C NEW-FOLDER\n"
    "An archive that holds members .lifeboat-ID/blocks.* only is an increment: it needs the archives that it was "
    "built\n"
    "on, and Lifeboat or a reader written from the format's description (docs/format.md of the project) puts them "
    "together.\n"
    "\n"
    "Do not change or remove single files here. chain/SOURCE lists what was committed, oldest first.\n";

}  // namespace detail

/// Writes one small object under a name that must be free.
template <class = void>
Status publish_object(MediumPort& medium, const ObjectName& name, ByteView object) {
  LIFEBOAT_TRY(std::unique_ptr<ObjectWriter> writer, medium.create(name, {object.size()}));
  for (std::size_t at = 0; at < object.size(); at += 1U << 20U)
    LIFEBOAT_CHECK(
        writer->write(object.subspan(at, object.size() - at < (1U << 20U) ? object.size() - at : 1U << 20U)));
  LIFEBOAT_TRY(const Receipt receipt, writer->commit(Publish::if_absent));
  if (receipt.length != object.size())
    return Error{ErrorId::medium_io, name + " was stored with another length than it has"};
  return ok();
}

/// Makes an empty medium a repository: RECOVER.txt, then the descriptor. object_exists where it is one already.
template <class = void>
Status create_repository(MediumPort& medium, StructuralId structural, const ClockPort& clock, RandomPort& random) {
  LIFEBOAT_TRY(std::unique_ptr<VerifierPort> verifier, open_structural(structural));
  LIFEBOAT_TRY(std::unique_ptr<HashPort> hash, verifier->begin());
  const ByteView text = as_bytes(detail::recover_text);
  LIFEBOAT_TRY(const Digest recover, tagged_digest(*hash, digest_tag::recover, {text}));
  Id id;
  random.fill(id.bytes);
  Bytes object;
  put_object_header(object, ObjectKind::descriptor);
  FieldWriter f(object);
  f.bytes(1, id.view());
  f.fixed(2, static_cast<std::uint8_t>(structural));
  f.time(3, clock.now().wall);
  f.text(4, std::string("lifeboat ") + library_version);
  f.fixed(5, static_cast<std::uint64_t>(text.size()));
  f.bytes(6, recover.view());
  LIFEBOAT_TRY(const Digest digest, seal_object(object, *hash));
  (void)digest;
  // A creation that was cut off leaves RECOVER.txt alone; the next one finds the same text and goes on.
  auto recover_written = publish_object(medium, ObjectName(recover_name), text);
  if (!recover_written) {
    if (recover_written.error().id() != ErrorId::object_exists) return recover_written;
    LIFEBOAT_TRY(const Bytes there, read_small_object(medium, ObjectName(recover_name)));
    if (as_text(there) != detail::recover_text)
      return Error{ErrorId::medium_strange, "a RECOVER.txt with another text stands where a repository would be made"}
          .next("move it away, or name another medium")
          .unchanged();
  }
  return publish_object(medium, ObjectName(descriptor_name), object);
}

/// Reads the descriptor. Errors: object_missing where the medium holds none; corrupt, format_version, feature_unknown.
template <class = void>
Result<Repository> open_repository(MediumPort& medium) {
  LIFEBOAT_TRY(const Bytes object, read_small_object(medium, ObjectName(descriptor_name)));
  Repository repository;
  repository.medium = &medium;
  // The structural digest is named inside the object that it protects: it is read first and proved by the digest.
  ByteReader r(object);
  LIFEBOAT_CHECK(check_object_header(r, ObjectKind::descriptor, descriptor_name));
  FieldReader peek(ByteView(object).subspan(object_header_size));
  Field f;
  std::uint8_t structural = 0;
  while (structural == 0 && peek.next(f))
    if (f.tag == 2 && !f.get(structural)) break;
  if (structural != 1 && structural != 2)
    return Error{ErrorId::corrupt, "the object repository names no structural digest"};
  repository.structural_id = static_cast<StructuralId>(structural);
  LIFEBOAT_TRY(repository.structural, open_structural(repository.structural_id));
  LIFEBOAT_TRY(std::unique_ptr<HashPort> hash, repository.structural->begin());
  LIFEBOAT_TRY(const OpenedObject opened, open_object(object, ObjectKind::descriptor, *hash, descriptor_name));
  repository.digest = opened.digest;
  FieldReader fields(opened.fields);
  unsigned seen = 0;
  while (fields.next(f)) {
    bool good = true;
    switch (f.tag) {
      case 1: good = f.get(repository.id); break;
      case 3: good = f.get(repository.created); break;
      case 4: good = f.get(repository.creator); break;
      case 5: good = f.get(repository.recover_length); break;
      case 6: good = f.get(repository.recover_digest); break;
      default: break;
    }
    if (!good) return Error{ErrorId::corrupt, "the object repository has a field that can not be"};
    if (f.tag <= 6) seen |= 1U << f.tag;
  }
  if (!fields.good() || seen != 0x7EU) return Error{ErrorId::corrupt, "the object repository lacks fields"};
  return repository;
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
