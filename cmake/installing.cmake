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
