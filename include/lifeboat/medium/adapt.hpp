// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <lifeboat/core/object_name.hpp>
#include <lifeboat/medium/medium.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A model's writer as the inside sees it: counts the length, and holds a writer that failed to its failure.
template <MediumWriter W>
class AdaptedWriter final : public ObjectWriter {
 public:
  AdaptedWriter(W writer, ObjectName name) : writer_(std::move(writer)), name_(std::move(name)) {}

  Status write(ByteView piece) override {
    if (ended_) return refused();
    Status status = writer_.write(piece);
    if (status)
      length_ += piece.size();
    else
      ended_ = true;
    return status;
  }

  Result<Receipt> commit(Publish publish) override {
    if (ended_) return refused();
    ended_ = true;
    LIFEBOAT_TRY(Receipt receipt, writer_.commit(publish));
    if (receipt.length == 0) receipt.length = length_;
    return receipt;
  }

 private:
  Error refused() const {
    return {ErrorId::medium_io, "the writer of " + name_ + " has ended: it was committed, or a write of it failed"};
  }

  W writer_;
  ObjectName name_;
  std::uint64_t length_ = 0;
  bool ended_ = false;
};

/// A model as the inside sees it, the only template between pipeline and archive. What a model lacks is answered:
/// `remove` with capability_missing, `lock` with null, `facts` with its name alone.
template <Medium M>
class MediumAdapter final : public MediumPort {
 public:
  explicit MediumAdapter(M model) : model_(std::move(model)) {}

  [[nodiscard]] M& model() noexcept { return model_; }

  Result<std::unique_ptr<ObjectWriter>> create(const ObjectName& name, CreateHint hint) override {
    LIFEBOAT_CHECK(check_object_name(name));
    LIFEBOAT_TRY(auto writer, model_.create(name, hint));
    return std::unique_ptr<ObjectWriter>(std::make_unique<AdaptedWriter<decltype(writer)>>(std::move(writer), name));
  }

  Result<std::size_t> read(const ObjectName& name, std::uint64_t at, MutableBytes out) override {
    LIFEBOAT_CHECK(check_object_name(name));
    return model_.read(name, at, out);
  }

  Status list(std::string_view prefix, std::string_view after, FunctionRef<bool(const ObjectInfo&)> each) override {
    return model_.list(prefix, after, each);
  }

  Status remove(std::span<const ObjectName> names) override {
    for (const ObjectName& name : names) LIFEBOAT_CHECK(check_object_name(name));
    if constexpr (requires { model_.remove(names); }) {
      return model_.remove(names);
    } else {
      if (names.empty()) return ok();
      return Error{ErrorId::capability_missing, std::string(M::name) + " can not remove objects (" + names[0] + ")"}
          .unchanged();
    }
  }

  Result<std::unique_ptr<MediumLock>> lock(std::string_view name) override {
    if constexpr (requires { model_.lock(name); }) {
      LIFEBOAT_CHECK(check_object_name(name));
      return model_.lock(name);
    } else {
      return std::unique_ptr<MediumLock>{};
    }
  }

  Result<MediumFacts> facts() override {
    if constexpr (requires { model_.facts(); }) {
      return model_.facts();
    } else {
      MediumFacts facts;
      facts.url = facts.device = M::name;
      return facts;
    }
  }

  [[nodiscard]] Capabilities capabilities() const noexcept override {
    if constexpr (requires { model_.actual_capabilities(); })
      return model_.actual_capabilities();
    else
      return M::capabilities;
  }

 private:
  M model_;
};

/// Opens a model and hands it over as a port.
template <Medium M>
Result<std::unique_ptr<MediumPort>> open_medium(typename M::Config config) {
  LIFEBOAT_TRY(auto model, M::open(std::move(config)));
  return std::unique_ptr<MediumPort>(std::make_unique<MediumAdapter<M>>(std::move(model)));
}

}  // namespace lifeboat::inline LIFEBOAT_ABI
