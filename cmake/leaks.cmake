# SPDX-License-Identifier: MIT
# The search for leaks (tests/leak): its tools, and programs that leak on purpose, each of which the
# search must catch. Beside each leaky program stand sound ones: leaky/NAME/PROGRAM, leaky/none/PROGRAM.

if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
	return()
endif()

foreach(name IN ITEMS watch search)
	add_executable(leak_${name} "${PROJECT_SOURCE_DIR}/tests/leak/${name}.c")
	set_target_properties(leak_${name} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
endforeach()
target_sources(leak_watch PRIVATE "${PROJECT_SOURCE_DIR}/tests/leak/dump.c")

# cv_leaky(NAME PROGRAM FUNCTION…): the program with these functions replaced by those of
# leaky_NAME.c, looking for its helpers beside itself.
function(cv_leaky name program)
	if(program STREQUAL "credvault")
		set(folder cli)
	else()
		string(REGEX REPLACE "^credvault-" "" noun "${program}")
		set(folder "vault/${noun}")
	endif()
	get_filename_component(noun "${folder}" NAME)
	set(target leaky_${name}_${noun})
	add_executable(${target} "${PROJECT_SOURCE_DIR}/${folder}/main.c"
		"${PROJECT_SOURCE_DIR}/tests/leak/beside.c")
	if(NOT name STREQUAL "none")
		target_sources(${target} PRIVATE
			"${PROJECT_SOURCE_DIR}/tests/leak/leaky_${name}.c")
	endif()
	set_target_properties(${target} PROPERTIES OUTPUT_NAME "${program}"
		RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/leaky/${name}")
	foreach(function IN ITEMS process_spawn process_open_program ${ARGN})
		target_link_options(${target} PRIVATE "-Wl,--wrap=${function}")
	endforeach()
	target_link_libraries(${target} PRIVATE cv_${noun}_parts)
	cv_link(${target} LAYERS ${CV_PARTS_${noun}_LAYERS} LIBS ${CV_PARTS_${noun}_LIBS})
endfunction()

cv_leaky(none credvault)
cv_leaky(none credvault-agent)
cv_leaky(none credvault-courier)
cv_leaky(wipe credvault-agent secret_wipe)
cv_leaky(arena credvault-agent secret_clear)
cv_leaky(heap credvault-agent secret_set)
cv_leaky(idle credvault-agent keys_clear_records)
cv_leaky(file credvault-agent access_key_encode)
cv_leaky(answer credvault-agent view_key_answer)
cv_leaky(freed credvault-courier alloc_wiping_free)
cv_leaky(end credvault secret_close secret_clear)
cv_leaky(words credvault secret_set)
cv_leaky(core credvault process_harden_cli)
