// SPDX-License-Identifier: BSL-1.0
// expect: the sentence that was promised
static_assert(sizeof(int) == 0, "another sentence");
