# SPDX-License-Identifier: MIT
# tests/LAYER/test_NOUN.c -> the program and the test test_LAYER_NOUN, labelled LAYER, linked with
# that layer and those below it and nothing else.

pkg_check_modules(cmocka IMPORTED_TARGET cmocka)
if(NOT cmocka_FOUND)
	message(STATUS "no unit tests: cmocka is not installed")
	return()
endif()

# Under valgrind the same programs once more, only by `ctest -C Memcheck -L memcheck`.
find_program(VALGRIND valgrind)
set(_memcheck "${VALGRIND}" --quiet --error-exitcode=99 --leak-check=full
	--errors-for-leak-kinds=definite --show-leak-kinds=definite --child-silent-after-fork=yes)

file(GLOB _support CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/support/*.c")
if(_support)
	add_library(cv_test_support STATIC ${_support})
	target_link_libraries(cv_test_support PRIVATE PkgConfig::cmocka)
endif()

# Public conformance data stands beside the project where it is present; tests skip without it.
cmake_path(SET _vectors NORMALIZE "${PROJECT_SOURCE_DIR}/../shared/vectors")
set(_environment "CREDVAULT_SOURCE=${PROJECT_SOURCE_DIR}")
if(IS_DIRECTORY "${_vectors}")
	list(APPEND _environment "CREDVAULT_VECTORS=${_vectors}")
endif()

function(cv_tests noun)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LAYERS;LIBS;OWN")
	file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/${noun}/test_*.c")
	foreach(source IN LISTS sources)
		get_filename_component(name "${source}" NAME_WE)
		string(REGEX REPLACE "^test_" "test_${noun}_" name "${name}")
		add_executable(${name} "${source}")
		set_target_properties(${name} PROPERTIES
			RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
		if(TARGET cv_test_support)
			target_link_libraries(${name} PRIVATE cv_test_support)
		endif()
		foreach(own IN LISTS arg_OWN)
			if(TARGET ${own})
				target_link_libraries(${name} PRIVATE ${own})
			endif()
		endforeach()
		cv_link(${name} LAYERS ${arg_LAYERS} LIBS ${arg_LIBS} cmocka)
		add_test(NAME ${name} COMMAND ${name})
		set_tests_properties(${name} PROPERTIES LABELS ${noun} TIMEOUT 120
			ENVIRONMENT "${_environment}")
		if(VALGRIND AND CMAKE_BUILD_TYPE STREQUAL "Release")
			add_test(NAME memcheck_${name} CONFIGURATIONS Memcheck
				COMMAND ${_memcheck} $<TARGET_FILE:${name}>)
			set_tests_properties(memcheck_${name} PROPERTIES
				LABELS memcheck TIMEOUT 240
				ENVIRONMENT "${_environment};CREDVAULT_UNDER_VALGRIND=1")
		endif()
	endforeach()
endfunction()

foreach(layer IN LISTS CV_LAYERS)
	set(_libs libsodium jansson)
	if(layer STREQUAL "store" OR "store" IN_LIST CV_LAYER_${layer}_BELOW)
		list(APPEND _libs sqlite3)
	endif()
	cv_tests(${layer} LAYERS ${layer} ${CV_LAYER_${layer}_BELOW} LIBS ${_libs})
endforeach()
foreach(noun IN ITEMS agent courier cli)
	cv_tests(${noun} OWN cv_${noun}_parts
		LAYERS ${CV_PARTS_${noun}_LAYERS} LIBS ${CV_PARTS_${noun}_LIBS})
endforeach()
