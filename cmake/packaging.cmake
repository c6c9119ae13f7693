# SPDX-License-Identifier: MIT
# cpack makes the .deb of what cmake --install puts below /usr. `./dev package` makes the rest of what is
# published, and compares two builds byte by byte.

if(NOT CV_PACKAGE)
	return()
endif()

# A version that is not out yet sorts before the one that is.
string(REPLACE "-" "~" _version "${CV_VERSION}")
set(CV_MAINTAINER "The credvault authors <credvault@users.noreply.github.com>")

# The time is that of the commit, so that the same source gives the same bytes.
string(TIMESTAMP _date "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(_debian "${PROJECT_BINARY_DIR}/debian")
file(WRITE "${_debian}/changelog" "credvault (${_version}-1) unstable; urgency=medium

  * What changed is told in changelog.gz beside this file.

 -- ${CV_MAINTAINER}  ${_date}
")
cv_gzip("${_debian}/changelog" "${_debian}/changelog.Debian.gz")
cv_gzip("${PROJECT_SOURCE_DIR}/CHANGELOG.md" "${_debian}/changelog.gz")
get_property(_compressed GLOBAL PROPERTY CV_COMPRESSED)
add_custom_target(compressed ALL DEPENDS ${_compressed})
install(FILES "${_debian}/changelog.Debian.gz" "${_debian}/changelog.gz"
	"${PROJECT_SOURCE_DIR}/dist/debian/copyright" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(FILES "${PROJECT_SOURCE_DIR}/dist/debian/lintian-overrides" RENAME credvault
	DESTINATION "share/lintian/overrides")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME credvault)
set(CPACK_PACKAGE_VERSION "${_version}")
set(CPACK_PACKAGE_CONTACT "${CV_MAINTAINER}")
set(CPACK_PACKAGING_INSTALL_PREFIX "${CMAKE_INSTALL_PREFIX}")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Packed relocations want this one; the symbols that dpkg looks at do not say so.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libc6 (>= 2.36)")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# HTTPS wants authorities; new passphrases are judged where the library for it is there.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, libzxcvbn0")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "awscli")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "encrypted vault for AWS access keys")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Long-term access keys lie in a file sealed under a passphrase, and not in clear
in ~/.aws/credentials. The command line unlocks them, rotates them without
losing one, and hands temporary credentials to AWS SDKs and programs; one MFA
code serves whoever waits for it, and each emission is on record.")
include(CPack)
