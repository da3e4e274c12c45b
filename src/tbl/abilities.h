/*
 * What a model can and how it behaves, as conf/models.yaml says it.
 *
 * FEATURE(NAME, word, text)   NEEDS_<NAME> of enum feature, in its order: `can`
 * QUIRK(NAME, word, text)     QUIRK_<NAME> of enum model_quirk, in its order: `quirks`
 * THINKING(NAME, word, text)  THINKING_<NAME> of enum thinking_mode, in its order: `thinking`
 */
/* clang-format off */
#ifdef FEATURE
FEATURE(TOOLS,        "tools",        "call functions")
FEATURE(IMAGES,       "images",       "see images")
FEATURE(AUDIO_IN,     "audio_in",     "hear audio")
FEATURE(AUDIO_OUT,    "audio_out",    "answer in audio")
FEATURE(FILES,        "files",        "read files, such as PDF")
FEATURE(VIDEO,        "video",        "see video")
FEATURE(JSON_OBJECT,  "json_object",  "answer in JSON")
FEATURE(JSON_SCHEMA,  "json_schema",  "answer in JSON that fits a schema")
FEATURE(N,            "n",            "give several choices")
FEATURE(LOGPROBS,     "logprobs",     "tell the probabilities of tokens")
FEATURE(FORCED_TOOL,  "forced_tool",  "be made to call a tool")
FEATURE(CUSTOM_TOOLS, "custom_tools", "call tools that are not functions")
FEATURE(PREFILL,      "prefill",      "go on with an answer that the client began")
#endif
#ifdef QUIRK
QUIRK(NO_SAMPLING,           "no_sampling",           "refuses temperature, top_p and top_k")
QUIRK(ADAPTIVE_THINKING,     "adaptive_thinking",     "Anthropic: thinks by effort, not by a budget of tokens")
QUIRK(THINKING_STREAMS_ONLY, "thinking_streams_only", "Qwen: thinks only when it streams")
QUIRK(MAX_COMPLETION_TOKENS, "max_completion_tokens", "OpenAI: takes max_completion_tokens, refuses max_tokens")
QUIRK(NO_STOP,               "no_stop",               "refuses stop")
QUIRK(NO_SYSTEM_ROLE,        "no_system_role",        "refuses system and developer messages")
QUIRK(MULTIMODAL_PATH,       "multimodal_path",       "Qwen, native mode: lives under multimodal-generation")
QUIRK(NO_FORCED_TOOL_THINKING, "no_forced_tool_thinking", "cannot be made to call a tool while it thinks")
QUIRK(REPLAY_THINKING,       "replay_thinking",       "wants its own thinking back in a history with tool calls")
QUIRK(NO_JSON_THINKING,      "no_json_thinking",      "cannot be made to answer in JSON while it thinks")
#endif
#ifdef THINKING
THINKING(NONE,     "none",     "it cannot")
THINKING(OPTIONAL, "optional", "only when asked for")
THINKING(DEFAULT,  "default",  "unless switched off")
THINKING(ALWAYS,   "always",   "always")
#endif
