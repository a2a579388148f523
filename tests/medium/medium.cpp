// SPDX-License-Identifier: BSL-1.0
#include <lifeboat/medium/adapt.hpp>
#include <lifeboat/medium/medium.hpp>
#include <lifeboat/testing/laws/medium.hpp>

#include <algorithm>
#include <list>
#include <string>

#include "catch.hpp"

namespace test_medium {

using namespace lifeboat;

namespace {

/// A user's own medium with the minimal definition: a shelf of boxes that nothing is ever taken from.
class Shelf {
 public:
  struct Box {
    std::string label;
    Bytes content;
  };
  struct Config {
    std::list<Box>* boxes;
  };
  static constexpr std::string_view name = "shelf";
  static constexpr Capabilities capabilities{.put_if_absent = true, .ranged_read = true};

  class Writer {
   public:
    Writer(std::list<Box>& boxes, std::string label) : boxes_(&boxes), box_{std::move(label), {}} {}
    Status write(ByteView piece) {
      box_.content.insert(box_.content.end(), piece.begin(), piece.end());
      return ok();
    }
    Result<Receipt> commit(Publish) {
      const auto place =
          std::find_if(boxes_->begin(), boxes_->end(), [&](const Box& b) { return b.label >= box_.label; });
      if (place != boxes_->end() && place->label == box_.label) return Error{ErrorId::object_exists, box_.label};
      boxes_->insert(place, std::move(box_));
      return Receipt{};
    }

   private:
    std::list<Box>* boxes_;
    Box box_;
  };

  static Result<Shelf> open(Config config) { return Shelf(*config.boxes); }
  Result<Writer> create(const ObjectName& object, CreateHint) { return Writer(*boxes_, object); }
  Result<std::size_t> read(const ObjectName& object, std::uint64_t at, MutableBytes out) {
    for (const Box& box : *boxes_) {
      if (box.label != object) continue;
      const ByteView left =
          ByteView(box.content).subspan(static_cast<std::size_t>(std::min<std::uint64_t>(at, box.content.size())));
      const std::size_t count = std::min(left.size(), out.size());
      std::copy_n(left.begin(), count, out.begin());
      return count;
    }
    return Error{ErrorId::object_missing, "no box " + object};
  }
  Status list(std::string_view prefix, std::string_view after, FunctionRef<bool(const ObjectInfo&)> each) {
    for (const Box& box : *boxes_)
      if (box.label.starts_with(prefix) && box.label > after && !each({box.label, box.content.size()})) break;
    return ok();
  }

 private:
  explicit Shelf(std::list<Box>& boxes) : boxes_(&boxes) {}
  std::list<Box>* boxes_;
};

/// A shelf that loses the last byte of each box: the laws must notice.
class LossyShelf : public Shelf {
 public:
  class Writer : public Shelf::Writer {
   public:
    using Shelf::Writer::Writer;
    Status write(ByteView piece) { return Shelf::Writer::write(piece.first(piece.size() - 1)); }
  };
  static Result<LossyShelf> open(Config config) { return LossyShelf(std::move(*Shelf::open(config)), *config.boxes); }
  Result<Writer> create(const ObjectName& object, CreateHint) { return Writer(*boxes_, object); }

 private:
  LossyShelf(Shelf shelf, std::list<Box>& boxes) : Shelf(std::move(shelf)), boxes_(&boxes) {}
  std::list<Box>* boxes_;
};

/// A shelf on which a second box pushes the first one of its label off.
class PushingShelf : public Shelf {
 public:
  class Writer : public Shelf::Writer {
   public:
    Writer(std::list<Box>& boxes, std::string label) : Shelf::Writer(boxes, label), boxes_(&boxes), label_(label) {}
    Result<Receipt> commit(Publish publish) {
      std::erase_if(*boxes_, [&](const Box& box) { return box.label == label_; });
      return Shelf::Writer::commit(publish);
    }

   private:
    std::list<Box>* boxes_;
    std::string label_;
  };
  static Result<PushingShelf> open(Config config) {
    return PushingShelf(std::move(*Shelf::open(config)), *config.boxes);
  }
  Result<Writer> create(const ObjectName& object, CreateHint) { return Writer(*boxes_, object); }

 private:
  PushingShelf(Shelf shelf, std::list<Box>& boxes) : Shelf(std::move(shelf)), boxes_(&boxes) {}
  std::list<Box>* boxes_;
};

struct NoMedium {};
struct NoList {
  using Config = Shelf::Config;
  static constexpr std::string_view name = "no list";
  static constexpr Capabilities capabilities{};
  static Result<NoList> open(Config);
  Result<Shelf::Writer> create(const ObjectName&, CreateHint);
  Result<std::size_t> read(const ObjectName&, std::uint64_t, MutableBytes);
};

static_assert(Medium<Shelf>);
static_assert(!RandomAccessMedium<Shelf>);
static_assert(!Medium<NoMedium> && !Medium<NoList> && !Medium<int>);

template <class M>
testing::Laws laws_of() {
  std::list<std::list<Shelf::Box>> shelves;
  return testing::medium_laws<M>([&] { return Shelf::Config{&shelves.emplace_back()}; });
}

}  // namespace

TEST_CASE("A user's medium of sixty lines keeps the laws") {
  const testing::Laws laws = laws_of<Shelf>();
  INFO(laws.report());
  CHECK(laws.all_hold());
}

TEST_CASE("The laws notice a medium that loses bytes, and one that overwrites") {
  CHECK_FALSE(laws_of<LossyShelf>().holds("what was committed reads back"));
  const testing::Laws pushing = laws_of<PushingShelf>();
  INFO(pushing.report());
  CHECK_FALSE(pushing.holds("of all who commit one name one wins"));
  CHECK(pushing.holds("what was committed reads back"));
}

TEST_CASE("The port answers for what a model lacks") {
  std::list<Shelf::Box> boxes;
  const auto port = open_medium<Shelf>({&boxes});
  REQUIRE(port);
  auto writer = (*port)->create("a", {});
  REQUIRE(writer);
  REQUIRE((*writer)->write(as_bytes("abc")));
  const auto receipt = (*writer)->commit(Publish::unique);
  REQUIRE(receipt);
  CHECK(receipt->length == 3);
  const ObjectName names[] = {"a"};
  CHECK((*port)->remove(names).error().id() == ErrorId::capability_missing);
  CHECK((*port)->remove({}));
  const auto lock = (*port)->lock("writer");
  REQUIRE(lock);
  CHECK(*lock == nullptr);
  CHECK((*port)->facts()->url == "shelf");
  CHECK_FALSE((*port)->facts()->space_known);
  CHECK((*port)->capabilities().put_if_absent);
}

TEST_CASE("A writer whose write failed can not commit") {
  struct Broken {
    Status write(ByteView piece) {
      if (piece.size() > 2) return Error{ErrorId::medium_io, "too much"};
      return ok();
    }
    Result<Receipt> commit(Publish) { return Receipt{}; }
  };
  AdaptedWriter<Broken> writer({}, "object");
  CHECK(writer.write(as_bytes("ab")));
  CHECK_FALSE(writer.write(as_bytes("abc")));
  CHECK_FALSE(writer.write(as_bytes("ab")));
  const auto refused = writer.commit(Publish::unique);
  REQUIRE(!refused);
  CHECK(refused.error().id() == ErrorId::medium_io);
}

}  // namespace test_medium
