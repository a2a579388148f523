# SPDX-License-Identifier: BSL-1.0
# Tests of the project's own shape. Included by tests/CMakeLists.txt.

list(APPEND registered consumers/main.cpp structure/units/main.cpp structure/units/unit.cpp
                       structure/harness/compiles.cpp structure/harness/another_sentence.cpp)

add_case(NAME structure.tidy COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/structure/tidy.py
                                     ${PROJECT_SOURCE_DIR})

# The harness of tests/compile_fail can itself fail.
function(add_harness_case name sentence)
  add_case(NAME structure.harness.${name} COMMAND
    Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/structure/must_not_compile.py
    ${compile} ${CMAKE_CURRENT_SOURCE_DIR}/structure/harness/${name}.cpp)
  set_tests_properties(structure.harness.${name} PROPERTIES PASS_REGULAR_EXPRESSION "${sentence}")
endfunction()
add_harness_case(compiles "it compiles")
add_harness_case(another_sentence "no message matches: the sentence that was promised")

# --- Units with different flags, linked together --------------------------------------------------------------------

# One file with every header of the library, whatever the umbrella holds.
set(all_headers "// SPDX-License-Identifier: BSL-1.0\n#pragma once\n")
foreach(header IN LISTS headers)
  if(header MATCHES "/pipeline/core_(elsewhere|here)[.]hpp$")  # each unit has the core by itself
    continue()
  endif()
  string(REGEX REPLACE "^.*/include/(lifeboat/.*)$" "#include <\\1>\n" line ${header})
  string(APPEND all_headers "${line}")
endforeach()
file(CONFIGURE OUTPUT structure/all_headers.hpp CONTENT "${all_headers}" @ONLY)

# Who checks the types of objects by their RTTI finds none in the units that have none.
set(mixed_rtti)
if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=[^ ]*undefined")
  set(mixed_rtti -fno-sanitize=vptr)
endif()

function(add_unit name)
  add_library(structure_${name} OBJECT structure/units/unit.cpp)
  target_link_libraries(structure_${name} PRIVATE lifeboat)
  target_include_directories(structure_${name} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/structure)
  target_compile_definitions(structure_${name} PRIVATE UNIT=${name})
  target_compile_options(structure_${name} PRIVATE ${ARGN} ${mixed_rtti})
endfunction()

add_unit(plain -O0 -UNDEBUG)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  add_unit(tuned -O2 -DNDEBUG -mavx2)
else()
  add_unit(tuned -O2 -DNDEBUG)
endif()
add_unit(no_rtti -O0 -fno-rtti)
add_unit(no_exceptions -O0 -fno-rtti -fno-exceptions)

# The same tree under another version, as a shared object in the same process.
file(READ ${PROJECT_SOURCE_DIR}/include/lifeboat/core/version.hpp other)
string(REGEX REPLACE "v[0-9]+_[0-9]+_[0-9]+" "v9_9_9" other "${other}")
string(REPLACE "\"${PROJECT_VERSION}\"" "\"9.9.9\"" other "${other}")
file(CONFIGURE OUTPUT structure/other/lifeboat/core/version.hpp CONTENT "${other}" @ONLY)
add_library(structure_other SHARED structure/units/unit.cpp)
target_link_libraries(structure_other PRIVATE lifeboat)
target_include_directories(structure_other BEFORE PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/structure/other)
target_include_directories(structure_other PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/structure)
target_compile_definitions(structure_other PRIVATE UNIT=other_version)
target_compile_options(structure_other PRIVATE ${mixed_rtti})

add_executable(structure_units structure/units/main.cpp)
target_include_directories(structure_units PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(structure_units
  PRIVATE lifeboat structure_plain structure_tuned structure_no_rtti structure_no_exceptions structure_other)
add_case(NAME structure.units COMMAND structure_units)
add_case(NAME structure.symbols COMMAND
  Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/structure/symbols.py
  $<TARGET_FILE:structure_units> v${PROJECT_VERSION} $<TARGET_FILE:structure_other> v9.9.9)

# --- The four ways in, and the presets ------------------------------------------------------------------------------

set(prefix ${CMAKE_CURRENT_BINARY_DIR}/structure/prefix)
set(consumers ${CMAKE_CURRENT_SOURCE_DIR}/consumers)
add_case(NAME structure.install COMMAND
  ${CMAKE_COMMAND} -DBUILD=${PROJECT_BINARY_DIR} -DPREFIX=${prefix}
  -P ${CMAKE_CURRENT_SOURCE_DIR}/structure/install.cmake)
set_tests_properties(structure.install PROPERTIES FIXTURES_SETUP installed)

function(add_consumer name)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/structure/consumers/${name})
  add_case(NAME structure.consumer.${name} COMMAND
    ${CMAKE_CTEST_COMMAND} --build-and-test ${consumers}/${name} ${folder} --build-generator ${CMAKE_GENERATOR}
    --build-noclean --build-options -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER} -DCMAKE_BUILD_TYPE=Debug ${ARGN}
    --test-command ${folder}/consumer)
  set_tests_properties(structure.consumer.${name} PROPERTIES
    PASS_REGULAR_EXPRESSION "lifeboat ${PROJECT_VERSION} ba7816bf8f01cfea" FIXTURES_REQUIRED installed)
endfunction()

add_consumer(add_subdirectory -DLIFEBOAT_SOURCE_DIR=${PROJECT_SOURCE_DIR})
add_consumer(fetch_content -DFETCHCONTENT_SOURCE_DIR_LIFEBOAT=${PROJECT_SOURCE_DIR})
add_consumer(installed -Dlifeboat_ROOT=${prefix})

add_case(NAME structure.consumer.pkg_config COMMAND
  bash ${consumers}/pkg_config/build.sh ${CMAKE_CXX_COMPILER} ${prefix} ${CMAKE_CURRENT_BINARY_DIR}/structure/consumers)
set_tests_properties(structure.consumer.pkg_config PROPERTIES
  PASS_REGULAR_EXPRESSION "lifeboat ${PROJECT_VERSION} ba7816bf8f01cfea" FIXTURES_REQUIRED installed)

# The preset release asks for nothing that only tests, benchmarks or examples need.
add_case(NAME structure.release_needs_little COMMAND
  ${CMAKE_COMMAND} --preset release -B ${CMAKE_CURRENT_BINARY_DIR}/structure/release -G ${CMAKE_GENERATOR}
  -DCMAKE_DISABLE_FIND_PACKAGE_Catch2=ON -DCMAKE_DISABLE_FIND_PACKAGE_benchmark=ON
  -DCMAKE_DISABLE_FIND_PACKAGE_Python3=ON)
set_tests_properties(structure.release_needs_little PROPERTIES WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})

# --- What including costs -------------------------------------------------------------------------------------------

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  set(compile_only ${compile})
  list(REMOVE_ITEM compile_only -fsyntax-only)
  add_case(NAME structure.instantiations COMMAND
    Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/structure/instantiations.py ${PROJECT_SOURCE_DIR}
    ${CMAKE_CURRENT_SOURCE_DIR}/structure/instantiations.json ${compile_only})
  set_tests_properties(structure.instantiations PROPERTIES PROCESSORS 2)
endif()
