# One static library per module. A module sees the headers of exactly the modules it names in DEPENDS: each gets an
# include directory of its own (a link to its folder), so that a forbidden #include does not compile.
#
#   bpfmap_module(NAME [RUNS_ONCE] SOURCES a.cpp ... [DEPENDS modules ...] [LIBRARIES external targets ...])
#
# DEPENDS are public (headers of a module may include headers of those below it); LIBRARIES are private. RUNS_ONCE: what
# runs at the start of a process or at a reload is not worth the time of compiling it for speed.

# What nearly every source includes of the standard library, parsed once where the tests are built: half of the time of
# compiling a source goes into it. Release builds have none of it, so that a source includes what it uses.
if(BPFMAP_TESTS)
  file(WRITE ${CMAKE_BINARY_DIR}/standard_headers.cpp "// A library needs a source.\n")
  add_library(bpfmap_standard_headers STATIC ${CMAKE_BINARY_DIR}/standard_headers.cpp)
  target_include_directories(bpfmap_standard_headers SYSTEM PRIVATE ${EXPECTED_INCLUDE_DIR})
  target_precompile_headers(bpfmap_standard_headers PRIVATE
    <algorithm> <array> <charconv> <chrono> <condition_variable> <cstdint> <functional> <limits> <map> <memory>
    <mutex> <optional> <set> <span> <string> <string_view> <system_error> <thread> <unordered_map> <utility> <variant>
    <vector> <tl/expected.hpp>)
endif()

function(bpfmap_module name)
  cmake_parse_arguments(ARG "RUNS_ONCE" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  set(root ${CMAKE_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${root})
  if(NOT EXISTS ${root}/${name})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${root}/${name} SYMBOLIC)
  endif()
  if(NOT ARG_SOURCES)  # headers only
    add_library(bpfmap_${name} INTERFACE)
    target_include_directories(bpfmap_${name} INTERFACE ${root})
    return()
  endif()
  add_library(bpfmap_${name} STATIC ${ARG_SOURCES})
  target_include_directories(bpfmap_${name} PUBLIC ${root})
  foreach(module IN LISTS ARG_DEPENDS)
    target_link_libraries(bpfmap_${name} PUBLIC bpfmap_${module})
  endforeach()
  target_link_libraries(bpfmap_${name} PRIVATE ${ARG_LIBRARIES})
  if(ARG_RUNS_ONCE)
    target_compile_options(bpfmap_${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  if(BPFMAP_TESTS)
    target_precompile_headers(bpfmap_${name} REUSE_FROM bpfmap_standard_headers)
  endif()
endfunction()
