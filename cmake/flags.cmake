# Flags of every C++ target of this project. Warnings are errors: one that may be left unread warns of nothing.
add_compile_options(
  "$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wconversion;-Wnon-virtual-dtor;-Wold-style-cast;-Woverloaded-virtual;-Wimplicit-fallthrough;-Werror>")

if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # Which lock is held where: base/thread_annotations.h. gcc knows no such check.
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-Wthread-safety>")
endif()

# gcc 12 sees overlapping copies in std::string's operator+ where there are none (gcc bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>")
endif()

# Everywhere, since precompiled headers are for one set of flags.
add_compile_options(-pthread)

if(BPFMAP_SANITIZE)
  add_compile_options(-fsanitize=${BPFMAP_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Instrumented code looks uninitialized, or out of bounds, to gcc where it is not; its manual advises against such
    # warnings here.
    add_compile_options(-Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow)
  endif()
  if(BPFMAP_SANITIZE MATCHES "undefined")
    # This check opens pipes to look at memory, and reports nonsense in the test that runs out of descriptors.
    add_compile_options(-fno-sanitize=vptr)
  endif()
  add_link_options(-fsanitize=${BPFMAP_SANITIZE})
else()
  add_compile_options("$<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CONFIG:Release>>:-D_FORTIFY_SOURCE=2>" -fstack-protector-strong)
  add_link_options(-Wl,-z,relro,-z,now)
endif()

if(BPFMAP_UNITY)
  # Half of the time of a compilation goes into headers and what they instantiate. Names in anonymous namespaces must
  # differ between the sources of a module: where sanitizers are built, each module is one unit, so that this is noticed.
  set(CMAKE_UNITY_BUILD ON)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # gcc takes a source that another one includes for a header, in which unnamed namespaces would be a mistake.
    add_compile_options(-Wno-subobject-linkage)
  endif()
  set(CMAKE_UNITY_BUILD_BATCH_SIZE ${BPFMAP_UNITY_BATCH})
endif()

# Tests are some twenty executables: linking them with GNU ld takes minutes.
find_program(LLD_PROGRAM ld.lld)
if(LLD_PROGRAM AND BPFMAP_TESTS)
  add_link_options(-fuse-ld=lld)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Without this it does not cache what uses precompiled headers.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
                                  ${CCACHE_PROGRAM})
endif()
