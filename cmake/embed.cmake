# Compiles shipped objects and their configurations into a C++ library.
#
#   bpfmap_embed_builtins(TARGET NAMES name ...)
#
# For each name it takes config/NAME.yaml and ${CMAKE_BINARY_DIR}/bpf/NAME.bpf.o, and adds to TARGET the definitions
# of builtins() and find_builtin(), which app/builtin.h declares. An assembler file includes the bytes, so that
# no compiler has to read a megabyte of numbers; it is assembled again when one of the files changes.

set(BPFMAP_EMBED_ROOT ${CMAKE_CURRENT_LIST_DIR}/..)

# The text of one embedded file: `symbol`, its first byte, and `symbol_size`, a 64-bit number.
# libbpf reads an object as ELF structures in place, hence the alignment.
function(bpfmap_embed_text result symbol path)
  set(${result} "
  .global ${symbol}, ${symbol}_size
  .hidden ${symbol}, ${symbol}_size
  .balign 8
${symbol}:
  .incbin \"${path}\"
1:
  .balign 8
${symbol}_size:
  .quad 1b - ${symbol}
" PARENT_SCOPE)
endfunction()

# Compiles objects that the program loads for itself into a C++ library.
#
#   bpfmap_embed_objects(TARGET NAMES name ...)
#
# ${CMAKE_BINARY_DIR}/bpf/NAME.bpf.o becomes the symbols bpfmap_object_NAME, its bytes, and bpfmap_object_NAME_size, a
# 64-bit number.
function(bpfmap_embed_objects target)
  cmake_parse_arguments(ARG "" "" "NAMES" ${ARGN})
  set(inputs)
  set(assembler "  .section .rodata\n")
  foreach(name IN LISTS ARG_NAMES)
    set(object ${CMAKE_BINARY_DIR}/bpf/${name}.bpf.o)
    list(APPEND inputs ${object})
    bpfmap_embed_text(text bpfmap_object_${name} ${object})
    string(APPEND assembler "${text}")
  endforeach()
  string(APPEND assembler "\n  .section .note.GNU-stack,\"\",%progbits\n")

  set(source ${CMAKE_CURRENT_BINARY_DIR}/${target}_objects.S)
  file(CONFIGURE OUTPUT ${source} CONTENT "${assembler}" @ONLY)
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${inputs}")
  target_sources(${target} PRIVATE ${source})
  add_dependencies(${target} bpf_objects)
endfunction()

function(bpfmap_embed_builtins target)
  cmake_parse_arguments(ARG "" "" "NAMES" ${ARGN})
  list(SORT ARG_NAMES COMPARE STRING CASE SENSITIVE)
  list(LENGTH ARG_NAMES count)
  set(inputs)
  set(assembler "  .section .rodata\n")
  set(declarations)
  set(entries)
  foreach(name IN LISTS ARG_NAMES)
    string(MAKE_C_IDENTIFIER "bpfmap_builtin_${name}" symbol)
    get_filename_component(yaml ${BPFMAP_EMBED_ROOT}/config/${name}.yaml ABSOLUTE)
    set(object ${CMAKE_BINARY_DIR}/bpf/${name}.bpf.o)
    list(APPEND inputs ${yaml} ${object})
    foreach(kind yaml object)
      bpfmap_embed_text(text ${symbol}_${kind} ${${kind}})
      string(APPEND assembler "${text}")
      string(APPEND declarations
        "extern const char ${symbol}_${kind}[];\nextern const std::uint64_t ${symbol}_${kind}_size;\n")
    endforeach()
    string(APPEND entries "      Builtin{\"${name}\",\n"
      "              {${symbol}_yaml, ${symbol}_yaml_size},\n"
      "              {${symbol}_object, ${symbol}_object_size}},\n")
  endforeach()
  string(APPEND assembler "\n  .section .note.GNU-stack,\"\",%progbits\n")

  set(base ${CMAKE_CURRENT_BINARY_DIR}/${target}_builtins)
  file(CONFIGURE OUTPUT ${base}_data.S CONTENT "${assembler}" @ONLY)
  configure_file(${BPFMAP_EMBED_ROOT}/cmake/builtins.cpp.in ${base}.cpp @ONLY)
  set_source_files_properties(${base}_data.S PROPERTIES OBJECT_DEPENDS "${inputs}")
  target_sources(${target} PRIVATE ${base}.cpp ${base}_data.S)
  add_dependencies(${target} bpf_objects)
endfunction()
