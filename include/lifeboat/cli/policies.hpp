// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <lifeboat/cli/media.hpp>
#include <lifeboat/cli/opening.hpp>
#include <lifeboat/compatibility.hpp>
#include <lifeboat/source/adapt.hpp>
#include <lifeboat/source/directory.hpp>
#include <lifeboat/strategy/any.hpp>
#include <lifeboat/sync/no_sync.hpp>
#include <lifeboat/sync/timestamp_sync.hpp>
#include <lifeboat/verifier/any.hpp>

// The five policies of a pipeline, opened as the words say. The only file of the program that is templated on them.
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

/// A medium by its URL. A fixed medium is named by its own scheme only.
template <Medium M>
Result<std::unique_ptr<MediumPort>> open_named_medium(const std::string& url, bool create) {
  if constexpr (Capabilities{M::capabilities}.at_run_time) {
    return open_medium<M>(typename M::Config{url, create, known_media});
  } else {
    const std::size_t colon = url.find(':');
    if (colon == std::string::npos || std::string_view(url).substr(0, colon) != M::name)
      return Error{ErrorId::usage, "this program keeps its archives on " + std::string(M::name) + ", not on " + url}
          .next("--medium " + std::string(M::name) + ":...")
          .unchanged();
    LIFEBOAT_TRY(auto config, M::config_of(std::string_view(url).substr(colon + 1), create));
    return open_medium<M>(std::move(config));
  }
}

/// A policy that is chosen by name takes it; one that is fixed is asked for by its own name only.
template <Strategy S>
Result<std::unique_ptr<StrategyPort>> open_named_strategy(const Arguments& arguments) {
  typename S::Config config{};
  if (arguments.has("--strategy")) {
    const std::string name = arguments.text("--strategy");
    if constexpr (requires { config.name = name; }) {
      config.name = name;
    } else if (name != S::name) {
      return Error{ErrorId::usage, "this program's strategy is " + std::string(S::name)}.unchanged();
    }
  }
  LIFEBOAT_TRY(S strategy, open_strategy<S>(std::move(config)));
  return std::unique_ptr<StrategyPort>(std::make_unique<StrategyAdapter<S>>(std::move(strategy)));
}

template <Verifier V>
Result<std::unique_ptr<VerifierPort>> open_named_verifier(const Arguments& arguments) {
  typename V::Config config{};
  if (arguments.has("--verifier")) {
    const std::string name = arguments.text("--verifier");
    if constexpr (requires { config.name = name; }) {
      config.name = name;
    } else if (name != V::traits.name) {
      return Error{ErrorId::usage, "this program's verifier is " + std::string(V::traits.name)}.unchanged();
    }
  }
  return open_verifier_port<V>(std::move(config));
}

namespace detail {

/// Takes up the rules that a manifest keeps, so that a tree is looked at as the archive saw it.
template <class Config>
void take_rules(Config& config, const std::vector<std::string>& rules) {
  for (const std::string& rule : rules) {
    const std::size_t blank = rule.find(' ');
    const std::string_view kind = std::string_view(rule).substr(0, blank);
    if (kind == "exclude")
      config.exclude.push_back(rule.substr(blank + 1));
    else if (kind == "only")
      config.only.push_back(rule.substr(blank + 1));
    else if (kind == "append-only")
      config.append_only.push_back(rule.substr(blank + 1));
    else
      config.cross_mounts = true;
  }
}

}  // namespace detail

/// The source: a Directory from --source, or a user's own that has `config_of(arguments.text("--source"))`.
template <Source S>
Result<std::unique_ptr<SourcePort>> open_named_source(const Arguments& arguments, const Needs& needs) {
  typename S::Config config{};
  const std::string root = needs.root.empty() ? arguments.text("--source") : needs.root;
  if constexpr (requires {
                  config.cross_mounts = true;
                  config.root = root;
                  config.append_only.push_back(root);
                }) {
    config.root = absolute_path(root);
    LIFEBOAT_TRY(config.id, named_source(arguments));
    config.cross_mounts = arguments.has("--cross-mounts");
    if (!needs.root.empty()) {
      detail::take_rules(config, needs.rules);
    } else if (!needs.sync) {  // a sync has a scope of its own
      config.exclude = arguments.all("--exclude");
      config.only = arguments.all("--only");
      config.append_only = arguments.all("--append-only");
    }
  } else {
    static_assert(
        requires { S::config_of(root); },
        "lifeboat: the program opens a source by a Config like Directory's, or by config_of(text of --source): "
        "give yours one");
    LIFEBOAT_TRY(config, S::config_of(root));
  }
  LIFEBOAT_TRY(S source, S::open(std::move(config)));
  return std::unique_ptr<SourcePort>(std::make_unique<SourceAdapter<S>>(std::move(source)));
}

template <Sync Y>
Result<std::unique_ptr<SyncPort>> open_named_sync(const Arguments& arguments) {
  typename Y::Config config{};
  if constexpr (requires { config.replica = std::string(); }) {
    if (!arguments.has("--replica"))
      return Error{ErrorId::usage, "sync needs a replica"}.next("--replica DIR").unchanged();
    config.replica = absolute_path(arguments.text("--replica"));
    config.exclude = arguments.all("--exclude");
    config.only = arguments.all("--only");
    config.accept_emptied_source = arguments.has("--accept-emptied");
    config.accept_emptied_replica = arguments.has("--accept-emptied-replica");
  }
  LIFEBOAT_TRY(Y sync, Y::open(std::move(config)));
  return std::unique_ptr<SyncPort>(std::make_unique<SyncAdapter<Y>>(std::move(sync)));
}

/// The structural digest of a repository that is created. Errors: usage.
template <class = void>
Result<StructuralId> named_structural(const Arguments& arguments) {
  const std::string name = arguments.text("--structural", "sha256");
  if (name == "sha256") return StructuralId::sha256;
  if (name == "sm3") return StructuralId::sm3;
  return Error{ErrorId::usage, "there is no structural digest \"" + name + "\"; there are sha256, sm3"}
      .next("--structural sha256")
      .unchanged();
}

/// OpenPolicies of one pipeline type, by its member types. What was chosen at run time is asked the same rules that are
/// asked at compile time elsewhere.
template <class P>
Result<Parts> open_policies(const Arguments& arguments, const Needs& needs, const std::string& url, bool create) {
  Parts parts;
  LIFEBOAT_TRY(parts.structural, named_structural(arguments));
  LIFEBOAT_TRY(parts.strategy, open_named_strategy<typename P::strategy_type>(arguments));
  LIFEBOAT_TRY(parts.verifier, open_named_verifier<typename P::verifier_type>(arguments));
  if (needs.source) {
    LIFEBOAT_TRY(parts.source, open_named_source<typename P::source_type>(arguments, needs));
  }
  if (needs.sync) {
    LIFEBOAT_TRY(parts.sync, open_named_sync<typename P::sync_type>(arguments));
  }
  if (!needs.medium) return parts;
  LIFEBOAT_TRY(parts.medium, open_named_medium<typename P::medium_type>(url, create));
  Status fits = check_opened(
      {.strategy = parts.strategy->id(), .medium = parts.medium->capabilities(), .verifier = parts.verifier->traits()});
  if (!fits && parts.strategy->id() != StrategyId::full && !parts.verifier->traits().cryptographic)
    return std::move(fits).error().next("--strategy full");
  LIFEBOAT_CHECK(std::move(fits));
  return parts;
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
