# kamili.cdx.json: what the programs that are shipped are made of, read from them after each link.
# Without dpkg-query (no Debian) the libraries stand there without their packages.

set(sbom ${PROJECT_BINARY_DIR}/kamili.cdx.json)
set(sbom_maker ${PROJECT_SOURCE_DIR}/cmake/make_sbom.py)
set(shipped $<TARGET_FILE:kamilid> $<TARGET_FILE:kamilictl> $<TARGET_FILE:kamili_client_shared>)
add_custom_command(OUTPUT ${sbom}
    COMMAND ${Python3_EXECUTABLE} ${sbom_maker} ${PROJECT_NAME} ${PROJECT_VERSION}
            ${PROJECT_SOURCE_DIR} ${sbom} ${shipped}
    DEPENDS ${sbom_maker} kamilid kamilictl kamili_client_shared
    VERBATIM)
add_custom_target(sbom ALL DEPENDS ${sbom})
install(FILES ${sbom} DESTINATION ${CMAKE_INSTALL_DATADIR}/kamili)
