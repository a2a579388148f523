// SPDX-License-Identifier: BSL-1.0
// expect: anything
int main() { return 0; }
