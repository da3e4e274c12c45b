/*
 * COMMAND(name, fn, text)
 *
 * Every subcommand of smartrouter: int fn(int argc, char **argv), argv[0] is the
 * subcommand; the result is the exit status.
 */
COMMAND("up",           cmd_up,           "run everything on this machine: Redis, a coordinator, a gateway")
COMMAND("gateway",      cmd_gateway,      "run a gateway")
COMMAND("coordinator",  cmd_coordinator,  "run a coordinator")
COMMAND("key",          cmd_key,          "API keys: create, list, show, set, block, unblock, rotate, delete")
COMMAND("team",         cmd_team,         "teams: create, list, show, set, block, unblock, delete")
COMMAND("org",          cmd_org,          "orgs: create, list, show, set, block, unblock, delete")
COMMAND("budget",       cmd_budget,       "budgets: set, list, show, delete; what is spent, reserved, in suspense")
COMMAND("reconcile",    cmd_reconcile,    "settle what is in suspense by the records of vendors")
COMMAND("usage",        cmd_usage,        "what was used: requests, tokens and money by hour, day, org, team, key, model")
COMMAND("explain",      cmd_explain,      "which model would get a request, and why")
COMMAND("replay",       cmd_replay,       "decide recorded requests again: the same, or under another policy")
COMMAND("quality",      cmd_quality,      "how good the models are believed to be at each task")
COMMAND("task-model",   cmd_task_model,   "the model that recognises what a prompt asks for: train, test, show")
COMMAND("quality-model", cmd_quality_model, "a model of how good each model's answer will be: train, test")
COMMAND("evaluate",     cmd_evaluate,     "route recorded prompts that several models answered; quality over cost")
COMMAND("check-config", cmd_check_config, "check a configuration file; print settings with their manual")
COMMAND("status",       cmd_status,       "the fleet: leader, epoch, gateways, money in suspense")
COMMAND("mock-vendor",  cmd_mock_vendor,  "fake vendors for tests")
