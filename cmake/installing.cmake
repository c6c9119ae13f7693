# SPDX-License-Identifier: MIT
# cmake --install, from a tree configured with -DCV_INSTALL_LAYOUT=ON.

include(GNUInstallDirs)
if(NOT CV_INSTALL_LAYOUT)
	install(CODE "message(FATAL_ERROR \"this tree's programs look for their helpers in the \
build folder; configure with -DCV_INSTALL_LAYOUT=ON\")")
endif()
foreach(program IN LISTS CV_PROGRAMS)
	if(program STREQUAL "credvault")
		install(PROGRAMS "$<TARGET_FILE:${program}>" DESTINATION "${CMAKE_INSTALL_BINDIR}"
			PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
				GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
	else()
		# Executable, not readable: not dumpable from its first instruction.
		install(PROGRAMS "$<TARGET_FILE:${program}>" DESTINATION "${CV_HELPER_DIR}"
			PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_EXECUTE WORLD_EXECUTE)
	endif()
endforeach()
foreach(page IN LISTS CV_MAN_PAGES)
	string(REGEX REPLACE "^.*\\." "" section "${page}")
	install(FILES "${page}" DESTINATION "${CMAKE_INSTALL_MANDIR}/man${section}")
endforeach()

# Schedules. The place is the same whatever the machine's libraries are filed under.
foreach(file IN ITEMS systemd/credvault-rotate.service examples/crontab
	examples/credvault-rotate@.service)
	configure_file("${PROJECT_SOURCE_DIR}/dist/${file}.in" "${PROJECT_BINARY_DIR}/dist/${file}" @ONLY)
endforeach()
install(FILES "${PROJECT_BINARY_DIR}/dist/systemd/credvault-rotate.service"
	"${PROJECT_SOURCE_DIR}/dist/systemd/credvault-rotate.timer"
	DESTINATION "lib/systemd/user")
install(FILES "${PROJECT_BINARY_DIR}/dist/examples/crontab"
	"${PROJECT_BINARY_DIR}/dist/examples/credvault-rotate@.service"
	"${PROJECT_SOURCE_DIR}/dist/examples/credvault-rotate@.timer"
	DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples")
install(FILES "${PROJECT_SOURCE_DIR}/docs/rotation.md" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
