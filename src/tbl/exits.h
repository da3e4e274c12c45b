/*
 * EXIT(name, number, text)
 *
 * What smartrouter tells the script that called it.
 */
EXIT(FINE,   0, "done, and nothing is wrong")
EXIT(FAILED, 1, "what was asked for does not exist, was refused, or is in a bad state")
EXIT(USAGE,  2, "the command line makes no sense")
EXIT(STORE,  3, "Redis cannot be reached, or does not answer in time, for all or a part of what was asked")
EXIT(CONFIG, 4, "the configuration is wrong, or a secret it refers to is not there")
