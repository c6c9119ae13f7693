# SPDX-License-Identifier: MIT
# What a measurement is compared with: programs linked like credvault that do next to nothing. And
# what measures: a stopwatch without a runtime of its own, and many clients in one program.

foreach(name IN ITEMS floor_empty floor_fsync floor_pwhash)
	add_executable(${name} "${PROJECT_SOURCE_DIR}/tests/bench/${name}.c")
	# They use no symbol of these libraries and shall pay for loading them all the same.
	target_link_options(${name} PRIVATE -Wl,--no-as-needed)
	target_link_libraries(${name} PRIVATE PkgConfig::libsodium PkgConfig::jansson)
endforeach()
add_executable(spawn_times "${PROJECT_SOURCE_DIR}/tests/bench/spawn_times.c")
add_executable(load_emit "${PROJECT_SOURCE_DIR}/tests/bench/load_emit.c")
cv_link(load_emit LAYERS wire seal format base LIBS libsodium jansson)
add_executable(fill_vault "${PROJECT_SOURCE_DIR}/tests/bench/fill_vault.c")
cv_link(fill_vault LAYERS store seal format base LIBS sqlite3 libsodium jansson)
add_library(pwhash_clock MODULE "${PROJECT_SOURCE_DIR}/tests/bench/pwhash_clock.c")
set_target_properties(pwhash_clock PROPERTIES PREFIX ""
	LIBRARY_OUTPUT_DIRECTORY "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
# The flags for every target speak of programs.
target_compile_options(pwhash_clock PRIVATE -fno-PIE -fPIC)
target_link_options(pwhash_clock PRIVATE -no-pie)
add_custom_target(floors
	DEPENDS floor_empty floor_fsync floor_pwhash spawn_times load_emit fill_vault
		pwhash_clock)
