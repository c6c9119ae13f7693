# SPDX-License-Identifier: MIT
# Layers are static libraries without link dependencies of their own; whoever links a program
# spells out the archives. A folder without a .c file is no target yet.

set(CV_LAYERS "")   # highest first, as the linker wants them
set(CV_PROGRAMS "")

# cv_layer(NAME LOWER…): the library cv_NAME from the .c files of vault/NAME and of its rooms, and the
# layers it may reach.
# To be called lowest layer first.
macro(cv_layer name)
	set(CV_LAYER_${name}_BELOW ${ARGN})
	list(PREPEND CV_LAYERS ${name})
	file(GLOB_RECURSE _sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/vault/${name}/*.c")
	if(_sources)
		add_library(cv_${name} STATIC ${_sources})
	endif()
endmacro()

# cv_link(TARGET LAYERS… LIBS…): the archives in link order, then the foreign libraries.
function(cv_link target)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LAYERS;LIBS")
	foreach(layer IN LISTS CV_LAYERS)
		if(layer IN_LIST arg_LAYERS AND TARGET cv_${layer})
			target_link_libraries(${target} PRIVATE cv_${layer})
		endif()
	endforeach()
	foreach(lib IN LISTS arg_LIBS)
		target_link_libraries(${target} PRIVATE PkgConfig::${lib})
	endforeach()
	target_link_libraries(${target} PRIVATE Threads::Threads)
endfunction()

# cv_program(NAME FOLDER LAYERS… LIBS…): main.c linked with an archive of the folder's other
# files, which the tests of that folder link too.
function(cv_program name folder)
	cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "LAYERS;LIBS")
	get_filename_component(noun "${folder}" NAME)
	set(CV_PARTS_${noun}_LAYERS ${arg_LAYERS} PARENT_SCOPE)
	set(CV_PARTS_${noun}_LIBS ${arg_LIBS} PARENT_SCOPE)
	set(main "${PROJECT_SOURCE_DIR}/${folder}/main.c")
	file(GLOB_RECURSE parts CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.c")
	if(NOT parts)
		return()
	endif()
	list(FIND parts "${main}" has_main)
	list(REMOVE_ITEM parts "${main}")
	if(parts)
		add_library(cv_${noun}_parts STATIC ${parts})
	endif()
	if(has_main EQUAL -1)
		return()
	endif()
	add_executable(${name} "${main}")
	if(parts)
		target_link_libraries(${name} PRIVATE cv_${noun}_parts)
	endif()
	cv_link(${name} LAYERS ${arg_LAYERS} LIBS ${arg_LIBS})
	set(CV_PROGRAMS ${CV_PROGRAMS} ${name} PARENT_SCOPE)
endfunction()

# The target `programs`: what people run, without tests, floors and manual pages.
function(cv_programs_target)
	add_custom_target(programs)
	if(CV_PROGRAMS)
		add_dependencies(programs ${CV_PROGRAMS})
	endif()
endfunction()
