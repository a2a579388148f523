// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <lifeboat/medium/medium.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {
namespace testing {

/// Where a medium can be made to fail.
enum class MediumCall : std::uint8_t {
  create,
  write,
  commit,     ///< fails before anything is published
  committed,  ///< the object is published, and the answer is a failure all the same
  read,
  list,
  remove,
};

/// What goes wrong, told by a test before or while a FaultyMedium runs, and how often each call was made. Any thread.
template <class = void>
class BasicFaultScript {
 public:
  /// The `nth` call of this kind from now on fails (1: the next); `forever`: and all after it.
  void fail(MediumCall call, std::uint64_t nth, ErrorId id, int system_error = 0, bool forever = false) {
    const std::scoped_lock guard(mutex_);
    faults_.push_back({call, count_[index(call)] + nth, id, system_error, forever});
  }
  /// Every read of this byte gives it with the bits of `mask` turned over.
  void flip(ObjectName name, std::uint64_t at, std::byte mask = std::byte{1}) {
    const std::scoped_lock guard(mutex_);
    flips_.push_back({std::move(name), at, mask});
  }
  /// The object seems to end at `length`.
  void truncate(ObjectName name, std::uint64_t length) {
    const std::scoped_lock guard(mutex_);
    cuts_.push_back({std::move(name), length});
  }
  /// The object seems to be gone.
  void vanish(ObjectName name) {
    const std::scoped_lock guard(mutex_);
    gone_.push_back(std::move(name));
  }
  /// From now on `bytes` can be written, then the medium is full.
  void full_after(std::uint64_t bytes) {
    const std::scoped_lock guard(mutex_);
    room_ = bytes;
    bounded_ = true;
  }
  /// Nothing goes wrong any more; the counts stay.
  void heal() {
    const std::scoped_lock guard(mutex_);
    faults_.clear();
    flips_.clear();
    cuts_.clear();
    gone_.clear();
    bounded_ = false;
  }
  /// How many calls of this kind there were.
  [[nodiscard]] std::uint64_t count(MediumCall call) const {
    const std::scoped_lock guard(mutex_);
    return count_[index(call)];
  }

  Status called(MediumCall call, std::string_view object) {
    const std::scoped_lock guard(mutex_);
    const std::uint64_t now = ++count_[index(call)];
    for (const Fault& fault : faults_) {
      if (fault.call != call || (fault.at != now && !(fault.forever && fault.at < now))) continue;
      return Error{fault.id, "faulty: a failure of " + std::string(object) + " was asked for"}.because(
          fault.system_error);
    }
    return ok();
  }
  Status take_room(std::size_t bytes, std::string_view object) {
    const std::scoped_lock guard(mutex_);
    if (!bounded_) return ok();
    if (bytes <= room_) {
      room_ -= bytes;
      return ok();
    }
    return Error{ErrorId::medium_full, "faulty: is full: " + std::string(object) + " needs " +
                                           std::to_string(bytes - room_) + " bytes more than are free"};
  }
  [[nodiscard]] bool vanished(std::string_view name) const {
    const std::scoped_lock guard(mutex_);
    for (const ObjectName& gone : gone_)
      if (gone == name) return true;
    return false;
  }
  [[nodiscard]] std::uint64_t length(std::string_view name, std::uint64_t real) const {
    const std::scoped_lock guard(mutex_);
    for (const Cut& cut : cuts_)
      if (cut.name == name && cut.length < real) real = cut.length;
    return real;
  }
  void spoil(std::string_view name, std::uint64_t at, MutableBytes data) const {
    const std::scoped_lock guard(mutex_);
    for (const Flip& flip : flips_)
      if (flip.name == name && flip.at >= at && flip.at - at < data.size())
        data[static_cast<std::size_t>(flip.at - at)] ^= flip.mask;
  }

 private:
  struct Fault {
    MediumCall call;
    std::uint64_t at;
    ErrorId id;
    int system_error;
    bool forever;
  };
  struct Flip {
    ObjectName name;
    std::uint64_t at;
    std::byte mask;
  };
  struct Cut {
    ObjectName name;
    std::uint64_t length;
  };
  static constexpr std::size_t index(MediumCall call) noexcept { return static_cast<std::size_t>(call); }

  mutable std::mutex mutex_;
  std::array<std::uint64_t, 7> count_{};
  std::vector<Fault> faults_;
  std::vector<Flip> flips_;
  std::vector<Cut> cuts_;
  std::vector<ObjectName> gone_;
  std::uint64_t room_ = 0;
  bool bounded_ = false;
};
using FaultScript = BasicFaultScript<>;

/// A medium that does what `M` does until its script says otherwise. Without a script it keeps M's laws.
template <Medium M>
class FaultyMedium {
 public:
  struct Config {
    typename M::Config inner;
    std::shared_ptr<FaultScript> script = nullptr;  ///< null: nothing goes wrong
  };

  static constexpr std::string_view name = "faulty";
  static constexpr Capabilities capabilities = M::capabilities;

  template <MediumWriter W>
  class Writer {
   public:
    Writer(W inner, std::shared_ptr<FaultScript> script, ObjectName object)
        : inner_(std::move(inner)), script_(std::move(script)), object_(std::move(object)) {}
    Status write(ByteView piece) {
      LIFEBOAT_CHECK(script_->called(MediumCall::write, object_));
      LIFEBOAT_CHECK(script_->take_room(piece.size(), object_));
      return inner_.write(piece);
    }
    Result<Receipt> commit(Publish publish) {
      LIFEBOAT_CHECK(script_->called(MediumCall::commit, object_));
      LIFEBOAT_TRY(auto receipt, inner_.commit(publish));
      LIFEBOAT_CHECK(script_->called(MediumCall::committed, object_));
      return receipt;
    }

   private:
    W inner_;
    std::shared_ptr<FaultScript> script_;
    ObjectName object_;
  };

  static Result<FaultyMedium> open(Config config) {
    LIFEBOAT_TRY(auto inner, M::open(std::move(config.inner)));
    if (config.script == nullptr) config.script = std::make_shared<FaultScript>();
    return FaultyMedium(std::move(inner), std::move(config.script));
  }

  auto create(const ObjectName& object, CreateHint hint)
      -> Result<Writer<typename decltype(std::declval<M&>().create(object, hint))::value_type>> {
    LIFEBOAT_CHECK(script_->called(MediumCall::create, object));
    LIFEBOAT_TRY(auto writer, inner_.create(object, hint));
    return Writer<decltype(writer)>(std::move(writer), script_, object);
  }

  Result<std::size_t> read(const ObjectName& object, std::uint64_t at, MutableBytes out) {
    LIFEBOAT_CHECK(script_->called(MediumCall::read, object));
    if (script_->vanished(object))
      return Error{ErrorId::object_missing, "faulty: holds no object " + object}.unchanged();
    LIFEBOAT_TRY(const std::size_t found, inner_.read(object, at, out));
    const std::uint64_t end = script_->length(object, ~std::uint64_t{0});
    if (at >= end) return std::size_t{0};
    const std::size_t count = end - at < found ? static_cast<std::size_t>(end - at) : found;
    script_->spoil(object, at, out.first(count));
    return count;
  }

  Status list(std::string_view prefix, std::string_view after, FunctionRef<bool(const ObjectInfo&)> each) {
    LIFEBOAT_CHECK(script_->called(MediumCall::list, prefix));
    return inner_.list(prefix, after, [&](const ObjectInfo& info) {
      return script_->vanished(info.name) ||
             each(ObjectInfo{.name = info.name, .length = script_->length(info.name, info.length)});
    });
  }

  Status remove(std::span<const ObjectName> objects) requires requires(M& inner) { inner.remove(objects); }
  {
    LIFEBOAT_CHECK(script_->called(MediumCall::remove, objects.empty() ? std::string_view() : objects.front()));
    return inner_.remove(objects);
  }
  Result<std::unique_ptr<MediumLock>> lock(std::string_view lock_name) requires requires(M& inner) {
    inner.lock(lock_name);
  }
  { return inner_.lock(lock_name); }
  Result<MediumFacts> facts() requires requires(M& inner) { inner.facts(); }
  { return inner_.facts(); }
  [[nodiscard]] Capabilities actual_capabilities() const noexcept {
    if constexpr (requires { inner_.actual_capabilities(); })
      return inner_.actual_capabilities();
    else
      return capabilities;
  }

 private:
  FaultyMedium(M inner, std::shared_ptr<FaultScript> script) : inner_(std::move(inner)), script_(std::move(script)) {}

  M inner_;
  std::shared_ptr<FaultScript> script_;
};

}  // namespace testing
}  // namespace lifeboat::inline LIFEBOAT_ABI
