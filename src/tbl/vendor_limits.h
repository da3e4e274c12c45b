/*
 * VENDOR_LIMIT(name, remaining, reset)
 *
 * What a vendor limits, and the headers of its answers that tell how much is left and when the
 * bucket will be full again.
 */
VENDOR_LIMIT(requests, "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests")
VENDOR_LIMIT(tokens,   "x-ratelimit-remaining-tokens",   "x-ratelimit-reset-tokens")
VENDOR_LIMIT(anthropic_requests, "anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset")
VENDOR_LIMIT(anthropic_tokens,   "anthropic-ratelimit-tokens-remaining",   "anthropic-ratelimit-tokens-reset")
VENDOR_LIMIT(anthropic_input,    "anthropic-ratelimit-input-tokens-remaining",  "anthropic-ratelimit-input-tokens-reset")
VENDOR_LIMIT(anthropic_output,   "anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset")
