#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# build.sh COMPILER PREFIX FOLDER: builds and runs the consumer with nothing but pkg-config.
set -euo pipefail
export PKG_CONFIG_PATH="$2/share/pkgconfig"
mkdir -p "$3"
# shellcheck disable=SC2046 # flags are words
"$1" -std=c++20 $(pkg-config --cflags lifeboat) "$(dirname "$0")/../main.cpp" -o "$3/pkg_config_consumer" \
  $(pkg-config --libs lifeboat)
"$3/pkg_config_consumer"
