# SPDX-License-Identifier: BSL-1.0
# The examples as tests. Included by tests/CMakeLists.txt.
if(NOT LIFEBOAT_BUILD_EXAMPLES)
  return()
endif()

# Every story succeeds, and prints what expected/STORY.txt holds.
file(GLOB stories CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/stories/*.cpp
                                    ${PROJECT_SOURCE_DIR}/examples/stories/*.sh)
foreach(story IN LISTS stories)
  get_filename_component(name ${story} NAME_WE)
  file(STRINGS ${story} types REGEX "support/shell[.]hpp")
  if((story MATCHES "[.]sh$" OR types) AND NOT LIFEBOAT_BUILD_PROGRAM)
    continue()
  endif()
  if(story MATCHES "[.]sh$")
    set(told bash ${story})
  elseif(NOT TARGET story_${name})  # it needs what this build is without
    continue()
  else()
    set(told $<TARGET_FILE:story_${name}>)
  endif()
  add_case(NAME story.${name} COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/examples/tell.py
    ${CMAKE_CURRENT_SOURCE_DIR}/examples/expected/${name}.txt ${told})
endforeach()

# Every valid combination tells its story. Their names are those of the page, which docs.combinations compares with what
# the program says.
set(page ${PROJECT_SOURCE_DIR}/docs/combinations.md)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${page})
file(STRINGS ${page} combinations REGEX "^[|].*[|] `[a-z0-9-]+` [|]$")
list(TRANSFORM combinations REPLACE "^.*`(.*)`.*$" "\\1")
foreach(combination IN LISTS combinations)
  add_case(NAME combination.${combination} COMMAND combinations ${combination})
endforeach()
