/*
 * VENDOR(dialect, vendor, base_url, key_env, text)
 *
 * One line per dialect, and one file: core/dialect/<dialect>.c, which defines
 * `const struct dialect dialect_<dialect>`. An endpoint in the configuration
 * names its dialect; the rest of the line are the defaults for it. A vendor that
 * speaks another's dialect (many speak OpenAI's) needs no line here: its endpoint
 * says `dialect: openai` and its own base_url.
 */
VENDOR(openai,      "openai",    "https://api.openai.com/v1",        "OPENAI_API_KEY",    "OpenAI chat completions")
VENDOR(anthropic,   "anthropic", "https://api.anthropic.com/v1",     "ANTHROPIC_API_KEY", "Anthropic messages")
VENDOR(deepseek,    "deepseek",  "https://api.deepseek.com",         "DEEPSEEK_API_KEY",  "DeepSeek chat completions")
VENDOR(qwen,        "qwen",      "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "DASHSCOPE_API_KEY", "Qwen (DashScope), OpenAI-compatible mode")
VENDOR(qwen_native, "qwen",      "https://dashscope-intl.aliyuncs.com/api/v1",             "DASHSCOPE_API_KEY", "Qwen (DashScope), native mode")
