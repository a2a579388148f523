// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include <lifeboat/core/result.hpp>

// What the stories share: a folder of their own, and a few words to tell them with.
namespace story {

/// The value of a result; an error ends the story.
template <class T>
T must(lifeboat::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().sentence());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// Says a sentence, if it is true; one that is not ends the story.
inline void say(const std::string& sentence, bool is_so = true) {
  if (!is_so) throw std::runtime_error("this is not so: " + sentence);
  std::puts(sentence.c_str());
}

inline std::string number(std::uint64_t value) { return std::to_string(value); }

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("can not read " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void write_file(const std::filesystem::path& path, const std::string& bytes) {
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  if (!file.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush())
    throw std::runtime_error("can not write " + path.string());
}

/// Tells a story in a new, empty folder, which goes when it ends. The answer is for `main` to return.
template <class Story>
int tell(Story&& told) {
  namespace fs = std::filesystem;
  std::string folder = fs::temp_directory_path() / "lifeboat-story-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return std::perror(folder.c_str()), 1;
  const fs::path before = fs::current_path();
  fs::current_path(folder);
  int status = 0;
  try {
    told();
  } catch (const std::exception& error) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s\n", error.what());
    status = 1;
  }
  fs::current_path(before);
  fs::remove_all(folder);
  return status;
}

}  // namespace story
