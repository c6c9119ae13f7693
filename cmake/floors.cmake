# SPDX-License-Identifier: MIT
# What a measurement is compared with: programs linked like credvault that do next to nothing.

foreach(name IN ITEMS floor_empty floor_fsync)
	add_executable(${name} "${PROJECT_SOURCE_DIR}/tests/bench/${name}.c")
	# They use no symbol of these libraries and shall pay for loading them all the same.
	target_link_options(${name} PRIVATE -Wl,--no-as-needed)
	target_link_libraries(${name} PRIVATE PkgConfig::libsodium PkgConfig::jansson)
endforeach()
add_custom_target(floors DEPENDS floor_empty floor_fsync)
