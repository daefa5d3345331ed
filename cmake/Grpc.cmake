# SPDX-License-Identifier: Apache-2.0
# Makes the target nsm_grpc: gRPC, as our programs link it.
#
# With NSM_BUNDLE_GRPC that is one library of our own, libnsm-grpc.so, made of Debian's archives. Its functions call each
# other directly, and all programs of a host share its pages: some 4 % more connections a second than with Debian's shared
# libraries, where each call can be replaced and goes through a table. The price: Debian's updates of gRPC come with our
# next build.

# Below the prefix, and below the build folder, which has the same layout.
set(NSM_PRIVATE_LIBRARIES lib/interdomain-nsm)

find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)

add_library(nsm_grpc INTERFACE)
if(NOT NSM_BUNDLE_GRPC)
  target_link_libraries(nsm_grpc INTERFACE gRPC::grpc++)
  return()
endif()

foreach(name grpc++ grpc gpr upb address_sorting)
  find_library(NSM_ARCHIVE_${name} lib${name}.a REQUIRED)
endforeach()
# All of these, since programs call what these do not call themselves.
set(whole ${NSM_ARCHIVE_grpc++} ${NSM_ARCHIVE_grpc} ${NSM_ARCHIVE_gpr})

get_target_property(needs gRPC::grpc INTERFACE_LINK_LIBRARIES)
get_target_property(gpr_needs gRPC::gpr INTERFACE_LINK_LIBRARIES)
list(APPEND needs ${gpr_needs} protobuf::libprotobuf)
list(FILTER needs EXCLUDE REGEX "^gRPC::")
list(REMOVE_DUPLICATES needs)

set(empty ${CMAKE_CURRENT_BINARY_DIR}/empty.cc) # CMake wants a source
file(CONFIGURE OUTPUT ${empty} CONTENT "")
add_library(nsm_grpc_bundle SHARED ${empty})
set_target_properties(nsm_grpc_bundle PROPERTIES OUTPUT_NAME nsm-grpc
                      LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${NSM_PRIVATE_LIBRARIES})
# Functions alone: programs have copies of some of its data, which it must use as well.
target_link_options(nsm_grpc_bundle PRIVATE -Wl,-Bsymbolic-functions)
target_link_libraries(nsm_grpc_bundle PRIVATE $<LINK_LIBRARY:WHOLE_ARCHIVE,${whole}> ${NSM_ARCHIVE_upb}
                                              ${NSM_ARCHIVE_address_sorting} ${needs})
target_link_libraries(nsm_grpc INTERFACE nsm_grpc_bundle ${needs})

install(TARGETS nsm_grpc_bundle LIBRARY DESTINATION ${NSM_PRIVATE_LIBRARIES})
