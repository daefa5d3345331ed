# SPDX-License-Identifier: Apache-2.0
# bpf_skeleton(<name>)
#
# Compiles <name>.bpf.c of the current folder and makes the interface library <name>_skel, whose
# header "<name>.skel.h" holds the object file itself: programs need no file beside them at run time.

find_program(CLANG NAMES clang-14 clang REQUIRED)
find_program(BPFTOOL bpftool PATHS /usr/sbin REQUIRED)
pkg_check_modules(libbpf REQUIRED IMPORTED_TARGET libbpf)

function(bpf_skeleton name)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o)
  set(skeleton ${CMAKE_CURRENT_BINARY_DIR}/${name}.skel.h)
  # UAPI headers of the build machine's architecture live in its multiarch folder, which "-target bpf" does not search.
  # Paths in the debug information would make the object, and whatever holds it, different in each checkout.
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${CLANG} -g -O2 -target bpf -Wall -Wextra -Werror -I/usr/include/${CMAKE_LIBRARY_ARCHITECTURE}
            -ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -fdebug-compilation-dir=. -I${CMAKE_SOURCE_DIR}
            -MD -MF ${object}.d -c ${CMAKE_CURRENT_SOURCE_DIR}/${name}.bpf.c -o ${object}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}.bpf.c
    DEPFILE ${object}.d
    COMMENT "Compiling BPF program ${name}")
  add_custom_command(
    OUTPUT ${skeleton}
    COMMAND ${BPFTOOL} gen skeleton ${object} name ${name}_bpf > ${skeleton}
    DEPENDS ${object}
    COMMENT "Generating skeleton ${name}")
  add_custom_target(${name}_skel_gen DEPENDS ${skeleton})
  add_library(${name}_skel INTERFACE)
  add_dependencies(${name}_skel ${name}_skel_gen)
  target_include_directories(${name}_skel SYSTEM INTERFACE ${CMAKE_CURRENT_BINARY_DIR})
  target_link_libraries(${name}_skel INTERFACE PkgConfig::libbpf)
endfunction()
