# BPF objects: compiled by clang for the bpf target, with BTF and without DWARF, so that one file runs on every kernel.
# Nothing of the kernel that the build runs on goes into them.
#
#   bpfmap_bpf_object(NAME SOURCE [OUTPUT_DIR dir] [OPTIONS clang options ...])
#
# makes OUTPUT_DIR/NAME.bpf.o (OUTPUT_DIR is ${CMAKE_BINARY_DIR}/bpf where it is not given) and builds it again when
# the source or a header that it includes changes. The directory that calls it owns a target that depends on the file.

# Sets BPFMAP_CLANG to the first clang that is new enough; -DBPFMAP_CLANG=/path/to/clang overrules the search.
function(bpfmap_find_clang minimum)
  foreach(name clang clang-20 clang-19 clang-18 clang-17 clang-16 clang-15 clang-14)
    find_program(BPFMAP_CLANG NAMES ${name})
    if(NOT BPFMAP_CLANG)
      continue()
    endif()
    execute_process(COMMAND ${BPFMAP_CLANG} -dumpversion OUTPUT_VARIABLE version ERROR_QUIET
                    OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(version VERSION_GREATER_EQUAL minimum)
      message(STATUS "BPF objects: ${BPFMAP_CLANG} (${version})")
      return()
    endif()
    string(APPEND seen "  ${BPFMAP_CLANG} is version ${version}\n")
    unset(BPFMAP_CLANG CACHE)
  endforeach()
  message(FATAL_ERROR "BPF objects need clang ${minimum} or later (Debian and Ubuntu: apt install clang)\n${seen}")
endfunction()

bpfmap_find_clang(14)
get_filename_component(BPFMAP_CLANG_DIR ${BPFMAP_CLANG} REALPATH)
get_filename_component(BPFMAP_CLANG_DIR ${BPFMAP_CLANG_DIR} DIRECTORY)
find_program(BPFMAP_LLVM_STRIP
  NAMES llvm-strip llvm-strip-20 llvm-strip-19 llvm-strip-18 llvm-strip-17 llvm-strip-16 llvm-strip-15 llvm-strip-14
  HINTS ${BPFMAP_CLANG_DIR})
if(NOT BPFMAP_LLVM_STRIP)
  message(FATAL_ERROR "BPF objects need llvm-strip (Debian and Ubuntu: apt install llvm)")
endif()

# bpf_tracing.h wants to know whose registers it reads; the names are those of the kernel's arch/ folders.
function(bpfmap_target_arch result)
  set(cpu ${CMAKE_SYSTEM_PROCESSOR})
  if(cpu MATCHES "^(x86_64|amd64|AMD64|i.86)$")
    set(arch x86)
  elseif(cpu MATCHES "^(aarch64|arm64)")
    set(arch arm64)
  elseif(cpu MATCHES "^(ppc|powerpc)")
    set(arch powerpc)
  elseif(cpu MATCHES "^(arm|mips|riscv|loongarch|s390)")
    set(arch ${CMAKE_MATCH_1})
  else()
    set(arch ${cpu})
  endif()
  set(${result} ${arch} PARENT_SCOPE)
endfunction()

# Where the compiler of this system looks for C headers. The bpf target does not know the multiarch folder, in which
# Debian keeps <asm/types.h>; so the list of the host's target is searched behind its own.
function(bpfmap_system_includes result)
  execute_process(COMMAND ${BPFMAP_CLANG} -v -E -x c /dev/null
                  ERROR_VARIABLE log OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCH "search starts here:\n( [^\n]*\n)+End of search list" list "${log}")
  string(REGEX MATCHALL "\n /[^\n]+" directories "${list}")
  list(TRANSFORM directories STRIP)
  list(FILTER directories EXCLUDE REGEX "/lib/clang/")  # clang's own, which every target has
  set(${result} ${directories} PARENT_SCOPE)
endfunction()

bpfmap_target_arch(BPFMAP_TARGET_ARCH)
bpfmap_system_includes(BPFMAP_SYSTEM_INCLUDES)
find_path(BPFMAP_LIBBPF_INCLUDE_DIR bpf/bpf_helpers.h HINTS ${libbpf_INCLUDEDIR} REQUIRED)
get_filename_component(BPFMAP_SOURCE_ROOT ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)

# -mcpu=v3: 32-bit arithmetic and jumps, which kernels have from 5.1 on. -ffile-prefix-map: the line information in BTF
# must not depend on the build directory.
set(BPFMAP_BPF_FLAGS
  -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Wno-unused-parameter -Werror -fno-stack-protector
  -ffile-prefix-map=${BPFMAP_SOURCE_ROOT}/= -fdebug-compilation-dir=.
  -D__TARGET_ARCH_${BPFMAP_TARGET_ARCH}
  -I${BPFMAP_SOURCE_ROOT}/bpf)
set(directories ${BPFMAP_LIBBPF_INCLUDE_DIR} ${BPFMAP_SYSTEM_INCLUDES})
list(REMOVE_DUPLICATES directories)
foreach(directory IN LISTS directories)
  list(APPEND BPFMAP_BPF_FLAGS -idirafter ${directory})
endforeach()

function(bpfmap_bpf_object name source)
  cmake_parse_arguments(ARG "" "OUTPUT_DIR" "OPTIONS" ${ARGN})
  if(NOT ARG_OUTPUT_DIR)
    set(ARG_OUTPUT_DIR ${CMAKE_BINARY_DIR}/bpf)
  endif()
  get_filename_component(source ${source} ABSOLUTE)
  set(object ${ARG_OUTPUT_DIR}/${name}.bpf.o)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${ARG_OUTPUT_DIR}
    COMMAND ${BPFMAP_CLANG} ${BPFMAP_BPF_FLAGS} ${ARG_OPTIONS} -MD -MF ${object}.d -MT ${object}
            -c ${source} -o ${object}
    COMMAND ${BPFMAP_LLVM_STRIP} -g ${object}
    DEPENDS ${source}
    DEPFILE ${object}.d
    COMMENT "Building BPF object ${name}.bpf.o"
    VERBATIM)
endfunction()

include(${CMAKE_CURRENT_LIST_DIR}/embed.cmake)
