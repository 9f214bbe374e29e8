# Everything comes from the distribution's packages; CONTRIBUTING.md says what each is for.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED COMPONENTS core)
find_package(spdlog REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
pkg_check_modules(libbpf REQUIRED IMPORTED_TARGET libbpf>=1.1)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(libseccomp REQUIRED IMPORTED_TARGET libseccomp)

# Debian's civetweb, ISA-L and header-only packages bring no usable CMake or pkg-config file on every release.
find_path(CIVETWEB_INCLUDE_DIR civetweb.h REQUIRED)
find_library(CIVETWEB_LIBRARY civetweb REQUIRED)
add_library(civetweb_c INTERFACE)
target_include_directories(civetweb_c SYSTEM INTERFACE ${CIVETWEB_INCLUDE_DIR})
target_link_libraries(civetweb_c INTERFACE ${CIVETWEB_LIBRARY} Threads::Threads)

find_path(ISAL_INCLUDE_DIR isa-l/igzip_lib.h REQUIRED)
find_library(ISAL_LIBRARY isal REQUIRED)
add_library(isal INTERFACE)
target_include_directories(isal SYSTEM INTERFACE ${ISAL_INCLUDE_DIR})
target_link_libraries(isal INTERFACE ${ISAL_LIBRARY})

find_path(EXPECTED_INCLUDE_DIR tl/expected.hpp REQUIRED)
find_path(CLI11_INCLUDE_DIR CLI/CLI.hpp REQUIRED)

if(BPFMAP_TESTS)
  find_package(GTest REQUIRED)
endif()
if(BPFMAP_BENCH)
  find_package(benchmark REQUIRED)
endif()
