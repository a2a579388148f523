// SPDX-License-Identifier: BSL-1.0
// A medium of one's own: a shelf in memory that nothing is taken from, its laws, and a backup onto it.
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>

#include <lifeboat/lifeboat.hpp>
#include <lifeboat/testing/laws/medium.hpp>

using namespace lifeboat;

struct ShelfStore {
  std::mutex mutex;
  std::map<ObjectName, Bytes> objects;
};

class Shelf {
 public:
  struct Config {
    std::shared_ptr<ShelfStore> store;
  };
  static constexpr std::string_view name = "shelf";
  static constexpr Capabilities capabilities{
      .put_if_absent = true, .ranged_read = true, .write_once = true, .readers_max = 8};

  class Writer {
   public:
    Writer(std::shared_ptr<ShelfStore> store, ObjectName object)
        : store_(std::move(store)), object_(std::move(object)) {}
    Status write(ByteView piece) {
      data_.insert(data_.end(), piece.begin(), piece.end());
      return ok();
    }
    Result<Receipt> commit(Publish) {
      const std::uint64_t length = data_.size();
      const std::scoped_lock guard(store_->mutex);
      if (!store_->objects.try_emplace(object_, std::move(data_)).second)
        return Error{ErrorId::object_exists, "the shelf holds " + object_}.unchanged();
      return Receipt{.length = length, .chunk_digests = {}};
    }

   private:
    std::shared_ptr<ShelfStore> store_;
    ObjectName object_;
    Bytes data_;
  };

  static Result<Shelf> open(Config config) { return Shelf(std::move(config.store)); }
  Result<Writer> create(const ObjectName& object, CreateHint) { return Writer(store_, object); }
  Result<std::size_t> read(const ObjectName& object, std::uint64_t at, MutableBytes out) {
    const std::scoped_lock guard(store_->mutex);
    const auto found = store_->objects.find(object);
    if (found == store_->objects.end()) return Error{ErrorId::object_missing, "the shelf has no " + object}.unchanged();
    const ByteView data = found->second;
    const ByteView rest = at < data.size() ? data.subspan(static_cast<std::size_t>(at)) : ByteView();
    const std::size_t count = rest.size() < out.size() ? rest.size() : out.size();
    if (count != 0) std::memcpy(out.data(), rest.data(), count);
    return count;
  }
  Status list(std::string_view prefix, std::string_view after, FunctionRef<bool(const ObjectInfo&)> each) {
    std::map<ObjectName, std::uint64_t> found;  // the callback may call this medium: no lock is held while it runs
    {
      const std::scoped_lock guard(store_->mutex);
      for (const auto& [object, data] : store_->objects)
        if (object.starts_with(prefix) && object > after) found.emplace(object, data.size());
    }
    for (const auto& [object, length] : found)
      if (!each(ObjectInfo{object, length})) break;
    return ok();
  }

 private:
  explicit Shelf(std::shared_ptr<ShelfStore> store) : store_(std::move(store)) {}
  std::shared_ptr<ShelfStore> store_;
};

using Pipeline = DisasterRecoveryPipeline<Incremental, Shelf, NoSync, Sha256>;
static_assert(!can_prune<Pipeline>, "what a shelf has, it keeps");

int main() {
  const testing::Laws laws = testing::medium_laws<Shelf>([] { return Shelf::Config{std::make_shared<ShelfStore>()}; });
  std::fputs(laws.report().c_str(), stdout);
  if (!laws.all_hold()) return 1;

  std::filesystem::create_directory("ledger");
  std::ofstream("ledger/accounts") << "alice 100\nbob 50\n";
  const auto store = std::make_shared<ShelfStore>();
  auto pipeline = Pipeline::open({.source = {.root = "ledger"}, .medium = {store}, .state = "state"});
  if (!pipeline || !pipeline->backup()) return 1;
  std::printf("the shelf holds %llu objects\n", 0ULL + store->objects.size());
  return 0;
}
