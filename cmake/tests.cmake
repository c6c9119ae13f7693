# SPDX-License-Identifier: MIT
# tests/LAYER/test_NOUN.c and tests/LAYER/ROOM/test_NOUN.c -> the program and the test test_LAYER_NOUN,
# labelled LAYER, linked with that layer and those below it and nothing else.

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
	file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/${noun}/test_*.c")
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
		# The matrix of rotations is hundreds of short processes over what test_fault_rotation runs too.
		# The filter of a broker's processes holds for the calls of valgrind's own, too.
		if(VALGRIND AND CMAKE_BUILD_TYPE STREQUAL "Release"
		   AND NOT name MATCHES "^test_(fault_rotations|agent_broker)$")
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
	if(layer STREQUAL "confine")
		list(APPEND _libs libseccomp)
	endif()
	cv_tests(${layer} LAYERS ${layer} ${CV_LAYER_${layer}_BELOW} LIBS ${_libs})
endforeach()
foreach(noun IN ITEMS agent courier cli)
	cv_tests(${noun} OWN cv_${noun}_parts
		LAYERS ${CV_PARTS_${noun}_LAYERS} LIBS ${CV_PARTS_${noun}_LIBS})
endforeach()

# Programs that attack ours as another program of the user would (tests/attack).
file(GLOB _attacks CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/attack/*.c")
foreach(source IN LISTS _attacks)
	get_filename_component(name "${source}" NAME_WE)
	add_executable(attack_${name} "${source}")
	set_target_properties(attack_${name} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
endforeach()

# What the end-to-end tests cannot wait for: a log that is years old.
if(TARGET cv_audit)
	add_executable(old_log "${PROJECT_SOURCE_DIR}/tests/e2e/old_log.c")
	set_target_properties(old_log PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
	cv_link(old_log LAYERS audit store seal format base LIBS sqlite3 libsodium jansson)
endif()

# What a command meets at each call that changes a person's files.
add_library(file_fault MODULE "${PROJECT_SOURCE_DIR}/tests/e2e/file_fault.c")
set_target_properties(file_fault PROPERTIES PREFIX ""
	LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
# The flags for every target speak of programs.
target_compile_options(file_fault PRIVATE -fno-PIE -fPIC)
target_link_options(file_fault PRIVATE -no-pie)

# What holds when the disk, the power or somebody with the file is against it: a library of forged
# files and failing system calls, which the quick tests and the long program share.
file(GLOB _fault CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/fault/*.c")
list(FILTER _fault EXCLUDE REGEX "/(test_[a-z_]*|torture|without_[a-z_]*)\\.c$")
set(_fault_layers rotate audit creds aws store seal format base)
set(_fault_libs sqlite3 libsodium jansson)
if(_fault AND TARGET cv_rotate)
	add_library(cv_fault STATIC ${_fault})
	cv_tests(fault OWN cv_fault cv_cli_parts LAYERS ${_fault_layers} LIBS ${_fault_libs})

	function(cv_torture name)
		add_executable(${name} "${PROJECT_SOURCE_DIR}/tests/fault/torture.c" ${ARGN})
		set_target_properties(${name} PROPERTIES
			RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
		target_link_libraries(${name} PRIVATE cv_fault)
		cv_link(${name} LAYERS ${_fault_layers} LIBS ${_fault_libs})
	endfunction()
	cv_torture(torture)

	# Builds from which one check is taken out: each must be noticed. cv_without(WHAT "PART OPTION…"
	# FUNCTION…): these functions of the store are replaced by those of without_WHAT.c.
	function(cv_without what part)
		separate_arguments(part)
		set(name torture_without_${what})
		cv_torture(${name} "${PROJECT_SOURCE_DIR}/tests/fault/without_${what}.c")
		foreach(function IN LISTS ARGN)
			target_link_options(${name} PRIVATE "-Wl,--wrap=${function}")
		endforeach()
		cv_caught(${what} ${name} ${part})
	endfunction()
	function(cv_caught what program)
		add_test(NAME test_fault_without_${what} COMMAND ${program} ${ARGN} --expect-red)
		set_tests_properties(test_fault_without_${what} PROPERTIES LABELS fault TIMEOUT 300)
	endfunction()
	cv_without(tag "bits --stride 101" crypto_aead_xchacha20poly1305_ietf_decrypt)
	cv_without(commitment "header --quick" header_verify secret_equal)
	cv_without(root "replay --stride 11" verified_rows_root)
	cv_without(journal_sync "power --quick")
	cv_without(file_sync "power --quick")
	cv_without(directory_sync "power --quick")
	cv_without(mark_sync "power --quick")
	cv_without(segment_sync "power --quick")
	# Of rotations. What is taken out of a step shows the same in every build.
	if(CMAKE_BUILD_TYPE STREQUAL "Release")
		cv_without(intent "rotation_calls --stride 29" journal_put)
		cv_without(new_key "rotation_calls --stride 29" journal_put)
		cv_without(acknowledgement "rotation_calls --stride 29" journal_put)
		cv_without(promotion "rotation_calls --stride 29" journal_exchange)
		cv_without(switch "rotation_calls --stride 29" journal_put)
		cv_without(recovery_blocks "rotation_aside --stride 5" recovery_file_reserve)
		cv_without(recovery_record "rotation_aside --stride 5" recovery_file_write)
		cv_without(recovery_name "rotation_aside" recovery_file_reserve)
		cv_caught(journal_sync_of_steps torture_without_journal_sync
			rotation_power --stride 47)
	endif()
endif()
