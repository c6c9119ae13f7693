/* SPDX-License-Identifier: MIT */
#include "cli/doctor/checks.h"
#include "cli/ui/context.h"
#include "cli/ui/hint.h"
#include "vault/format/json.h"

#include <string.h>

enum { INDENT = 6 };

static const struct doctor_check *const checks[] = {
#define X(word_) &check_##word_,
    CHECKS(X)
#undef X
};

static const char *const verdicts[] = {
    [DOCTOR_OK] = "ok", [DOCTOR_NOTE] = "note", [DOCTOR_WARN] = "warn", [DOCTOR_BAD] = "bad"};

static size_t doctor_count(const struct doctor *doctor, enum doctor_verdict verdict)
{
	size_t n = 0;

	for (size_t i = 0; i < doctor->count; i++)
		n += doctor->rows[i].verdict == verdict;
	return n;
}

/* "warn  sdks: …", and below it what to type. */
static bool doctor_print_row(struct cli *cli, const struct doctor_row *row, struct error *err)
{
	static const enum out_colour colours[] = {[DOCTOR_OK] = OUT_GREEN,
						  [DOCTOR_NOTE] = OUT_BOLD,
						  [DOCTOR_WARN] = OUT_YELLOW,
						  [DOCTOR_BAD] = OUT_RED};
	struct buf type = BUF_INIT(HINT_OPTION_BYTES + sizeof(row->type));
	struct out *out = &cli->out;
	size_t mark = out_mark(out);
	bool ok = hint_append(cli, row->type, &type, err);

	out_printf(out, "%s%-*s%s%s: ", out_colour(out, colours[row->verdict]), INDENT,
		   verdicts[row->verdict], out_colour(out, OUT_PLAIN), row->check);
	out_text(out, row->what);
	out_printf(out, "\n");
	out_wrap(out, mark, INDENT);
	if (ok && type.len > 0) {
		out_printf(out, "%*s", INDENT + 2, "");
		out_text(out, buf_text(&type));
		out_printf(out, "\n");
	}
	buf_clear(&type);
	return ok;
}

static bool doctor_print(struct cli *cli, const struct doctor *doctor, struct error *err)
{
	size_t bad = doctor_count(doctor, DOCTOR_BAD), warn = doctor_count(doctor, DOCTOR_WARN);

	for (size_t i = 0; i < doctor->count; i++) {
		if (!doctor_print_row(cli, &doctor->rows[i], err))
			return false;
	}
	if (bad || warn)
		out_printf(&cli->out, "\n%zu bad, %zu warning%s.\n", bad, warn,
			   warn == 1 ? "" : "s");
	else
		out_printf(&cli->out, "\nNothing is wrong.\n");
	return true;
}

static bool doctor_add_json(json_t *list, const struct doctor_row *row, struct error *err)
{
	json_t *object = json_object();
	bool ok = json_put_text(object, "check", row->check, err) &&
		  json_put_text(object, "verdict", verdicts[row->verdict], err) &&
		  json_put_text(object, "what", row->what, err) &&
		  json_put_text(object, "hint", row->type[0] ? row->type : NULL, err);

	if (!ok) {
		json_decref(object);
		return false;
	}
	return json_array_append_new(list, object) == 0 ||
	       error_set(err, ERROR_MEMORY, "out of memory");
}

static bool doctor_print_json(struct cli *cli, const struct doctor *doctor, struct error *err)
{
	json_t *list = json_array(), *object = json_object();
	bool ok = true;

	for (size_t i = 0; ok && i < doctor->count; i++)
		ok = doctor_add_json(list, &doctor->rows[i], err);
	ok = ok &&
	     json_put(object, "ok", json_boolean(doctor_count(doctor, DOCTOR_BAD) == 0), err) &&
	     json_put(object, "checks", json_incref(list), err);
	if (ok)
		out_json(&cli->out, object);
	json_decref(list);
	json_decref(object);
	return ok;
}

/* 10 where keys are all that is bad; several kinds of failure are 1. */
static int doctor_status(const struct doctor *doctor)
{
	size_t bad = 0, keys = 0;

	for (size_t i = 0; i < doctor->count; i++) {
		bad += doctor->rows[i].verdict == DOCTOR_BAD;
		keys += doctor->rows[i].verdict == DOCTOR_BAD && doctor->rows[i].is_key;
	}
	if (bad == 0)
		return 0;
	return error_status(keys == bad ? ERROR_OVERDUE : ERROR_FAILED);
}

static bool run(struct cli *cli, struct error *err)
{
	struct doctor doctor;
	bool ok;

	/* Nobody is asked, whatever a check finds. */
	cli->no_input = true;
	doctor_init(&doctor, cli);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		doctor.check = checks[i]->name;
		checks[i]->look(&doctor);
	}
	ok = !doctor.short_of_memory || error_set(err, ERROR_MEMORY, "out of memory");
	ok = ok &&
	     (cli->json ? doctor_print_json(cli, &doctor, err) : doctor_print(cli, &doctor, err));
	if (ok)
		cli->status = doctor_status(&doctor);
	doctor_clear(&doctor);
	return ok;
}

static const struct example examples[] = {
    {"why does it not work", "credvault doctor"},
    {"what is not as it should be, for a program",
     "credvault doctor --json | jq '.checks[] | select(.verdict != \"ok\")'"},
    {NULL, NULL},
};

const struct command command_doctor = {
    .name = "doctor",
    .summary = "find what commonly goes wrong, and what to type",
    .usage = "",
    .about = "The checks: clock, kernel, memory, programs and $PATH, the environment, the\n"
	     "AWS files as each SDK reads them, the vault and its witness, the agent, keys\n"
	     "that are due, keys in plaintext. Each line says what was seen and, where\n"
	     "something is to be done, what to type.\n"
	     "\n"
	     "The command asks for nothing, changes nothing, reaches no network, and says\n"
	     "what it could not look at. It exits with 1 where something is bad, and with\n"
	     "10 where only keys are: overdue, or in plaintext.",
    .examples = examples,
    .needs = NEEDS_MEMORY | NEEDS_LATE_MEMORY,
    .run = run,
};
