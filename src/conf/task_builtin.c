/*
 * task_builtin.c -- the assembler puts the file in: as an array in C a megabyte takes a minute.
 *
 * The name is relative to the folder of the build, where make puts a copy.
 */
#include "conf/task_builtin.h"

__asm__(".pushsection .rodata\n"
	".globl sr_task_model_from\n"
	".globl sr_task_model_to\n"
	"sr_task_model_from:\n"
	".incbin \"src/conf/task.bin\"\n"
	"sr_task_model_to:\n"
	".byte 0\n"
	".popsection\n");

extern const char sr_task_model_from[], sr_task_model_to[];

struct str task_model_builtin(void)
{
	return (struct str){ sr_task_model_from, (size_t)(sr_task_model_to - sr_task_model_from) };
}
