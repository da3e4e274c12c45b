/*
 * mock_yaml.h -- YAML to JSON text, so that one reader serves rules, prices and prompts.
 *
 * JSON is YAML, so either may be given. Plain scalars that are JSON numbers,
 * true, false or null stay what they are, character by character (prices are
 * decimals and must not pass through a double); all others become strings.
 */
#ifndef MOCK_MOCK_YAML_H
#define MOCK_MOCK_YAML_H

#include "base/buf.h"
#include "base/err.h"

/* Nothing is written for a text without a value. name: of the file, for the fault. */
bool mock_yaml_to_json(const char *name, struct str yaml, struct buf *json_r,
		       struct fault *fault_r) MUST_CHECK;
/* the whole file; false: it cannot be read */
bool mock_read_file(const char *path, struct buf *text_r, struct fault *fault_r) MUST_CHECK;

#endif
