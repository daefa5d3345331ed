# SPDX-License-Identifier: Apache-2.0
# nsm_unity(<target> <source>...)
#
# Adds the sources to the target, several compiled as one: most of a source's compile time is the headers of gRPC,
# protobuf and absl and the templates made from them, which are the same for all. With NSM_UNITY off each is compiled
# alone; the preset "fuzz" builds that way, and so notices a source that leans on what its neighbour includes.
#
# CMake's own unity build names sources by absolute paths, for which ccache would have nothing in another checkout.

option(NSM_UNITY "compile several sources as one" ON)

# More in one save little and cost whoever changes one of them.
set(NSM_UNITY_SOURCES 8)

function(nsm_unity target)
  if(NOT NSM_UNITY)
    target_sources(${target} PRIVATE ${ARGN})
    return()
  endif()
  list(LENGTH ARGN count)
  math(EXPR units "(${count} + ${NSM_UNITY_SOURCES} - 1) / ${NSM_UNITY_SOURCES}")
  # Equal shares, so that none is a straggler.
  math(EXPR share "(${count} + ${units} - 1) / ${units}")
  math(EXPR last "${units} - 1")
  foreach(unit RANGE ${last})
    math(EXPR first "${unit} * ${share}")
    list(SUBLIST ARGN ${first} ${share} sources)
    list(TRANSFORM sources REPLACE "^${CMAKE_SOURCE_DIR}/(.+)$" "#include \"\\1\"\n")
    list(JOIN sources "" content)
    set(file ${CMAKE_CURRENT_BINARY_DIR}/${target}_${unit}.cc)
    file(CONFIGURE OUTPUT ${file} CONTENT "${content}" @ONLY)
    target_sources(${target} PRIVATE ${file})
  endforeach()
  # It takes a source that is included for a header, where a type of the anonymous namespace would be a mistake.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endfunction()
