# Language, warnings and hardening for every target of the project.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

set(KAMILI_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")
option(KAMILI_HARDEN "Release hardening flags" OFF)
option(KAMILI_PCH "Precompile the JSON and standard headers" ON)

find_program(KAMILI_CCACHE ccache)
if(KAMILI_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The sloppiness is what ccache asks for when precompiled headers are in use.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${KAMILI_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()

# Every library but one (client/) is static, so all code is that of a program: one precompiled header
# fits all.
add_compile_options(-fPIE)
add_link_options("$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-fPIE;-pie>")
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
                    -Woverloaded-virtual -Werror -fno-omit-frame-pointer
                    # Named initialisers leave out what keeps its default; that is what they are for.
                    -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these in its own headers once optimisation and sanitizers are on.
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow
                      -Wno-array-bounds)
endif()
if(KAMILI_SANITIZE)
  add_compile_options(-fsanitize=${KAMILI_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${KAMILI_SANITIZE})
endif()
if(KAMILI_HARDEN)
  add_compile_options(-D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS -fstack-protector-strong
                      -fstack-clash-protection)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|amd64")
    add_compile_options(-fcf-protection)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-ftrivial-auto-var-init=zero)
  endif()
  add_link_options(-Wl,-z,relro,-z,now)
endif()
