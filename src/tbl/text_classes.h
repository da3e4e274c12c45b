/*
 * TEXT_CLASS(name, text)
 *
 * What tokenizers make of a text depends on these counts; tbl/tokenizers.h weighs them.
 */
TEXT_CLASS(word,        "words of ASCII letters")
TEXT_CLASS(long_letter, "ASCII letters beyond the 6th of their word")
TEXT_CLASS(digit,       "digits")
TEXT_CLASS(digit_run,   "runs of digits")
TEXT_CLASS(punct,       "punctuation: of ASCII, typographic dashes and quotes")
TEXT_CLASS(punct_run,   "runs of it")
TEXT_CLASS(newline_run, "runs of line ends")
TEXT_CLASS(space_run,   "runs of two and more spaces or tabs")
TEXT_CLASS(latin,       "Latin letters beyond ASCII")
TEXT_CLASS(cyrillic,    "Cyrillic and Greek letters")
TEXT_CLASS(semitic,     "Hebrew and Arabic letters")
TEXT_CLASS(kana,        "Hiragana and Katakana")
TEXT_CLASS(cjk,         "Chinese characters, and the marks of Chinese text")
TEXT_CLASS(hangul,      "Korean syllables")
TEXT_CLASS(other,       "everything else: emoji, other scripts, symbols")
