#define _GNU_SOURCE
#include "CNcurses.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <string.h>
#include <term.h>
#include <wchar.h>

int cnc_entry_load(const char *term, int fd) {
  int status = 0;
  if (setupterm(term, fd, &status) != OK) {
    // setupterm answers 1 for hard-copy terminals, 0 for unknown or generic entries, −1 for no database at all.
    return status == 1 ? CNC_ENTRY_TOO_SIMPLE : status == 0 ? CNC_ENTRY_UNKNOWN : CNC_ENTRY_NO_DATABASE;
  }
  return cnc_entry_string("cup") == NULL ? CNC_ENTRY_TOO_SIMPLE : CNC_ENTRY_FOUND;
}

int cnc_entry_colors(void) {
  int colors = tigetnum("colors");
  return colors < 0 ? 0 : colors;
}

bool cnc_entry_is_direct(void) {
  // RGB is an extended capability: a flag, a number or a string, whatever the entry's author chose.
  const char *text = tigetstr("RGB");
  return tigetflag("RGB") > 0 || tigetnum("RGB") > 0 || (text != NULL && text != (const char *)-1);
}

const char *cnc_entry_string(const char *capability) {
  const char *text = tigetstr(capability);
  return text == (const char *)-1 ? NULL : text;
}

bool cnc_locale_is_utf8(void) {
  setlocale(LC_CTYPE, "");
  return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

int cnc_utf8_width(uint32_t scalar) {
  static _Thread_local locale_t utf8;
  if (utf8 == (locale_t)0) utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  if (utf8 == (locale_t)0) return -2;
  locale_t previous = uselocale(utf8);
  int width = wcwidth((wchar_t)scalar);
  uselocale(previous);
  return width;
}
