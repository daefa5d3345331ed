# SPDX-License-Identifier: Apache-2.0
# nsm_library(<folder> [PUBLIC <target>...] [PRIVATE <target>...])
#
# Makes the library nsm_<folder> from every .cc of the current folder, with the project's warnings
# and sanitizers. Headers are included by their path from the root: "src/<folder>/x.h".

include(NsmUnity)
find_package(PkgConfig REQUIRED)
find_package(absl REQUIRED)
find_package(spdlog REQUIRED)
find_package(Threads REQUIRED)

add_library(nsm_options INTERFACE)
target_include_directories(nsm_options INTERFACE ${CMAKE_SOURCE_DIR})
# Only clang knows who guards what (src/core/mutex.h); scripts/fuzz builds with it.
target_compile_options(nsm_options INTERFACE -Wall -Wextra -Werror -Wnon-virtual-dtor -Woverloaded-virtual
                                             $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>)

# Kept apart from nsm_options so that generated code can do without.
add_library(nsm_sanitizers INTERFACE)
if(NSM_SANITIZE)
  target_compile_options(nsm_sanitizers INTERFACE -fsanitize=${NSM_SANITIZE} -fno-omit-frame-pointer
                                                  -fno-sanitize-recover=all -g1)
  add_link_options(-fsanitize=${NSM_SANITIZE})
endif()

function(nsm_library folder)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  add_library(nsm_${folder} STATIC)
  nsm_unity(nsm_${folder} ${sources})
  target_link_libraries(nsm_${folder} PUBLIC nsm_options ${ARG_PUBLIC} PRIVATE nsm_sanitizers ${ARG_PRIVATE})
endfunction()
