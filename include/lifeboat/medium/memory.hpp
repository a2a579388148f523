// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <lifeboat/core/object_name.hpp>
#include <lifeboat/medium/medium.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// What a Memory keeps, shared by all who are opened on it. `objects` may be read and tampered with by a test while no
/// call runs; with the mutex held at any time.
template <class = void>
struct BasicMemoryStore {
  std::mutex mutex;
  std::map<ObjectName, Bytes> objects;
  std::map<std::string, bool> locks;
};
using MemoryStore = BasicMemoryStore<>;

/// Objects in this process: for tests, and for stores that need not outlive it. Keep `Config::store` to open it again.
template <class = void>
class BasicMemory {
 public:
  using Store = MemoryStore;

  struct Config {
    std::shared_ptr<Store> store = nullptr;  ///< null: a new, empty one
  };

  static constexpr std::string_view name = "memory";
  static constexpr Capabilities capabilities{
      .put_if_absent = true, .ranged_read = true, .remove = true, .durable = false, .readers_max = 64};

  class Writer {
   public:
    Writer(std::shared_ptr<Store> store, ObjectName object, CreateHint hint)
        : store_(std::move(store)), object_(std::move(object)) {
      constexpr std::uint64_t believed = 1ULL << 20U;  // a hint is no promise: it never allocates much
      data_.reserve(static_cast<std::size_t>(hint.expected_length < believed ? hint.expected_length : believed));
    }

    Status write(ByteView piece) {
      data_.insert(data_.end(), piece.begin(), piece.end());
      return ok();
    }

    Result<Receipt> commit(Publish) {
      const std::uint64_t length = data_.size();
      const std::scoped_lock guard(store_->mutex);
      if (!store_->objects.try_emplace(object_, std::move(data_)).second)
        return Error{ErrorId::object_exists, "memory: holds an object " + object_}.unchanged();
      return Receipt{.length = length, .chunk_digests = {}};
    }

   private:
    std::shared_ptr<Store> store_;
    ObjectName object_;
    Bytes data_;
  };

  static Result<BasicMemory> open(Config config) {
    if (config.store == nullptr) config.store = std::make_shared<Store>();
    return BasicMemory(std::move(config.store));
  }

  Result<Writer> create(const ObjectName& object, CreateHint hint) {
    LIFEBOAT_CHECK(check_object_name(object));
    return Writer(store_, object, hint);
  }

  Result<std::size_t> read(const ObjectName& object, std::uint64_t at, MutableBytes out) {
    LIFEBOAT_CHECK(check_object_name(object));
    const std::scoped_lock guard(store_->mutex);
    const auto found = store_->objects.find(object);
    if (found == store_->objects.end())
      return Error{ErrorId::object_missing, "memory: holds no object " + object}.unchanged();
    const Bytes& data = found->second;
    if (at >= data.size()) return std::size_t{0};
    const std::size_t left = data.size() - static_cast<std::size_t>(at);
    const std::size_t count = left < out.size() ? left : out.size();
    if (count != 0) std::memcpy(out.data(), data.data() + at, count);
    return count;
  }

  /// The callback may call this medium: no lock is held while it runs.
  Status list(std::string_view prefix, std::string_view after, FunctionRef<bool(const ObjectInfo&)> each) {
    for (std::string last(after);;) {
      std::uint64_t length = 0;
      {
        const std::scoped_lock guard(store_->mutex);
        const auto& objects = store_->objects;
        const auto next = last < prefix ? objects.lower_bound(std::string(prefix)) : objects.upper_bound(last);
        if (next == objects.end() || !std::string_view(next->first).starts_with(prefix)) return ok();
        last = next->first;
        length = next->second.size();
      }
      if (!each(ObjectInfo{.name = last, .length = length})) return ok();
    }
  }

  Status remove(std::span<const ObjectName> names) {
    const std::scoped_lock guard(store_->mutex);
    for (const ObjectName& object : names) store_->objects.erase(object);
    return ok();
  }

  Result<std::unique_ptr<MediumLock>> lock(std::string_view lock_name) {
    const std::scoped_lock guard(store_->mutex);
    bool& held = store_->locks[std::string(lock_name)];
    if (held) return Error{ErrorId::busy, "memory: " + std::string(lock_name) + " is locked"}.unchanged();
    held = true;
    return std::unique_ptr<MediumLock>(std::make_unique<Lock>(store_, std::string(lock_name)));
  }

  Result<MediumFacts> facts() {
    MediumFacts facts;
    facts.url = "memory:";
    facts.device = "memory of this process";
    return facts;
  }

  [[nodiscard]] const std::shared_ptr<Store>& store() const noexcept { return store_; }

 private:
  struct Lock final : MediumLock {
    Lock(std::shared_ptr<Store> in, std::string which) : store(std::move(in)), lock_name(std::move(which)) {
      this->proven = true;
    }
    ~Lock() override {
      const std::scoped_lock guard(store->mutex);
      store->locks[lock_name] = false;
    }
    std::shared_ptr<Store> store;
    std::string lock_name;
  };

  explicit BasicMemory(std::shared_ptr<Store> store) : store_(std::move(store)) {}

  std::shared_ptr<Store> store_;
};
using Memory = BasicMemory<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
