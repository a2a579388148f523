// SPDX-License-Identifier: BSL-1.0
// Runs a fuzz target with what libFuzzer's main understands of: -runs=N -seed=N CORPUS. Each input is one of the corpus
// with a few bytes changed, cut, doubled or taken from another; every input of the corpus comes first as it is.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

class Mutations {
 public:
  explicit Mutations(std::uint64_t seed) : random_(seed) {}

  Input next(const std::vector<Input>& corpus) {
    Input input = corpus[below(corpus.size())];
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) change(input, corpus);
    return input;
  }

 private:
  std::size_t below(std::size_t end) { return static_cast<std::size_t>(random_() % end); }

  void change(Input& input, const std::vector<Input>& corpus) {
    if (input.empty()) input.push_back(0);
    const std::size_t at = below(input.size());
    const auto here = input.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t count = 1 + below(std::min<std::size_t>(input.size() - at, 64));
    const auto end = here + static_cast<std::ptrdiff_t>(count);
    switch (below(6)) {
      case 0:
        input[at] = static_cast<std::uint8_t>(input[at] ^ (1U << below(8)));
        break;
      case 1:
        input[at] = static_cast<std::uint8_t>(random_());
        break;
      case 2:
        input.erase(here, end);
        break;
      case 3: {
        const Input doubled(here, end);
        input.insert(end, doubled.begin(), doubled.end());
        break;
      }
      case 4:
        std::fill(here, end, static_cast<std::uint8_t>(below(2) == 0 ? 0x00 : 0xff));
        break;
      default: {
        const Input& other = corpus[below(corpus.size())];
        if (!other.empty()) std::copy_n(other.begin(), std::min(other.size(), count), here);
      }
    }
  }

  std::mt19937_64 random_;
};

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t runs = 1000;
  std::uint64_t seed = std::random_device{}();
  std::vector<Input> corpus;
  for (const std::string_view argument : std::vector<std::string_view>(argv + 1, argv + argc)) {
    const auto number = [&](std::string_view name, std::uint64_t& value) {
      if (!argument.starts_with(name)) return false;
      std::from_chars(argument.data() + name.size(), argument.data() + argument.size(), value);
      return true;
    };
    if (number("-runs=", runs) || number("-seed=", seed) || argument.starts_with("-")) continue;
    for (const auto& entry : std::filesystem::directory_iterator(argument)) {
      std::ifstream file(entry.path(), std::ios::binary);
      corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
  }
  if (corpus.empty()) {
    std::puts("the corpus is empty");
    return 1;
  }
  // Said first: what crashes is found again by it. The order of a folder is no one's: by content instead.
  std::printf("-runs=%llu -seed=%llu, %zu inputs\n", static_cast<unsigned long long>(runs),
              static_cast<unsigned long long>(seed), corpus.size());
  std::fflush(stdout);
  std::sort(corpus.begin(), corpus.end());
  for (const Input& input : corpus) LLVMFuzzerTestOneInput(input.data(), input.size());
  Mutations mutations(seed);
  for (std::uint64_t run = 0; run < runs; ++run) {
    const Input input = mutations.next(corpus);
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  return 0;
}
