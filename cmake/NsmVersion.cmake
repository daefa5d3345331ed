# SPDX-License-Identifier: Apache-2.0
# Sets NSM_COMMIT: what git says when CMake configures, as scripts/build does each time. Sources without git may be told it.
set(NSM_COMMIT "" CACHE STRING "commit that the programs name; empty: the one that git knows")
if(NOT NSM_COMMIT)
  execute_process(COMMAND git describe --always --dirty --abbrev=12 --exclude=* WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                  OUTPUT_VARIABLE NSM_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT NSM_COMMIT)
  set(NSM_COMMIT unknown)
endif()
