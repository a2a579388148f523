// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <lifeboat/cli/json.hpp>
#include <lifeboat/cli/progress.hpp>
#include <lifeboat/cli/units.hpp>
#include <lifeboat/pipeline/core.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

class Session;

/// What surrounds a call of the program.
struct Host {
  Streams streams;
  std::string program = "lifeboat";  ///< as messages name it
  std::stop_token stop;
  Environment environment;
  MakeInvariants invariants = nullptr;  ///< the engine's own: each restore, adoption and promotion asks for them
  Result<int> (*standby)(Session& session) = nullptr;  ///< standby_command, where the program has it (cli/standby.hpp)
};

/// What a command needs opened.
struct Needs {
  bool source = false;  ///< it reads the source
  bool create = false;  ///< it may make a repository
  bool sync = false;
  bool medium = true;
  std::string root{};                ///< look at this tree in place of --source
  std::vector<std::string> rules{};  ///< with these rules, as a manifest keeps them
};

/// Opens the policies of one kind of pipeline as the arguments say.
using OpenPolicies = Result<Parts> (*)(const Arguments& arguments, const Needs& needs, const std::string& medium_url,
                                       bool create_medium);

/// One call of one command: its words, where its results go, and what it has opened.
class Session {
 public:
  Session(Output& output, const Arguments& words, const Host& surroundings, OpenPolicies open_policies)
      : out(output),
        arguments(words),
        host(surroundings),
        open(open_policies),
        wants_json_(words.has("--json")),
        progress_(output, words.has("--quiet")) {
    json["lifeboat"] = json_version;
    json["command"] = words.command().name;
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() = default;

  Output& out;
  const Arguments& arguments;
  const Host& host;
  OpenPolicies open;
  Json json;                 ///< what --json prints
  std::optional<Core> core;  ///< what open_core opened
  bool refused = false;      ///< an error that follows is a refusal, whatever its id means elsewhere

  [[nodiscard]] bool wants_json() const noexcept { return wants_json_; }
  [[nodiscard]] const std::stop_token& stop() const noexcept { return host.stop; }

  /// One line of the answer; nothing where JSON is asked for.
  void say(std::string_view line) {
    if (wants_json_) return;
    std::string text(line);
    out.out(text.append("\n"));
  }
  /// A line that leads on, as part of the answer.
  void next(const std::string& line) {
    const std::string whole = complete_next(line, host.program, &arguments);
    if (wants_json_)
      put_text(json, "next", whole);
    else
      say("next: " + printable(whole));
  }

  /// Something that does not end the command. Of one kind, the first twenty are printed, and at the end how many more.
  void warn(ErrorId id, std::string_view object, std::string_view sentence, int system_error = 0) {
    const std::lock_guard lock(mutex_);
    if (++warned_[id] > shown_max) return;
    Json entry;
    entry["id"] = to_string(id);
    if (!object.empty()) put_text(entry, "object", object);
    put_text(entry, "message", sentence);
    if (system_error != 0) entry["system_error"] = system_error;
    warnings_.push_back(std::move(entry));
    out.err(warning_of(id, sentence, system_error));
  }
  void warn(const Error& error) {
    warn(error.id(), {}, error.sentence(), error.system_error());
    if (!error.next().empty())
      out.err("next: " + printable(complete_next(error.next(), host.program, &arguments)) + "\n");
  }

  /// For verbs: events become warnings, progress a line on stderr.
  [[nodiscard]] LogSink log() noexcept {
    return {this,
            [](void* context, const Event& event) noexcept {
              static_cast<Session*>(context)->warn(event.id, event.object, event.sentence, event.system_error);
            },
            [](void* context, const Progress& told) noexcept { static_cast<Session*>(context)->progress_.take(told); }};
  }

  /// Notes the progress of this call in the state folder `path`, for others that are refused meanwhile.
  void note_progress(const std::string& path) {
    if (path.empty()) return;
    note_ = path + "/running";
    progress_.note_in(note_);
  }
  /// An error as it is told: one that says busy says who is, and how far; a stop and a full medium have what leads on;
  /// what only looks changed nothing, and what made a repository did.
  [[nodiscard]] Error told(const Error& error) const {
    std::string sentence = error.sentence();
    std::string next = error.next();
    if (error.id() == ErrorId::busy && !note_.empty()) {
      const std::string other = ProgressView::noted_in(note_);
      if (!other.empty()) sentence.append("; ").append(other);
    }
    if (error.id() == ErrorId::interrupted && next.empty()) next = "the same command again";
    const bool made = core.has_value() && core->created();
    if (error.id() == ErrorId::medium_full && made) next = "--medium disk:DIR    # where there is more room";
    // A prune marks what goes before it gives any room back.
    const bool target_full = error.id() == ErrorId::target_io && error.system_error() == ENOSPC && next.empty();
    if (target_full || (error.id() == ErrorId::medium_full && (next.empty() || arguments.command().name == "prune")))
      next = "the same command again    # when there is room: what lies on that disk beside it can go first";
    if (error.id() == ErrorId::path_unknown && next.empty() && !arguments.has("--where")) next = "lifeboat show";
    if (made && error.is_unchanged()) sentence += "; the repository was made, and is empty";
    Error longer{error.id(), std::move(sentence)};
    if (error.system_error() != 0) longer = std::move(longer).because(error.system_error());
    if (!made && (error.is_unchanged() || arguments.only_looks())) longer = std::move(longer).unchanged();
    if (!next.empty()) longer = std::move(longer).next(std::move(next));
    return longer;
  }

  /// Begins an array that is printed item by item, so that it may be long; the other members follow it.
  void begin_array(const std::string& name) {
    if (!wants_json_) return;
    std::string head = json_text(json);
    head.pop_back();
    out.out(head + "," + json_text(Json(name)) + ":[");
    json = Json::object();
    in_array_ = first_item_ = true;
  }
  void item(const Json& value) {
    if (!wants_json_) return;
    out.out((first_item_ ? "\n" : ",\n") + json_text(value));
    first_item_ = false;
  }

  /// Prints what is left to print: how many more warnings, and the JSON object.
  void finish(int status) {
    for (const auto& [id, count] : warned_)
      if (count > shown_max) out.err(warning_of(id, std::to_string(count - shown_max) + " more of these"));
    if (!wants_json_) return;
    Json counts = Json::object();
    for (const auto& [id, count] : warned_) counts[std::string(to_string(id))] = count;
    json["warnings"] = warnings_.is_null() ? Json::array() : std::move(warnings_);
    json["warning_counts"] = std::move(counts);
    json["status"] = status;
    std::string text = json_text(json);
    if (in_array_) text = "]," + text.substr(1);
    out.out(text + "\n");
  }

 private:
  static constexpr std::uint64_t shown_max = 20;

  bool wants_json_;
  std::string note_;
  bool in_array_ = false;
  bool first_item_ = false;
  std::mutex mutex_;
  std::map<ErrorId, std::uint64_t> warned_;
  Json warnings_;
  ProgressView progress_;
};

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
