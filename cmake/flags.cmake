# SPDX-License-Identifier: MIT
# Language, warnings and hardening, the same for every target.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
	set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Sanitize, Coverage or Fuzz" FORCE)
endif()

# NDEBUG stays undefined: an assertion that fails must stop a program that holds keys.
set(CMAKE_C_FLAGS_RELEASE "-O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3")
set(CMAKE_C_FLAGS_SANITIZE
	"-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all")
set(CMAKE_C_FLAGS_COVERAGE "-O0 -g --coverage -fprofile-update=atomic")
set(CMAKE_C_FLAGS_FUZZ "-O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all \
-fsanitize=address,undefined,fuzzer-no-link")

add_compile_definitions(_GNU_SOURCE)
if(CMAKE_BUILD_TYPE MATCHES "^(Sanitize|Fuzz)$")
	# The sanitizers' run time makes system calls that the real filter refuses.
	add_compile_definitions(CV_RELAXED_SANDBOX=1)
endif()

add_compile_options(
	-Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes
	-Wwrite-strings -Wformat=2 -Wundef -Werror
	-fstack-protector-strong -fstack-clash-protection -fPIE
	-ffunction-sections -fdata-sections
	"-ffile-prefix-map=${PROJECT_SOURCE_DIR}/="
	"-ffile-prefix-map=${PROJECT_BINARY_DIR}/=build/")
# gcc builds what people run; clang builds the targets of fuzzing alone and knows other warnings.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
	add_compile_options(-ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr)
else()
	add_compile_options(-w)
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|i.86)$")
	add_compile_options(-fcf-protection)
	add_link_options(-Wl,-z,pack-relative-relocs)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
	add_compile_options(-mbranch-protection=standard)
endif()
add_link_options(-pie
	-Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed -Wl,--gc-sections)
# Debian keeps names for debuggers apart from the programs.
if(CV_PACKAGE)
	add_link_options(-s)
endif()

include_directories("${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}/generated")
