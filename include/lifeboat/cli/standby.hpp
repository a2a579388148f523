// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <condition_variable>

#include <lifeboat/cli/doubt_place.hpp>
#include <lifeboat/cli/standby_state.hpp>
#include <lifeboat/cli/stated.hpp>
#include <lifeboat/failover/standby.hpp>
#include <lifeboat/journal/journal_lag.hpp>
#include <lifeboat/sync/transport/tcp_receiver.hpp>

// The one command that needs libssl: a program gives it to `run` beside its pipeline (lifeboat/cli.hpp).
namespace lifeboat::inline LIFEBOAT_ABI {
namespace cli {

namespace detail {

/// The money of what was received, by the schemas that came with it.
struct ReceivedSums final : StatePort {
  std::uint64_t groups = 0;
  std::uint64_t unknown_records = 0;
  MoneySums sums;
  SeenGroups seen;

  Status apply(const JournalGroup& group, const SegmentHeader& segment) override {
    LIFEBOAT_TRY(const SeenGroup shown, seen.see(group, segment));
    ++groups;
    unknown_records += shown.unknown;
    if (add_money_of(shown, sums)) return ok();
    return Error{ErrorId::limit, "the sum of what was received does not fit into 128 bits"};
  }
};

/// "0.0.0.0:4710", ":4710" or "[::1]:4710". Errors: usage.
template <class = void>
Result<NetAddress> listen_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  NetAddress address{"0.0.0.0", 0};
  const auto port = colon == std::string::npos
                        ? std::optional<std::uint16_t>()
                        : lifeboat::detail::number_of<std::uint16_t>(std::string_view(text).substr(colon + 1));
  if (!port)
    return Error{ErrorId::usage, "--listen takes HOST:PORT, not \"" + text + "\""}
        .next("--listen 0.0.0.0:4710")
        .unchanged();
  address.port = *port;
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (!host.empty()) address.host = std::move(host);
  return address;
}

/// A standby that keeps, and never serves: it receives into a folder until it is stopped.
template <class = void>
class BasicStandbyRun {
 public:
  explicit BasicStandbyRun(Session& session) : session_(session) {}

  Result<int> run(const std::string& path) {
    path_ = path;
    LIFEBOAT_TRY(every_, parse_duration("--every", session_.arguments.text("--every", "30s")));
    LIFEBOAT_CHECK(open());
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    while (!session_.stop().stop_requested()) {
      LIFEBOAT_CHECK(look());
      if (const auto failure = standby_->failure()) return *failure;
      if (receiver_->status().state == LinkState::stopped) return Error{ErrorId::stopped, "the receiver stopped"};
      (void)never.wait_for(lock, session_.stop(), std::chrono::milliseconds(500), [] { return false; });
    }
    const LinkStatus link = receiver_->status();
    standby_->stop();
    StandbyNote note = noted(link);
    note.up = false;
    LIFEBOAT_CHECK(write_standby_note(path_, note));
    tell(link, true);
    return Error{ErrorId::interrupted, "the standby was stopped; it stands at " + to_text(standby_->applied())}.next(
        "the same command again");
  }

 private:
  [[nodiscard]] Timestamp now() const { return clock_now(session_.host.environment).wall; }

  [[nodiscard]] StandbyNote noted(const LinkStatus& link) const {
    StandbyNote note = note_of(link, listen_, now());
    if (before_ && before_->heard && !note.heard) {  // by the process before this one: it stays true
      note.heard = before_->heard;
      note.durable = std::max(note.durable, before_->durable);
      note.durable_time = before_->durable_time;
      note.no_doubt = before_->no_doubt;
      note.peer_certificate_days = before_->peer_certificate_days;
    }
    note.holders = holders_;
    return note;
  }

  Status open() {
    const Arguments& arguments = session_.arguments;
    for (const auto& [option, value] : {std::pair("--listen", "0.0.0.0:4710"), std::pair("--cert", "standby.pem"),
                                        std::pair("--key", "standby.key"), std::pair("--ca", "authority.pem")})
      if (!arguments.has(option))
        return Error{ErrorId::usage, std::string("a standby needs ") + option}
            .next(std::string(option) + " " + value)
            .unchanged();
    // Made by whoever sets the standby up: a folder that is gone is far more often a disk that is not mounted.
    if (const auto there = stat_at(AT_FDCWD, path_.c_str()); !there) {
      session_.refused = true;
      return Error{ErrorId::object_missing, "there is no folder " + path_ + " to receive into: is its disk mounted?"}
          .because(there.error)
          .next("mkdir -p -m 700 " + shell_quoted(path_) + "    # the first time")
          .unchanged();
    }
    LIFEBOAT_CHECK(check_owner_of(path_));
    LIFEBOAT_TRY(before_, read_standby_note(path_));
    TcpReceiverConfig config;
    config.replica.folder = path_;
    LIFEBOAT_TRY(config.listen, listen_address(arguments.text("--listen")));
    if (arguments.has("--holders")) {
      LIFEBOAT_TRY(const Holders holders, holders_of(arguments));
      holders_ = join_names(holders.all);
    } else if (before_) {
      holders_ = before_->holders;  // declared once
    }
    config.tls = {.certificate = arguments.text("--cert"),
                  .key = arguments.text("--key"),
                  .authority = arguments.text("--ca"),
                  .peer_name = arguments.text("--peer")};
    config.any_schema = true;
    config.log = session_.log();
    config.clock = session_.host.environment.clock;
    if (arguments.has("--medium") || std::getenv("LIFEBOAT_MEDIUM") != nullptr) {
      LIFEBOAT_CHECK(open_core(session_, {}));
      config.medium = session_.core->parts().medium.get();
      config.source = session_.core->source_id();
    }
    LIFEBOAT_CHECK(check_beside());
    NetAddress listens = config.listen;
    auto opened = TcpReceiver::open(std::move(config));
    if (!opened && opened.error().id() == ErrorId::corrupt)
      return std::move(opened).error().next("mv " + shell_quoted(path_) + " " + shell_quoted(path_ + ".damaged") +
                                            " && mkdir -m 700 " + shell_quoted(path_) +
                                            "    # then the same command again: the primary sends all that it keeps");
    if (!opened && opened.error().id() == ErrorId::config) return not_listening(opened.error());
    std::unique_ptr<TcpReceiver> receiver = opened ? std::move(*opened) : nullptr;
    if (!receiver) return std::move(opened).error();
    listens.port = receiver->port();
    listen_ = listens.text();
    receiver_ = receiver.get();
    const Position from = receiver->durable();
    LIFEBOAT_TRY(standby_, Standby::open({.receiver = std::move(receiver),
                                          .state = &sums_,
                                          .applied = from,
                                          .clock = session_.host.environment.clock}));
    session_.say("standby " + printable(path_) + " | listens at " + listen_ + " | here " +
                 (from == Position{} ? "no group" : to_text(from)));
    session_.out.flush();
    put_text(session_.json, "replica", path_);
    session_.json["listen"] = listen_;
    return ok();
  }

  /// The line was understood, and what it names is not there or can not be used.
  Error not_listening(const Error& error) {
    session_.refused = true;
    const std::string& sentence = error.sentence();
    const char* next = "--listen HOST:PORT    # that no other process has";
    for (const auto& [begins, option] :
         {std::pair("the certificate ", "--cert FILE"), std::pair("the key ", "--key FILE"),
          std::pair("the authority's ", "--ca FILE")})
      if (sentence.starts_with(begins)) next = option;
    return Error(error).next(next);
  }

  /// What is damaged beside the groups would end every connection.
  Status check_beside() const {
    const std::string again = "    # then the same command again: the primary sends it anew";
    if (has_doubt(path_))
      if (const auto windows = read_doubt(doubt_folder(path_)); !windows)
        return Error(windows.error())
            .next("mv " + shell_quoted(doubt_folder(path_)) + " " + shell_quoted(doubt_folder(path_) + ".damaged") +
                  again)
            .unchanged();
    const std::string keys = keys_folder(path_);
    if (stat_at(AT_FDCWD, keys.c_str()).error != 0) return ok();
    const auto copy = KeyCopy::open(keys);
    if (!copy && copy.error().id() == ErrorId::corrupt)
      return Error(copy.error()).next("rm -r " + shell_quoted(keys) + again).unchanged();
    return copy || copy.error().id() == ErrorId::busy ? ok() : Status(copy.error());  // opening the journal says who
  }

  /// Notes what was heard, and says it where something changed or its time has come.
  Status look() {
    const LinkStatus link = receiver_->status();
    const auto time = std::chrono::steady_clock::now();
    const Position here = standby_->applied();
    const bool changed = link.state != state_ || link.connections != connections_;
    if (changed || time - noted_at_ >= std::chrono::seconds(1)) {
      LIFEBOAT_CHECK(write_standby_note(path_, noted(link)));
      noted_at_ = time;
    }
    const bool moved = here != told_;
    if (changed || (moved && time - told_at_ >= every_)) tell(link, false);
    return ok();
  }

  void tell(const LinkStatus& link, bool last) {
    std::uint64_t groups = 0;
    std::uint64_t unknown = 0;
    MoneySums sums;
    const Position here = standby_->read([&](Position at) {
      groups = sums_.groups;
      unknown = sums_.unknown_records;
      sums = sums_.sums;
      return at;
    });
    const std::uint64_t behind =
        link.durable > here && link.durable.sequence > here.sequence ? link.durable.sequence - here.sequence : 0;
    const std::string money = sums_text(sums);
    session_.say(std::string(last                          ? "stopped"
                             : link.state == LinkState::up ? "up     "
                                                           : "away   ") +
                 " here " + (here == Position{} ? "no group" : to_text(here)) + " | " +
                 (link.heard ? count_text(behind, "group", "groups") + " behind " + to_text(link.durable)
                             : std::string("the primary was not heard of yet")) +
                 " | received " + count_text(groups, "group", "groups") + (money.empty() ? "" : ", " + money) +
                 (unknown == 0 ? "" : ", " + count_text(unknown, "record", "records") + " without a schema"));
    session_.out.flush();
    state_ = link.state;
    connections_ = link.connections;
    told_ = here;
    told_at_ = std::chrono::steady_clock::now();
    session_.json["here"] = here == Position{} ? Json(nullptr) : Json(to_text(here));
    session_.json["primary"] = link.heard ? Json(to_text(link.durable)) : Json(nullptr);
    session_.json["groups_behind"] = link.heard ? Json(behind) : Json(nullptr);
    session_.json["received_groups"] = groups;
    session_.json["sums"] = sums_json(sums);
    session_.json["unknown_records"] = unknown;
  }

  Session& session_;
  std::string path_;
  std::string listen_;
  std::string holders_;
  std::optional<StandbyNote> before_;  ///< what the process before this one noted
  std::chrono::seconds every_{30};
  ReceivedSums sums_;
  TcpReceiver* receiver_ = nullptr;  ///< the standby's
  std::unique_ptr<Standby> standby_;
  LinkState state_ = LinkState::away;
  std::uint64_t connections_ = 0;
  Position told_;
  std::chrono::steady_clock::time_point noted_at_{};
  std::chrono::steady_clock::time_point told_at_ = std::chrono::steady_clock::now();
};

}  // namespace detail

/// `lifeboat standby`: receives until it is stopped (130). `--status` looks at it, and disturbs nothing.
template <class = void>
Result<int> standby_command(Session& session) {
  if (!session.arguments.has("--replica"))
    return Error{ErrorId::usage, "a standby needs a folder"}.next("--replica DIR").unchanged();
  const std::string path = absolute_path(session.arguments.text("--replica"));
  LIFEBOAT_CHECK(refuse_together(session.arguments, "--status", "--listen --cert --key --ca --peer --every"));
  if (session.arguments.has("--status")) return standby_status(session, path);
  if (session.arguments.has("--max-age"))
    return Error{ErrorId::usage, "--max-age belongs to --status"}.next("the same line without --max-age").unchanged();
  return detail::BasicStandbyRun<>(session).run(path);
}

}  // namespace cli
}  // namespace lifeboat::inline LIFEBOAT_ABI
