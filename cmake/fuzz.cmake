# SPDX-License-Identifier: MIT
# The targets of fuzzing (tests/fuzz): `fuzz` under this build's compiler, which the tests run over the
# seeds, and `fuzz_clang` with libFuzzer in the build of preset `fuzz`.

file(GLOB _fuzz CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/fuzz/*.c")
list(FILTER _fuzz EXCLUDE REGEX "/(main|libfuzzer)\\.c$")

function(cv_fuzz name main)
	add_executable(${name} "${PROJECT_SOURCE_DIR}/tests/fuzz/${main}.c" ${_fuzz})
	set_target_properties(${name} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
	target_link_libraries(${name} PRIVATE cv_cli_parts cv_courier_parts)
	cv_link(${name} LAYERS audit creds wire aws store seal format base
		LIBS sqlite3 expat jansson libsodium)
endfunction()

if(CMAKE_BUILD_TYPE STREQUAL "Fuzz")
	cv_fuzz(fuzz_clang libfuzzer)
	target_link_options(fuzz_clang PRIVATE -fsanitize=fuzzer)
	return()
endif()
cv_fuzz(fuzz main)

# One test for each row of the table. Without sanitizers the seeds alone are run.
file(READ "${PROJECT_SOURCE_DIR}/tests/fuzz/fuzz.h" _table)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
	"${PROJECT_SOURCE_DIR}/tests/fuzz/fuzz.h")
string(REGEX MATCHALL "\tX\\([a-z_]+," _rows "${_table}")
foreach(_row IN LISTS _rows)
	string(REGEX REPLACE "\tX\\(([a-z_]+)," "\\1" _target "${_row}")
	set(_runs "")
	if(NOT CMAKE_BUILD_TYPE STREQUAL "Sanitize")
		set(_runs 0)
	endif()
	add_test(NAME test_fuzz_${_target} COMMAND fuzz ${_target} ${_runs})
	set_tests_properties(test_fuzz_${_target} PROPERTIES LABELS fuzz TIMEOUT 120
		ENVIRONMENT "${_environment}")
endforeach()
