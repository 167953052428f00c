# Everything comes from the distribution; see scripts/setup for the package names.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_package(ICU REQUIRED COMPONENTS uc i18n)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
# Argon2id: OpenSSL has it from 3.2 on only.
pkg_check_modules(ARGON2 REQUIRED IMPORTED_TARGET libargon2)
# kamilictl draws the address of a device code with it.
pkg_check_modules(QRENCODE REQUIRED IMPORTED_TARGET libqrencode)
pkg_check_modules(LIBICAL REQUIRED IMPORTED_TARGET libical)

find_path(CCTZ_INCLUDE cctz/time_zone.h REQUIRED)
find_library(CCTZ_LIBRARY cctz REQUIRED)
add_library(cctz_system INTERFACE)
target_include_directories(cctz_system SYSTEM INTERFACE ${CCTZ_INCLUDE})
target_link_libraries(cctz_system INTERFACE ${CCTZ_LIBRARY})

# cpprestsdk is only for the redirect listener of kamilictl and for kamili-sim.
find_package(cpprestsdk REQUIRED)
find_package(Boost REQUIRED COMPONENTS system)
