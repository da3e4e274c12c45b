"""What vendors send that has no form in OpenAI's dialect, and why it is left out."""

LEFT_OUT = {
    "server_tool_use": "ran at the vendor: a client must not run it again",
    "mcp_tool_use": "ran at the vendor: a client must not run it again",
    "redacted_thinking": "encrypted: there is nothing to show (it goes back to the vendor)",
    "citations": "OpenAI's annotations know URLs with positions in the answer only",
    "container": "no such thing in OpenAI's dialect",
    "context_management": "no such thing in OpenAI's dialect",
    "obfuscation": "hides the lengths of chunks, which are others once they are written anew",
}


def why_left_out(kind):
    return LEFT_OUT.get(kind, "the result of a tool that ran at the vendor")
