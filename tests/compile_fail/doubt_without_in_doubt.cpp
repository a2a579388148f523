// SPDX-License-Identifier: BSL-1.0
// expect: match lacks the case InDoubt: it may have been paid; never pay on this
#include <lifeboat/restore/doubt_answer.hpp>

int main() {
  const lifeboat::DoubtAnswer answer = lifeboat::New{};
  return answer.match([](lifeboat::Known) { return 1; }, [](lifeboat::New) { return 0; });
}
