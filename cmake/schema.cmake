# SPDX-License-Identifier: MIT
# schema/NNN_noun.sql as bytes in the store library: vault/store/schema.h declares the table.

function(cv_embed_schema layer)
	if(NOT TARGET cv_${layer})
		return()
	endif()
	file(GLOB files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/schema/*.sql")
	list(SORT files)
	set(arrays "")
	set(rows "")
	set(externs "")
	set(expected 0)
	foreach(file IN LISTS files)
		set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND
			PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
		get_filename_component(name "${file}" NAME)
		math(EXPR expected "${expected} + 1")
		if(NOT name MATCHES "^([0-9][0-9][0-9])_[a-z0-9_]+\\.sql$")
			message(FATAL_ERROR "schema/${name}: want a name like 001_vault.sql")
		endif()
		set(number "${CMAKE_MATCH_1}")
		string(REGEX REPLACE "^0+" "" value "${number}")
		if(NOT value EQUAL expected)
			message(FATAL_ERROR "schema/${name}: the numbers run from 001 without gaps; "
				"expected ${expected}")
		endif()
		file(READ "${file}" hex HEX)
		if(hex STREQUAL "")
			message(FATAL_ERROR "schema/${name} is empty")
		endif()
		string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
		string(APPEND arrays "const unsigned char cv_schema_${number}[] = {${bytes}};\n"
			"const size_t cv_schema_${number}_len = sizeof(cv_schema_${number});\n")
		string(APPEND rows
			"\t{${expected}, cv_schema_${number}, sizeof(cv_schema_${number})},\n")
		string(APPEND externs "extern const unsigned char cv_schema_${number}[];\n"
			"extern const size_t cv_schema_${number}_len;\n")
	endforeach()

	set(folder "${PROJECT_BINARY_DIR}/generated/vault/store")
	file(CONFIGURE OUTPUT "${folder}/schema.h" @ONLY CONTENT
"/* SPDX-License-Identifier: MIT */
/* Made from schema/ by cmake/schema.cmake. */
#ifndef CV_STORE_SCHEMA_H
#define CV_STORE_SCHEMA_H

#include <stddef.h>

/** One forward step of the vault's schema: its number from 1 and its SQL, not terminated. */
struct cv_schema {
	int number;
	const unsigned char *sql;
	size_t len;
};

/** All steps in order; behind the last one stands an entry with number 0. */
extern const struct cv_schema cv_schemas[];
extern const size_t cv_schemas_count;

@externs@
#endif
")
	file(CONFIGURE OUTPUT "${folder}/schema.c" @ONLY CONTENT
"/* SPDX-License-Identifier: MIT */
/* Made from schema/ by cmake/schema.cmake. */
#include \"vault/store/schema.h\"

@arrays@
const struct cv_schema cv_schemas[] = {
@rows@	{0, NULL, 0},
};
const size_t cv_schemas_count = @expected@;
")
	target_sources(cv_${layer} PRIVATE "${folder}/schema.c")
	# Plain "schema.h" works inside the store too.
	target_include_directories(cv_${layer} PRIVATE "${folder}")
endfunction()
