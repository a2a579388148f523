// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>

#include <lifeboat/core/shell_word.hpp>
#include <lifeboat/medium/adapt.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// How a kind of medium is opened from a URL "SCHEME:REST". A table of them stands above this room (cli/media.hpp has
/// the library's own; an engine may name others), so that AnyMedium includes no other model.
struct MediumScheme {
  std::string_view scheme;
  Result<std::unique_ptr<MediumPort>> (*open)(std::string_view rest, bool create);
};

/// The scheme of a model that has `config_of(rest, create)`, under the model's name.
template <Medium M>
requires requires(std::string_view rest) {
  { M::config_of(rest, true) } -> std::same_as<Result<typename M::Config>>;
}
inline constexpr MediumScheme medium_scheme{
    M::name, [](std::string_view rest, bool create) -> Result<std::unique_ptr<MediumPort>> {
      LIFEBOAT_TRY(auto config, M::config_of(rest, create));
      return open_medium<M>(std::move(config));
    }};

/// A medium chosen at run time, by its URL. Compile-time rules answer "ask at open" for it: `actual_capabilities` are
/// those of what was opened.
template <class = void>
class BasicAnyMedium {
 public:
  struct Config {
    std::string url{};                        ///< "disk:/backup"
    bool create = false;                      ///< make the store where it is missing
    std::span<const MediumScheme> schemes{};  ///< what can be named; borrowed until open returns
  };

  static constexpr std::string_view name = "any";
  static constexpr Capabilities capabilities{.at_run_time = true,
                                             .put_if_absent = true,
                                             .ranged_read = true,
                                             .remove = true,
                                             .durable = true,
                                             .readers_max = 64};

  class Writer {
   public:
    explicit Writer(std::unique_ptr<ObjectWriter> writer) : writer_(std::move(writer)) {}
    Status write(ByteView piece) { return writer_->write(piece); }
    Result<Receipt> commit(Publish publish) { return writer_->commit(publish); }

   private:
    std::unique_ptr<ObjectWriter> writer_;
  };

  /// usage where the URL names no known scheme; else what the medium's own opening answers.
  static Result<BasicAnyMedium> open(Config config) {
    const std::string_view url = config.url;
    const std::size_t colon = url.find(':');
    if (colon != std::string_view::npos) {
      for (const MediumScheme& known : config.schemes) {
        if (known.scheme != url.substr(0, colon)) continue;
        LIFEBOAT_TRY(auto port, known.open(url.substr(colon + 1), config.create));
        return BasicAnyMedium(std::move(port));
      }
    }
    std::string known;
    for (const MediumScheme& scheme : config.schemes)
      known.append(known.empty() ? "" : ", ").append(scheme.scheme).append(":");
    Error error{ErrorId::usage,
                "\"" + config.url + "\" names no medium; known are " + (known.empty() ? "none" : known)};
    if (!config.schemes.empty()) {
      const std::string first = std::string(config.schemes.front().scheme) + ":";
      error = std::move(error).next("--medium " +
                                    shell_quoted(first + (colon == std::string_view::npos ? config.url : "/backup")));
    }
    return std::move(error).unchanged();
  }

  Result<Writer> create(const ObjectName& object, CreateHint hint) {
    LIFEBOAT_TRY(auto writer, port_->create(object, hint));
    return Writer(std::move(writer));
  }
  Result<std::size_t> read(const ObjectName& object, std::uint64_t at, MutableBytes out) {
    return port_->read(object, at, out);
  }
  Status list(std::string_view prefix, std::string_view after, FunctionRef<bool(const ObjectInfo&)> each) {
    return port_->list(prefix, after, each);
  }
  Status remove(std::span<const ObjectName> objects) { return port_->remove(objects); }
  Result<std::unique_ptr<MediumLock>> lock(std::string_view lock_name) { return port_->lock(lock_name); }
  Result<MediumFacts> facts() { return port_->facts(); }
  [[nodiscard]] Capabilities actual_capabilities() const noexcept { return port_->capabilities(); }

 private:
  explicit BasicAnyMedium(std::unique_ptr<MediumPort> port) : port_(std::move(port)) {}

  std::unique_ptr<MediumPort> port_;
};
using AnyMedium = BasicAnyMedium<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
