/* SPDX-License-Identifier: MIT */
#include "cli/show/peer_row.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static char text[PEER_ROW_BYTES];

static const char *shown(const char *exe, const char *parents, bool for_another)
{
	const struct msg_log_peer peer = {.pid = 4711, .exe = exe, .parents = parents};

	peer_row_text(&peer, for_another, text);
	return text;
}

static void whoever_started_us_comes_first(void **state)
{
	(void)state;
	assert_string_equal(shown("credvault", "terraform,make,bash", true),
			    "terraform make (credvault[4711])");
	assert_string_equal(shown("credvault", "credvault,node,npm,sh", true),
			    "node npm (credvault[4711])");
	assert_string_equal(shown("credvault", "sh,node,npm", true), "node npm (credvault[4711])");
	assert_string_equal(shown("credvault", "sh,bash,tmux", true), "sh bash (credvault[4711])");
	assert_string_equal(shown("credvault", "sh", true), "sh (credvault[4711])");
	assert_string_equal(shown("credvault", "", true), "credvault[4711]");
	assert_string_equal(shown("credvault", "credvault", true), "credvault[4711]");
}

static void what_was_done_to_the_vault_was_done_by_us(void **state)
{
	(void)state;
	assert_string_equal(shown("credvault", "zsh,login,sshd", false),
			    "credvault[4711] zsh login");
}

static void another_client_speaks_for_itself(void **state)
{
	(void)state;
	assert_string_equal(shown("python3", "credvault,bash", true),
			    "python3[4711] credvault bash");
}

static void nobody_is_a_dash(void **state)
{
	(void)state;
	peer_row_text(NULL, true, text);
	assert_string_equal(text, "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whoever_started_us_comes_first),
	    cmocka_unit_test(what_was_done_to_the_vault_was_done_by_us),
	    cmocka_unit_test(another_client_speaks_for_itself),
	    cmocka_unit_test(nobody_is_a_dash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
