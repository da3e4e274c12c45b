/*
 * anthropic_parts.c -- the media of a message: images and documents.
 *
 * A data: URL is split where it lies. Its base64 goes out as it came in, escapes
 * and all, so that an image of 20 MB is neither copied nor decoded.
 */
#include "core/dialect/anthropic.h"

/* "data:application/vnd.openxmlformats-...;base64," is the longest seen */
#define LONGEST_HEAD 256

struct data_url {
	struct str type;    /* "image/png" */
	struct str payload; /* still escaped as in its JSON string */
	bool base64;
};

/* False: it is no data: URL. What is wrong with one shows in an empty type. */
static bool data_url_parse(struct arena *a, struct json url, struct data_url *url_r)
{
	struct str chars = json_chars(url);
	struct str head = str_sub(chars, 0, LONGEST_HEAD);
	ptrdiff_t comma = str_chr(head, ',');

	*url_r = (struct data_url){ 0 };
	if (!str_starts(chars, STR("data:")))
		return false;
	if (comma < 0)
		return true;
	url_r->payload = str_sub(chars, (size_t)comma + 1, chars.n);
	head = str_sub(chars, strlen("data:"), (size_t)comma);
	if (str_chr(head, '\\') >= 0 && !json_unescape(head, a, &head))
		return true;
	url_r->base64 = str_ends(head, STR(";base64"));
	url_r->type = str_cut(&head, ';');
	return true;
}

static bool is_web_url(struct json url)
{
	struct str chars = json_chars(url);

	/* "https:\/\/" is how some encoders write it */
	return str_starts(chars, STR("https:")) || str_starts(chars, STR("http:"));
}

/* Anthropic's name of an image type; NULL: it takes none such */
static const char *image_type(struct str type)
{
	static const struct {
		const char *theirs, *ours;
	} types[] = { { "image/jpeg", "image/jpeg" },
		      { "image/jpg", "image/jpeg" },
		      { "image/png", "image/png" },
		      { "image/gif", "image/gif" },
		      { "image/webp", "image/webp" } };

	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (str_ieq(type, str_of(types[i].theirs)))
			return types[i].ours;
	return NULL;
}

/* --- what is taken --- */

static enum err refuse(struct fault *fault_r, const char *why)
{
	return fault_set(fault_r, ERR_UNSUPPORTED, "messages", "messages: Anthropic takes %s", why);
}

static enum err image_check(struct json url, struct arena *a, struct fault *fault_r)
{
	struct data_url data;

	if (is_web_url(url))
		return ERR_OK;
	if (!data_url_parse(a, url, &data) || !data.base64)
		return refuse(fault_r, "images by http, https or base64 data: URLs only");
	if (!image_type(data.type))
		return refuse(fault_r, "images of type JPEG, PNG, GIF and WebP only");
	return ERR_OK;
}

static bool is_pdf(const struct data_url *data)
{
	return data->base64 && str_ieq(data->type, STR("application/pdf"));
}

static bool is_text(const struct data_url *data)
{
	return data->base64 && (str_starts(data->type, STR("text/")) ||
				str_ieq(data->type, STR("application/json")));
}

static enum err file_check(struct json file, struct arena *a, struct fault *fault_r)
{
	struct json file_data = json_get(file, "file_data");
	struct data_url data;

	if (is_web_url(file_data))
		return ERR_OK;
	if (!data_url_parse(a, file_data, &data) || !(is_pdf(&data) || is_text(&data)))
		return refuse(fault_r, "files as base64 data: URLs of PDF or text only");
	return ERR_OK;
}

enum err anthropic_part_check(const struct part *part, struct arena *a, struct fault *fault_r)
{
	switch (part->kind) {
	case PART_TEXT:
	case PART_REFUSAL: return ERR_OK;
	case PART_IMAGE: return image_check(json_get(part->media, "url"), a, fault_r);
	case PART_FILE: return file_check(part->media, a, fault_r);
	case PART_AUDIO:
	case PART_VIDEO: break; /* features that no model here has */
	}
	return ERR_OK;
}

/* --- base64, for text files: they have to become JSON strings --- */

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

/* Everything that is no base64 (line ends, padding) is passed over. */
static struct str base64_decode(struct arena *a, struct str text)
{
	char *out = arena_chars(a, text.n / 4 * 3 + 3);
	uint32_t bits = 0;
	size_t n = 0;
	int have = 0;

	if (!out || (str_chr(text, '\\') >= 0 && !json_unescape(text, a, &text)))
		return STR_NONE;
	for (size_t i = 0; i < text.n; i++) {
		int value = base64_value(text.p[i]);

		if (value < 0)
			continue;
		bits = bits << 6 | (uint32_t)value;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		out[n++] = (char)(bits >> have);
	}
	return (struct str){ out, n };
}

/* --- writing --- */

static void write_url_source(struct rope *r, struct json url)
{
	rope_adds(r, "\"source\":{\"type\":\"url\",\"url\":");
	rope_ref(r, json_raw(url));
	rope_adds(r, "}");
}

static void write_base64_source(struct rope *r, const char *type, struct str payload)
{
	rope_adds(r, "\"source\":{\"type\":\"base64\",\"media_type\":\"");
	rope_adds(r, type);
	rope_adds(r, "\",\"data\":\"");
	rope_ref(r, payload);
	rope_adds(r, "\"}");
}

static void write_image(struct anthropic_writer *w, struct json url)
{
	struct data_url data;

	rope_adds(w->rope, "{\"type\":\"image\",");
	if (data_url_parse(w->a, url, &data))
		write_base64_source(w->rope, image_type(data.type), data.payload);
	else
		write_url_source(w->rope, url);
}

static void write_document(struct anthropic_writer *w, struct json file)
{
	struct json file_data = json_get(file, "file_data"), name = json_get(file, "filename");
	struct data_url data;

	rope_adds(w->rope, "{\"type\":\"document\",");
	if (!data_url_parse(w->a, file_data, &data)) {
		write_url_source(w->rope, file_data);
	} else if (is_pdf(&data)) {
		write_base64_source(w->rope, "application/pdf", data.payload);
	} else {
		rope_adds(w->rope, "\"source\":{\"type\":\"text\",\"media_type\":\"text/plain\","
				   "\"data\":");
		rope_quote(w->rope, base64_decode(w->a, data.payload));
		rope_adds(w->rope, "}");
	}
	if (json_chars(name).n) {
		rope_adds(w->rope, ",\"title\":");
		rope_ref(w->rope, json_raw(name));
	}
}

static void write_text(struct anthropic_writer *w, const struct part *part)
{
	rope_adds(w->rope, "{\"type\":\"text\",\"text\":");
	rope_ref(w->rope, json_raw(part->text));
}

void anthropic_write_part(struct anthropic_writer *w, const struct part *part)
{
	if (part->kind == PART_IMAGE)
		write_image(w, json_get(part->media, "url"));
	else if (part->kind == PART_FILE)
		write_document(w, part->media);
	else
		write_text(w, part);
	if (!json_unset(part->cache_control)) {
		rope_adds(w->rope, ",\"cache_control\":");
		rope_ref(w->rope, json_raw(part->cache_control));
	}
	rope_adds(w->rope, "}");
}
