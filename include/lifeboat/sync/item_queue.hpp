// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <deque>
#include <memory>

#include <lifeboat/sync/sync_item.hpp>

namespace lifeboat::inline LIFEBOAT_ABI {

/// Looks at items on several threads and hands them on in the order in which they came. Bounded.
template <class = void>
class BasicItemQueue {
 public:
  using Take = FunctionRef<Status(SyncItem&)>;

  explicit BasicItemQueue(unsigned threads) : workers_(threads), working_max_(workers_.threads() * 4) {}

  /// `work`: whether looking at it is worth a thread; else it is done here.
  Status push(std::unique_ptr<SyncItem> item, bool work, Take take) {
    if (!work) item->run();
    else workers_.submit(*item);
    item->submitted = work;
    if (work) ++working_;
    items_.push_back(std::move(item));
    while (items_.size() > waiting_max || working_ > working_max_) LIFEBOAT_CHECK(take_first(take));
    // What is done already need not wait.
    while (!items_.empty() && !items_.front()->submitted) LIFEBOAT_CHECK(take_first(take));
    return ok();
  }
  Status settle(Take take) {
    while (!items_.empty()) LIFEBOAT_CHECK(take_first(take));
    return ok();
  }

  BasicItemQueue(const BasicItemQueue&) = delete;
  BasicItemQueue& operator=(const BasicItemQueue&) = delete;
  ~BasicItemQueue() {
    for (const auto& item : items_)
      if (item->submitted) workers_.wait(*item);
  }

 private:
  static constexpr std::size_t waiting_max = 512;

  Status take_first(Take take) {
    if (items_.front()->submitted) workers_.wait(*items_.front());
    const std::unique_ptr<SyncItem> item = std::move(items_.front());
    items_.pop_front();
    if (item->submitted) --working_;
    return take(*item);
  }

  Workers workers_;
  const std::size_t working_max_;
  std::size_t working_ = 0;
  std::deque<std::unique_ptr<SyncItem>> items_;
};
using ItemQueue = BasicItemQueue<>;

}  // namespace lifeboat::inline LIFEBOAT_ABI
