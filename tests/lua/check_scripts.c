/* check_scripts.c -- every script through its C wrapper on a real Redis. */
#include "lua/fixture.h"

int main(void)
{
	Suite *(*const suites[])(void) = { suite_admit,    suite_extend,   suite_rates,
					   suite_settle,   suite_ledger,   suite_expire,
					   suite_record,   suite_fleet,    suite_pace,
					   suite_health,   suite_feedback, suite_escrow,
					   suite_breakers, suite_failover, suite_rollup };
	SRunner *runner = srunner_create(NULL);
	int failed;

	fix_begin();
	for (size_t i = 0; i < COUNT_OF(suites); i++)
		srunner_add_suite(runner, suites[i]());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	fix_end();
	return failed != 0;
}
