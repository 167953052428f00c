# kamili_folder(NAME LINKS ...): one static library from the .cc files of the current folder.
# kamili_json(TARGET): precompiled JSON and standard headers for a target that includes them.

add_library(kamili_flags INTERFACE)
target_include_directories(kamili_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_link_libraries(kamili_flags INTERFACE Threads::Threads)

# One precompiled header for all of them: making it costs as much as three ordinary files.
if(KAMILI_PCH)
  add_library(kamili_json_pch STATIC ${PROJECT_SOURCE_DIR}/cmake/json_once.cc)
  target_link_libraries(kamili_json_pch PUBLIC kamili_flags nlohmann_json::nlohmann_json)
  target_precompile_headers(kamili_json_pch PRIVATE ${PROJECT_SOURCE_DIR}/cmake/json_once.h
                            <chrono> <functional> <map> <memory> <optional> <string> <string_view>
                            <vector>)
endif()

function(kamili_json target)
  target_link_libraries(${target} PUBLIC nlohmann_json::nlohmann_json)
  if(KAMILI_PCH)
    target_link_libraries(${target} PUBLIC kamili_json_pch)
    target_precompile_headers(${target} REUSE_FROM kamili_json_pch)
  endif()
endfunction()

function(kamili_folder name)
  cmake_parse_arguments(ARG "JSON" "" "LINKS;SOURCES" ${ARGN})
  if(NOT ARG_SOURCES)
    file(GLOB ARG_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  endif()
  add_library(kamili_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(kamili_${name} PUBLIC kamili_flags ${ARG_LINKS})
  if(ARG_JSON)
    kamili_json(kamili_${name})
  endif()
endfunction()
