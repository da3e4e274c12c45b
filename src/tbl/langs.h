/*
 * LANG(name, text)
 *
 * The language or script of a prompt, as far as letters tell it; the names are ISO 639-1 codes.
 */
LANG(none, "no letters")
LANG(en,   "English, or another language in plain Latin letters")
LANG(zh,   "Chinese")
LANG(ja,   "Japanese")
LANG(ko,   "Korean")
LANG(ru,   "Russian, or another language in Cyrillic or Greek letters")
LANG(ar,   "Arabic, Hebrew, Persian")
LANG(eu,   "a European language with letters beyond ASCII")
LANG(xx,   "another script")
