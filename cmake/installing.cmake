# SPDX-License-Identifier: MIT
# cmake --install, with or without DESTDIR, to the prefix that was named when the tree was configured.

if(NOT CV_INSTALL_LAYOUT)
	install(CODE "message(FATAL_ERROR \"this tree's programs look for their helpers in the build \
folder; configure one with -DCMAKE_INSTALL_PREFIX=PREFIX, or with --preset install\")")
endif()
# A path in the programs and in the units, which no move of the files would change.
string(REGEX REPLACE "/+$" "" _prefix "${CMAKE_INSTALL_PREFIX}")
install(CODE "if(NOT CMAKE_INSTALL_PREFIX STREQUAL \"${_prefix}\")
	message(FATAL_ERROR \"the programs look for their helpers below ${_prefix}, which was configured; \
another prefix wants another configuration, another root DESTDIR\")
endif()")
foreach(program IN LISTS CV_PROGRAMS)
	set(_folder "${CV_HELPER_DIR}")
	if(program STREQUAL "credvault")
		set(_folder "${CMAKE_INSTALL_BINDIR}")
	endif()
	# Executable, not readable: not dumpable from its first instruction.
	install(PROGRAMS "$<TARGET_FILE:${program}>" DESTINATION "${_folder}"
		PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_EXECUTE WORLD_EXECUTE)
endforeach()
if(CV_INSTALL_LAYOUT AND (CMAKE_CROSSCOMPILING_EMULATOR OR NOT CMAKE_CROSSCOMPILING))
	# bash, zsh and fish look for them by these names.
	set(_completions "")
	foreach(pair IN ITEMS "bash;share/bash-completion/completions;credvault"
		"zsh;share/zsh/site-functions;_credvault"
		"fish;share/fish/vendor_completions.d;credvault.fish")
		list(GET pair 0 shell)
		list(GET pair 1 folder)
		list(GET pair 2 name)
		set(out "${PROJECT_BINARY_DIR}/completion/${shell}/${name}")
		add_custom_command(OUTPUT "${out}" DEPENDS credvault VERBATIM
			COMMAND sh -c "mkdir -p \"\${1%/*}\" && $4 \"$2\" completion \"$3\" >\"$1\""
				sh "${out}" "$<TARGET_FILE:credvault>" "${shell}" "${CMAKE_CROSSCOMPILING_EMULATOR}")
		list(APPEND _completions "${out}")
		install(FILES "${out}" DESTINATION "${folder}")
	endforeach()
	add_custom_target(completions ALL DEPENDS ${_completions})
endif()
# cv_gzip(TEXT OUT): a compressed copy, which has the same bytes each time it is made.
function(cv_gzip text out)
	add_custom_command(OUTPUT "${out}" DEPENDS "${text}" VERBATIM
		COMMAND sh -c "exec gzip -9nc \"$1\" >\"$2\"" sh "${text}" "${out}")
	set_property(GLOBAL APPEND PROPERTY CV_COMPRESSED "${out}")
endfunction()

foreach(page IN LISTS CV_MAN_PAGES)
	string(REGEX REPLACE "^.*\\." "" section "${page}")
	if(CV_PACKAGE)
		cv_gzip("${page}" "${page}.gz")
		string(APPEND page ".gz")
	endif()
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
file(GLOB _docs CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/docs/*.md")
install(FILES ${_docs} DESTINATION "${CMAKE_INSTALL_DOCDIR}/docs")
install(FILES "${PROJECT_SOURCE_DIR}/README.md" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
# Debian has places of its own for these two.
if(NOT CV_PACKAGE)
	install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/CHANGELOG.md"
		DESTINATION "${CMAKE_INSTALL_DOCDIR}")
endif()
