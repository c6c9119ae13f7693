/* SPDX-License-Identifier: MIT */
#include "tests/fault/check.h"

static void a_flipped_bit_is_noticed_or_changes_nothing(void **state)
{
	(void)state;
	part_holds("bits");
}

static void a_file_cut_short_or_grown_is_noticed(void **state)
{
	(void)state;
	part_holds("lengths");
}

static void pages_swapped_copied_or_put_back_are_noticed(void **state)
{
	(void)state;
	part_holds("pages");
}

static void rows_swapped_copied_deleted_or_made_odd_are_noticed(void **state)
{
	(void)state;
	part_holds("rows");
}

static void rows_of_earlier_generations_are_noticed(void **state)
{
	(void)state;
	part_holds("replay");
}

static void rows_of_another_vault_are_noticed(void **state)
{
	(void)state;
	part_holds("foreign");
}

static void planted_triggers_views_indexes_and_schemas_are_refused(void **state)
{
	(void)state;
	part_holds("schema");
}

static void journals_of_earlier_generations_bring_back_nothing_in_part(void **state)
{
	(void)state;
	part_holds("journals");
}

static void what_is_no_plain_file_of_ours_is_refused(void **state)
{
	(void)state;
	part_holds("links");
}

static void a_header_committed_to_another_key_is_refused(void **state)
{
	(void)state;
	part_holds("header");
}

static void pages_put_back_under_an_open_vault_are_never_used(void **state)
{
	(void)state;
	part_holds("open");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_flipped_bit_is_noticed_or_changes_nothing),
	    cmocka_unit_test(a_file_cut_short_or_grown_is_noticed),
	    cmocka_unit_test(pages_swapped_copied_or_put_back_are_noticed),
	    cmocka_unit_test(rows_swapped_copied_deleted_or_made_odd_are_noticed),
	    cmocka_unit_test(rows_of_earlier_generations_are_noticed),
	    cmocka_unit_test(rows_of_another_vault_are_noticed),
	    cmocka_unit_test(planted_triggers_views_indexes_and_schemas_are_refused),
	    cmocka_unit_test(journals_of_earlier_generations_bring_back_nothing_in_part),
	    cmocka_unit_test(what_is_no_plain_file_of_ours_is_refused),
	    cmocka_unit_test(a_header_committed_to_another_key_is_refused),
	    cmocka_unit_test(pages_put_back_under_an_open_vault_are_never_used),
	};

	return cmocka_run_group_tests_name("tampering", tests, NULL, NULL);
}
