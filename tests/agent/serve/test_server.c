/* SPDX-License-Identifier: MIT */
#include "vault/agent/serve/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char directory[64];
static struct sockaddr_un address;

static int start(void **state)
{
	(void)state;
	(void)snprintf(directory, sizeof(directory), "/tmp/credvault-test-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	address = (struct sockaddr_un){.sun_family = AF_UNIX};
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/a.sock", directory);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	(void)unlink(address.sun_path);
	return rmdir(directory);
}

static int connected(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void a_socket_of_the_same_user_is_replaced_unseen(void **state)
{
	int earlier = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), fd, client;
	struct error err;

	(void)state;
	assert_int_equal(bind(earlier, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(earlier, 1), 0);
	assert_true(server_listen(address.sun_path, &fd, &err));
	client = connected();
	assert_true(accept(earlier, NULL, NULL) < 0 && errno == EAGAIN);
	(void)close(client);
	(void)close(earlier);
	(void)close(fd);
}

static void what_is_no_socket_of_ours_keeps_its_name(void **state)
{
	int fd = open(address.sun_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct error err;
	struct stat st;

	(void)state;
	(void)close(fd);
	assert_false(server_listen(address.sun_path, &fd, &err));
	assert_int_equal(err.code, ERROR_UNSAFE_FILE);
	assert_true(lstat(address.sun_path, &st) == 0 && S_ISREG(st.st_mode));
}

static void the_socket_is_its_users_alone(void **state)
{
	struct error err;
	struct stat st;
	int fd;

	(void)state;
	assert_true(server_listen(address.sun_path, &fd, &err));
	assert_int_equal(lstat(address.sun_path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_socket_of_the_same_user_is_replaced_unseen, start,
					    stop),
	    cmocka_unit_test_setup_teardown(what_is_no_socket_of_ours_keeps_its_name, start, stop),
	    cmocka_unit_test_setup_teardown(the_socket_is_its_users_alone, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
