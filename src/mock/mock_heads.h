/* mock_heads.h -- the response headers that vendors send beside the content type. */
#ifndef MOCK_MOCK_HEADS_H
#define MOCK_MOCK_HEADS_H

#include "mock/mock_dialect.h"

void mock_openai_heads(struct mock_reply_heads *heads, struct arena *a, const struct mock_fill *f,
		       int status);
void mock_anthropic_heads(struct mock_reply_heads *heads, struct arena *a,
			  const struct mock_fill *f, int status);
void mock_deepseek_heads(struct mock_reply_heads *heads, struct arena *a, const struct mock_fill *f,
			 int status);
void mock_qwen_heads(struct mock_reply_heads *heads, struct arena *a, const struct mock_fill *f,
		     int status);
/* the native mode's say a little more */
void mock_qwen_native_heads(struct mock_reply_heads *heads, struct arena *a,
			    const struct mock_fill *f, int status);

#endif
