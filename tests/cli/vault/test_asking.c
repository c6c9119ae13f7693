/* SPDX-License-Identifier: MIT */
#include "cli/vault/asking.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

/* Where no person sits, a program would ask: it waits while another asks, by the clock here. */
struct waiting {
	struct cli cli;
	struct clock clock;
	int64_t slept_ms;
	int64_t over_at_ms; /* when the vault is unlocked elsewhere */
	char folder[64];
};

static int64_t waiting_now(void *ctx, enum clock_kind kind)
{
	(void)kind;
	return ((struct waiting *)ctx)->slept_ms * 1000000;
}

static void waiting_sleep(void *ctx, int64_t ms)
{
	((struct waiting *)ctx)->slept_ms += ms;
}

static bool waiting_over(void *ctx)
{
	const struct waiting *waiting = ctx;

	return waiting->over_at_ms > 0 && waiting->slept_ms >= waiting->over_at_ms;
}

static int setup(void **state)
{
	struct waiting *waiting = calloc(1, sizeof(*waiting));
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (tty >= 0) {
		(void)ioctl(tty, TIOCNOTTY);
		(void)close(tty);
	}
	if (!waiting)
		return -1;
	waiting->clock = (struct clock){
	    .now_ns = waiting_now, .sleep_ms = waiting_sleep, .ctx = waiting};
	waiting->cli.clock = &waiting->clock;
	(void)snprintf(waiting->folder, sizeof(waiting->folder), "/tmp/credvault-asking-XXXXXX");
	if (!mkdtemp(waiting->folder))
		return -1;
	(void)snprintf(waiting->cli.asking, sizeof(waiting->cli.asking), "%s/vault.asking",
		       waiting->folder);
	*state = waiting;
	return 0;
}

static int teardown(void **state)
{
	struct waiting *waiting = *state;

	(void)unlink(waiting->cli.asking);
	(void)rmdir(waiting->folder);
	free(waiting);
	return 0;
}

static bool begin(struct waiting *waiting, struct asking *out, bool *came, struct error *err)
{
	return asking_begin(&waiting->cli, waiting_over, waiting, out, came, err);
}

static void who_waits_for_anothers_prompt_waits_five_minutes_at_most(void **state)
{
	struct waiting *waiting = *state;
	struct asking first, second;
	struct error err = ERROR_INIT;
	bool came;

	assert_true(begin(waiting, &first, &came, &err));
	assert_true(first.first && !came);
	assert_int_equal(waiting->slept_ms, 0);
	assert_false(begin(waiting, &second, &came, &err));
	assert_int_equal(err.code, ERROR_LOCKED);
	assert_int_equal(waiting->slept_ms, 300 * 1000);
	assert_int_equal(second.fd, -1);
	asking_end(&first);
	assert_true(begin(waiting, &second, &came, &err));
	assert_int_equal(waiting->slept_ms, 300 * 1000);
	asking_end(&second);
}

static void it_waits_no_longer_than_until_the_vault_is_unlocked(void **state)
{
	struct waiting *waiting = *state;
	struct asking first, second;
	struct error err = ERROR_INIT;
	bool came;

	waiting->over_at_ms = 2000;
	assert_true(begin(waiting, &first, &came, &err));
	assert_true(begin(waiting, &second, &came, &err));
	assert_true(came && !second.first);
	assert_int_equal(waiting->slept_ms, 2000);
	asking_end(&second);
	asking_end(&first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		who_waits_for_anothers_prompt_waits_five_minutes_at_most, setup, teardown),
	    cmocka_unit_test_setup_teardown(it_waits_no_longer_than_until_the_vault_is_unlocked,
					    setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
