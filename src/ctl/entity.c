/* entity.c -- names of orgs, teams and keys. */
#include "ctl/entity.h"

#include "core/apikey.h"

#define KEY_PREFIX "sk-sr-"

static const char *const forms[SCOPE_COUNT] = {
	[SCOPE_org] = "ORG",
	[SCOPE_team] = "ORG/TEAM",
	[SCOPE_key] = "ORG_ID",
};

static bool refuse(struct fault *fault_r, enum scope scope, struct str text)
{
	fault_set(fault_r, ERR_VALUE, "",
		  "\"%.*s\" is no %s: it must be %s, each part 1 to %d of A-Z a-z 0-9 . _ -%s",
		  (int)(text.n < 80 ? text.n : 80), text.p, scope_name(scope), forms[scope],
		  ID_MAX - 1, scope == SCOPE_key ? ", the ID without _" : "");
	return false;
}

void entity_set(struct entity *e, enum scope scope, struct str org, struct str id)
{
	*e = (struct entity){ .scope = scope };
	str_copy(e->org, sizeof(e->org), org);
	str_copy(e->id, sizeof(e->id), id);
}

/* the secret of a whole key ends here: what is left is "sk-sr-ORG_ID-xxxxx" */
static bool read_whole_key(struct entity *e, char *text)
{
	struct apikey key;

	if (!apikey_parse(str_of(text), &key))
		return false;
	entity_set(e, SCOPE_key, str_of(key.org), str_of(key.id));
	memset(text + (key.secret.p - text), 'x', key.secret.n);
	return true;
}

static bool read_key(struct entity *e, char *text, struct fault *fault_r)
{
	struct str s = str_of(text);
	size_t cut;

	if (str_starts(s, STR(KEY_PREFIX))) {
		if (read_whole_key(e, text))
			return true;
		fault_set(fault_r, ERR_VALUE, "",
			  "this is not a whole key; name it by its public "
			  "part, the ORG_ID behind " KEY_PREFIX);
		return false;
	}
	for (cut = s.n; cut > 0 && s.p[cut - 1] != '_'; cut--)
		;
	if (cut == 0 || !id_is_good(str_sub(s, 0, cut - 1)) ||
	    !apikey_id_is_good(str_sub(s, cut, s.n)))
		return refuse(fault_r, SCOPE_key, s);
	entity_set(e, SCOPE_key, str_sub(s, 0, cut - 1), str_sub(s, cut, s.n));
	return true;
}

bool place_read(struct entity *org_r, struct entity *team_r, const char *text,
		struct fault *fault_r)
{
	struct str rest = str_of(text), org = str_cut(&rest, '/');

	if (!id_is_good(org) || (!str_absent(rest) && !id_is_good(rest)))
		return refuse(fault_r, SCOPE_team, str_of(text));
	entity_set(org_r, SCOPE_org, org, org);
	entity_set(team_r, SCOPE_team, org, rest);
	return true;
}

bool entity_read(struct entity *e, enum scope scope, char *text, struct fault *fault_r)
{
	struct entity org, team;

	if (scope == SCOPE_key)
		return read_key(e, text, fault_r);
	if (!place_read(&org, &team, text, fault_r) ||
	    (scope == SCOPE_team) != (team.id[0] != '\0'))
		return refuse(fault_r, scope, str_of(text));
	*e = scope == SCOPE_team ? team : org;
	return true;
}

bool entity_read_any(struct entity *e, char *text, struct fault *fault_r)
{
	struct str rest = str_of(text), word = str_cut(&rest, ':');
	enum scope scope;

	if (!str_absent(rest) && scope_of(word, &scope))
		return entity_read(e, scope, text + word.n + 1, fault_r);
	fault_set(fault_r, ERR_VALUE, "", "\"%.*s\" must be org:ORG, team:ORG/TEAM or key:ORG_ID",
		  (int)(word.n < 80 ? word.n : 80), word.p);
	return false;
}

const char *entity_text(char dst[ENTITY_TEXT], const struct entity *e)
{
	if (e->scope == SCOPE_org)
		snprintf(dst, ENTITY_TEXT, "%s", e->org);
	else
		snprintf(dst, ENTITY_TEXT, "%s%c%s", e->org, e->scope == SCOPE_team ? '/' : '_',
			 e->id);
	return dst;
}

const char *entity_full_text(char dst[ENTITY_TEXT + 8], const struct entity *e)
{
	int n = snprintf(dst, 8, "%s:", scope_name(e->scope));

	entity_text(dst + n, e);
	return dst;
}
