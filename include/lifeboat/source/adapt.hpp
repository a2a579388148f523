// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <utility>

#include <lifeboat/source/source.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// A model as the inside sees it. What a model lacks is answered: `flush` with success, `kept` with the promise.
template <Source S>
class SourceAdapter final : public SourcePort {
 public:
  explicit SourceAdapter(S model) : model_(std::move(model)) {}

  [[nodiscard]] S& model() noexcept { return model_; }

  Result<SourceFacts> facts() override { return model_.facts(); }
  Status flush() override {
    if constexpr (requires { model_.flush(); })
      return model_.flush();
    else
      return ok();
  }
  Result<Cut> freeze() override { return model_.freeze(); }
  Cut kept(const Cut& promised) noexcept override {
    if constexpr (requires { model_.kept(promised); })
      return model_.kept(promised);
    else
      return promised;
  }
  void thaw() noexcept override { model_.thaw(); }
  Status scan(EntrySink& sink, std::stop_token stop) override { return model_.scan(sink, std::move(stop)); }

 private:
  S model_;
};

}  // namespace lifeboat::inline LIFEBOAT_ABI
