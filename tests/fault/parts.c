/* SPDX-License-Identifier: MIT */
#include "tests/fault/faults.h"
#include "tests/fault/rotation.h"
#include "tests/fault/tamper.h"

/* The last number: one of how many points the quick form takes. */
const struct part parts[] = {
    {"bits", "tampering", tamper_bits, 397},
    {"lengths", "tampering", tamper_lengths, 149},
    {"pages", "tampering", tamper_pages, 7},
    {"rows", "tampering", tamper_rows, 41},
    {"replay", "tampering", tamper_replay, 41},
    {"foreign", "tampering", tamper_foreign, 97},
    {"schema", "tampering", tamper_schema, 3},
    {"journals", "tampering", tamper_journals, 11},
    {"links", "tampering", tamper_links, 1},
    {"header", "tampering", tamper_header, 16},
    {"open", "tampering", tamper_open, 7},
    {"faults", "faults", faults_go, 17},
    {"power", "power", power_go, 89},
    {"rotation_calls", "rotation", rotation_calls_go, 29},
    {"rotation_twice", "rotation", rotation_twice_go, 89},
    {"rotation_disk", "rotation", rotation_disk_go, 101},
    {"rotation_both", "rotation", rotation_both_go, 61},
    {"rotation_power", "rotation", rotation_power_go, 103},
    {"rotation_aside", "rotation", rotation_aside_go, 23},
};
const size_t parts_count = sizeof(parts) / sizeof(parts[0]);
