# SPDX-License-Identifier: MIT
# docs/man/NAME.SECTION.scd -> man/manSECTION/NAME.SECTION, where scdoc is installed: MANPATH can name
# the folder.

find_program(SCDOC scdoc)
file(GLOB _pages CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/docs/man/*.scd")
set(CV_MAN_PAGES "")
if(SCDOC)
	foreach(page IN LISTS _pages)
		get_filename_component(name "${page}" NAME_WLE)
		string(REGEX REPLACE "^.*\\." "" section "${name}")
		set(folder "${PROJECT_BINARY_DIR}/man/man${section}")
		set(out "${folder}/${name}")
		add_custom_command(OUTPUT "${out}" DEPENDS "${page}" VERBATIM
			COMMAND "${CMAKE_COMMAND}" -E make_directory "${folder}"
			COMMAND sh -c "exec \"$1\" <\"$2\" >\"$3\"" sh "${SCDOC}" "${page}" "${out}")
		list(APPEND CV_MAN_PAGES "${out}")
	endforeach()
endif()
add_custom_target(man ALL DEPENDS ${CV_MAN_PAGES})
