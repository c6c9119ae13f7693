/* SPDX-License-Identifier: MIT */
#include "cli/show/key_choice.h"

#include "vault/base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool choice_has(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static bool choice_is_key(const struct answer_rows *rows, const char *name)
{
	const struct msg_key *keys = rows->at;

	for (size_t i = 0; i < rows->count; i++) {
		if (strcmp(keys[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Each name that is no key's. */
static bool choice_check_names(const struct answer_rows *rows, const char *const *names,
			       size_t count, struct error *err)
{
	char missing[sizeof(err->detail) / 2] = "";
	const char *first = NULL;
	size_t missed = 0;

	for (size_t i = 0; i < count; i++) {
		if (choice_is_key(rows, names[i]))
			continue;
		text_append(missing, sizeof(missing), "%s%s", missed++ ? ", " : "", names[i]);
		first = first ? first : names[i];
	}
	if (!missed)
		return true;
	error_set(err, ERROR_NOT_FOUND, "no key of that name is in the vault");
	if (missed > 1)
		error_detail(err, "None of these: %s.", missing);
	error_hint(err, "credvault list");
	return missed > 1 ? false : error_profile(err, first);
}

bool key_choice_make(const struct answer_rows *rows, const char *const *names, size_t names_count,
		     struct key_choice *choice, struct error *err)
{
	const struct msg_key *keys = rows->at;

	*choice = (struct key_choice){.at = NULL};
	if (!choice_check_names(rows, names, names_count, err))
		return false;
	choice->at = calloc(rows->count + 1, sizeof(*choice->at));
	if (!choice->at)
		return error_set(err, ERROR_MEMORY, "out of memory");
	for (size_t i = 0; i < rows->count; i++) {
		if (names_count == 0 || choice_has(keys[i].name, names, names_count))
			choice->at[choice->count++] = (struct key_choice_row){
			    &keys[i], json_array_get(rows->json, i)};
	}
	return true;
}

void key_choice_keep_due(struct key_choice *choice)
{
	size_t kept = 0;

	for (size_t i = 0; i < choice->count; i++) {
		const struct msg_key *key = choice->at[i].key;

		if (key->due || key->overdue)
			choice->at[kept++] = choice->at[i];
	}
	choice->count = kept;
}

static int choice_by_name(const void *a, const void *b)
{
	const struct key_choice_row *one = a, *other = b;

	return strcmp(one->key->name, other->key->name);
}

/* An unknown time is 0: a key of unknown age is first, and one that was never used. */
static int choice_by_time(int64_t one, int64_t other, const void *a, const void *b)
{
	if (one != other)
		return one < other ? -1 : 1;
	return choice_by_name(a, b);
}

static int choice_by_age(const void *a, const void *b)
{
	const struct key_choice_row *one = a, *other = b;

	return choice_by_time(one->key->created_at, other->key->created_at, a, b);
}

static int choice_by_use(const void *a, const void *b)
{
	const struct key_choice_row *one = a, *other = b;

	return choice_by_time(one->key->last_emitted_at, other->key->last_emitted_at, a, b);
}

/* A key without a day is due now (its age is unknown), or never. */
static int64_t choice_due_at(const struct msg_key *key)
{
	return key->due_at ? key->due_at : key->due || key->overdue ? 0 : INT64_MAX;
}

static int choice_by_due(const void *a, const void *b)
{
	const struct key_choice_row *one = a, *other = b;

	return choice_by_time(choice_due_at(one->key), choice_due_at(other->key), a, b);
}

static int choice_by_account(const void *a, const void *b)
{
	const struct key_choice_row *one = a, *other = b;
	const char *its = one->key->account_id, *others = other->key->account_id;
	int order = strcmp(its ? its : "", others ? others : "");

	return order ? order : choice_by_name(a, b);
}

void key_choice_sort(struct key_choice *choice, const char *order)
{
	static const struct {
		const char *word;
		int (*compare)(const void *, const void *);
	} orders[] = {
	    {"age", choice_by_age},  {"name", choice_by_name},	     {"due", choice_by_due},
	    {"used", choice_by_use}, {"account", choice_by_account},
	};

	for (size_t i = 0; order && i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (strcmp(orders[i].word, order) == 0)
			qsort(choice->at, choice->count, sizeof(choice->at[0]), orders[i].compare);
	}
}

void key_choice_clear(struct key_choice *choice)
{
	free(choice->at);
	*choice = (struct key_choice){.at = NULL};
}
