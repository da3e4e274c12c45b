/* lua_strategy.c -- what a script sees of a decision, and its scores. */
#include "core/lua_strategy.h"

#include <lauxlib.h>
#include <math.h>

#include "core/custom_field.h"
#include "core/lua_library.h"
#include "core/wish.h"

#define FIRST PLAN_MAX /* the place of candidates.first among the objects */

struct lua_strategy {
	struct lua_box *box;
	struct str script;           /* (not owned) while it is built */
	const struct choice *choice; /* of the run that goes on */
	double *score_r;
	bool misspelt; /* it asked for a field that does not exist */
};

/* what the box has on its stack at the beginning of a run */
enum { ARG_STRATEGY = 1, ARG_SCORE, ARG_REQUEST, ARG_CANDIDATES };

/* --- fields --- */

static int push_field(lua_State *l, const struct custom_field *field, const struct facts *f,
		      const struct candidate *c)
{
	struct custom_value v = field->get(f, c);

	switch (field->type) {
	case CUSTOM_TRUTH: lua_pushboolean(l, v.truth); break;
	case CUSTOM_NUMBER: lua_pushnumber(l, v.number); break;
	case CUSTOM_TEXT: lua_pushlstring(l, v.text.p, v.text.n); break;
	}
	return 1;
}

/* __index of both kinds of objects. Upvalues: the strategy, the fields by name, "request" or
 * "candidate". The object holds its place among the candidates. */
static int index_object(lua_State *l)
{
	struct lua_strategy *s = lua_touserdata(l, lua_upvalueindex(1));
	const uint32_t *place = lua_touserdata(l, 1);
	const struct choice *choice = s->choice;
	const struct custom_field *field;

	lua_pushvalue(l, 2);
	lua_rawget(l, lua_upvalueindex(2));
	field = lua_touserdata(l, -1);
	s->misspelt |= !field;
	if (!field)
		return luaL_error(l, "a %s has no field '%s'", lua_tostring(l, lua_upvalueindex(3)),
				  luaL_tolstring(l, 2, NULL));
	return push_field(l, field, choice->facts,
			  *place == FIRST ? choice->first : &choice->candidates[*place]);
}

static int refuse_writing(lua_State *l)
{
	return luaL_error(l, "a field cannot be set");
}

/* leaves the metatable on the stack */
static void push_kind(lua_State *l, struct lua_strategy *s, bool of_candidate)
{
	const struct custom_field *f;

	lua_newtable(l);
	lua_pushlightuserdata(l, s);
	lua_newtable(l);
	for (size_t i = 0; (f = custom_field_nth(i)) != NULL; i++) {
		if (f->of_candidate != of_candidate)
			continue;
		lua_pushlightuserdata(l, (void *)(uintptr_t)f);
		lua_setfield(l, -2, f->name);
	}
	lua_pushstring(l, of_candidate ? "candidate" : "request");
	lua_pushcclosure(l, index_object, 3);
	lua_setfield(l, -2, "__index");
	lua_pushcfunction(l, refuse_writing);
	lua_setfield(l, -2, "__newindex");
}

/* of the kind whose metatable is at the top */
static void push_object(lua_State *l, uint32_t place)
{
	uint32_t *object = lua_newuserdatauv(l, sizeof(*object), 0);

	*object = place;
	lua_pushvalue(l, -2);
	lua_setmetatable(l, -2);
}

static void push_request(lua_State *l, struct lua_strategy *s)
{
	push_kind(l, s, false);
	push_object(l, 0);
	lua_remove(l, -2);
}

/* as many as there can be; each run cuts the list to those that there are */
static void push_candidates(lua_State *l, struct lua_strategy *s)
{
	lua_createtable(l, PLAN_MAX, 1);
	push_kind(l, s, true);
	for (uint32_t i = 0; i < PLAN_MAX; i++) {
		push_object(l, i);
		lua_rawseti(l, -3, i + 1);
	}
	push_object(l, FIRST);
	lua_setfield(l, -3, "first");
	lua_pop(l, 1);
}

/* --- building --- */

static int build(lua_State *l)
{
	struct lua_strategy *s = lua_touserdata(l, 1);

	lua_library_open(l);
	/* "t": bytecode is refused; it could do anything */
	if (luaL_loadbufferx(l, s->script.p, s->script.n, "=script", "t") != LUA_OK)
		return lua_error(l);
	lua_call(l, 0, 0);
	if (lua_getglobal(l, "score") != LUA_TFUNCTION)
		return luaL_error(l, "there is no function score(request, candidates)");
	push_request(l, s);
	push_candidates(l, s);
	return 3;
}

struct lua_strategy *lua_strategy_new(struct str script, const struct lua_limits *limits,
				      struct fault *fault_r)
{
	struct lua_strategy *s = calloc(1, sizeof(*s));
	char error[sizeof(fault_r->text)] = "out of memory";

	if (s) {
		s->script = script;
		s->box = lua_box_new(limits, build, s, error, sizeof(error));
	}
	if (s && s->box)
		return s;
	fault_set(fault_r, ERR_VALUE, "", "%s", error);
	lua_strategy_free(s);
	return NULL;
}

void lua_strategy_free(struct lua_strategy *s)
{
	if (!s)
		return;
	lua_box_free(s->box);
	free(s);
}

size_t lua_strategy_image(const struct lua_strategy *s)
{
	return lua_box_image(s->box);
}

/* --- a decision --- */

static double read_score(lua_State *l, uint32_t place)
{
	double score = NAN;

	lua_rawgeti(l, -1, place + 1);
	if (lua_type(l, -1) == LUA_TNUMBER) {
		score = lua_tonumber(l, -1);
		if (!isfinite(score))
			luaL_error(l, "the score of candidate %d is no finite number",
				   (int)place + 1);
	} else if (lua_toboolean(l, -1)) {
		luaL_error(l, "the score of candidate %d is a %s", (int)place + 1,
			   luaL_typename(l, -1));
	}
	lua_pop(l, 1);
	return score;
}

static int run_score(lua_State *l)
{
	struct lua_strategy *s = lua_touserdata(l, ARG_STRATEGY);

	for (uint32_t i = s->choice->n; i < PLAN_MAX; i++) {
		lua_pushnil(l);
		lua_rawseti(l, ARG_CANDIDATES, i + 1);
	}
	lua_call(l, 2, 1);
	if (!lua_istable(l, -1))
		return luaL_error(l, "score() gave a %s, and must give a list of numbers",
				  luaL_typename(l, -1));
	for (uint32_t i = 0; i < s->choice->n; i++)
		s->score_r[i] = read_score(l, i);
	return 0;
}

bool lua_strategy_score(struct lua_strategy *s, const struct choice *choice, double *score_r,
			struct fault *fault_r)
{
	char error[sizeof(fault_r->text)];

	s->choice = choice;
	s->score_r = score_r;
	if (lua_box_run(s->box, run_score, s, error, sizeof(error)))
		return true;
	fault_set(fault_r, ERR_INTERNAL, "", "%s", error);
	return false;
}

/* --- a trial --- */

#define MADE_UP 3

/* like those of a cold gateway: nothing is equal, and nothing is 0 that is not so there */
static void make_up(struct candidate *c, const struct target *target, double i)
{
	*c = (struct candidate){ .target = target, .max_tokens = 1000, .choices = 1 };
	c->terms = (struct terms){ .input = 100,
				   .output = 300,
				   .output_high = 900,
				   .cost_nanos = 1e6 * i,
				   .quality = 0.5 + 0.1 * i,
				   .quality_se = 0.1,
				   .failure = 0.01,
				   .first_ms = 500 * i,
				   .first_high_ms = 900 * i,
				   .total_ms = 5000 * i,
				   .total_high_ms = 9000 * i };
}

bool lua_strategy_try(struct lua_strategy *s, struct fault *fault_r)
{
	static const struct model model = { .id = STR("model"),
					    .vendor = STR("vendor"),
					    .context = 100000 };
	static const struct endpoint endpoint = { .name = STR("endpoint") };
	const struct target target = { &model, &endpoint };
	struct facts facts = { .task = { STR("other"), 1 }, .choices = 1, .max_tokens = -1 };
	struct candidate list[MADE_UP];
	const struct choice choice = {
		.facts = &facts, .candidates = list, .n = MADE_UP, .first = list
	};
	double scores[MADE_UP];

	wish_default(&facts.wish);
	facts.features.messages = facts.features.turns = 1;
	for (int i = 0; i < MADE_UP; i++)
		make_up(&list[i], &target, i + 1);
	s->misspelt = false;
	return lua_strategy_score(s, &choice, scores, fault_r) || !s->misspelt;
}
