# One static library per module. A module sees the headers of exactly the modules it names in DEPENDS: each gets an
# include directory of its own (a link to its folder), so that a forbidden #include does not compile.
#
#   bpfmap_module(NAME SOURCES a.cpp ... [DEPENDS modules ...] [LIBRARIES external targets ...])
#
# DEPENDS are public (headers of a module may include headers of those below it); LIBRARIES are private.
function(bpfmap_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  set(root ${CMAKE_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${root})
  if(NOT EXISTS ${root}/${name})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${root}/${name} SYMBOLIC)
  endif()
  add_library(bpfmap_${name} STATIC ${ARG_SOURCES})
  target_include_directories(bpfmap_${name} PUBLIC ${root})
  foreach(module IN LISTS ARG_DEPENDS)
    target_link_libraries(bpfmap_${name} PUBLIC bpfmap_${module})
  endforeach()
  target_link_libraries(bpfmap_${name} PRIVATE ${ARG_LIBRARIES})
endfunction()
