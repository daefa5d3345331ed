# SPDX-License-Identifier: Apache-2.0
# nsm_gtest(<name> LABEL unit|bpf|netns LIBS <target>...)
#
# Makes one test program from every *_test.cc of the current folder; each of its cases is a ctest
# test named <name>.<suite>.<case>. A case that skips is shown as skipped.

find_package(GTest REQUIRED)
include(GoogleTest)

function(nsm_gtest name)
  cmake_parse_arguments(ARG "" "LABEL" "LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc)
  if(NOT sources)
    message(NOTICE "${name}: no *_test.cc here")
    return()
  endif()
  add_executable(${name})
  nsm_unity(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} nsm_options nsm_sanitizers GTest::gmock_main)
  gtest_discover_tests(${name} TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST
                       PROPERTIES LABELS ${ARG_LABEL} TIMEOUT 120)
endfunction()
