#define _GNU_SOURCE
#include "CNcurses.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

struct cnc_screen {
  SCREEN *handle;
  FILE *input;
  FILE *output;
  bool has_default_colors;
  bool shows_cursor;
  cchar_t *row;
  int row_capacity;
};

static FILE *duplicate(int fd, const char *mode) {
  int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) return NULL;
  FILE *file = fdopen(copy, mode);
  if (file == NULL) close(copy);
  return file;
}

cnc_screen *cnc_screen_open(const char *term, int input, int output, int rows, int columns) {
  cnc_screen *screen = calloc(1, sizeof *screen);
  if (screen == NULL) return NULL;
  screen->input = duplicate(input, "r");
  screen->output = duplicate(output, "w");
  if (screen->input != NULL && screen->output != NULL) {
    // newterm takes over signals whose disposition is the default; ours come through a descriptor instead.
    const int signals[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
    struct sigaction previous[4];
    for (int i = 0; i < 4; i++) sigaction(signals[i], NULL, &previous[i]);
    screen->handle = newterm(term, screen->output, screen->input);
    for (int i = 0; i < 4; i++) sigaction(signals[i], &previous[i], NULL);
  }
  if (screen->handle == NULL) {
    if (screen->input != NULL) fclose(screen->input);
    if (screen->output != NULL) fclose(screen->output);
    free(screen);
    return NULL;
  }
  set_term(screen->handle);
  raw();
  noecho();
  nonl();
  intrflush(stdscr, FALSE);
  keypad(stdscr, TRUE);
  // Never look for input in the middle of output: input is read elsewhere.
  typeahead(-1);
  scrollok(stdscr, FALSE);
  leaveok(stdscr, TRUE);
  curs_set(0);
  if (has_colors()) {
    start_color();
    screen->has_default_colors = use_default_colors() == OK;
  }
  // LINES and COLUMNS in the environment would outvote the terminal's own size.
  if (rows > 0 && columns > 0) resizeterm(rows, columns);
  return screen;
}

void cnc_screen_close(cnc_screen *screen) {
  cnc_screen_suspend(screen);
  delscreen(screen->handle);
  fclose(screen->input);
  fclose(screen->output);
  free(screen->row);
  free(screen);
}

int cnc_screen_fd(cnc_screen *screen) { return fileno(screen->output); }

int cnc_screen_pairs(cnc_screen *screen) {
  (void)screen;
  return has_colors() ? COLOR_PAIRS : 0;
}

int cnc_screen_colors(cnc_screen *screen) {
  (void)screen;
  return has_colors() ? COLORS : 0;
}

bool cnc_screen_has_default_colors(cnc_screen *screen) { return screen->has_default_colors; }

bool cnc_screen_define_pair(cnc_screen *screen, int pair, int foreground, int background) {
  (void)screen;
  return init_extended_pair(pair, foreground, background) == OK;
}

static attr_t curses_attributes(uint8_t attributes) {
  attr_t result = A_NORMAL;
  if (attributes & CNC_BOLD) result |= A_BOLD;
  if (attributes & CNC_DIM) result |= A_DIM;
  if (attributes & CNC_ITALIC) result |= A_ITALIC;
  if (attributes & CNC_UNDERLINE) result |= A_UNDERLINE;
  if (attributes & CNC_REVERSE) result |= A_REVERSE;
  return result;
}

void cnc_screen_put(cnc_screen *screen, int y, int x, const cnc_cell *cells, int count) {
  // Twice the count: a wide glyph whose width the C library disputes becomes two characters.
  if (screen->row_capacity < 2 * count) {
    cchar_t *row = realloc(screen->row, sizeof(cchar_t) * 2 * (size_t)count);
    if (row == NULL) return;
    screen->row = row;
    screen->row_capacity = 2 * count;
  }
  int used = 0;
  for (int i = 0; i < count; i++) {
    wchar_t text[4] = {(wchar_t)cells[i].scalar[0], (wchar_t)cells[i].scalar[1], (wchar_t)cells[i].scalar[2], 0};
    int pair = cells[i].pair;
    attr_t attributes = curses_attributes(cells[i].attributes);
    int repeats = 1;
    // A C library with another Unicode version may see another width, and then all that follows would shift.
    if (text[0] >= 0x80 && wcwidth(text[0]) != cells[i].columns) {
      text[0] = L'?';
      text[1] = 0;
      repeats = cells[i].columns;
    }
    for (int j = 0; j < repeats; j++) {
      if (setcchar(&screen->row[used], text, attributes, 0, &pair) != OK) {
        const wchar_t unknown[2] = {L'?', 0};
        setcchar(&screen->row[used], unknown, attributes, 0, &pair);
      }
      used++;
    }
  }
  mvwadd_wchnstr(stdscr, y, x, screen->row, used);
}

uint32_t cnc_screen_shown(cnc_screen *screen, int y, int x, uint8_t *attributes, int32_t *pair) {
  (void)screen;
  cchar_t cell;
  wchar_t text[CCHARW_MAX + 1] = {0};
  attr_t attrs = 0;
  short small_pair = 0;
  int full_pair = 0;
  if (mvwin_wch(curscr, y, x, &cell) != OK) return 0;
  if (getcchar(&cell, text, &attrs, &small_pair, &full_pair) != OK) return 0;
  *pair = full_pair;
  *attributes = (uint8_t)((attrs & A_BOLD ? CNC_BOLD : 0) | (attrs & A_DIM ? CNC_DIM : 0) |
                          (attrs & A_ITALIC ? CNC_ITALIC : 0) | (attrs & A_UNDERLINE ? CNC_UNDERLINE : 0) |
                          (attrs & A_REVERSE ? CNC_REVERSE : 0));
  return (uint32_t)text[0];
}

void cnc_screen_cursor(cnc_screen *screen, int y, int x) {
  bool shows = y >= 0;
  if (shows) wmove(stdscr, y, x);
  if (shows == screen->shows_cursor) return;
  screen->shows_cursor = shows;
  // A hidden cursor may stay wherever the last change left it, which saves a movement a frame.
  leaveok(stdscr, shows ? FALSE : TRUE);
  curs_set(shows ? 1 : 0);
}

void cnc_screen_update(cnc_screen *screen) {
  (void)screen;
  wnoutrefresh(stdscr);
  doupdate();
}

void cnc_screen_repaint(cnc_screen *screen) {
  (void)screen;
  clearok(curscr, TRUE);
}

void cnc_screen_resize(cnc_screen *screen, int rows, int columns) {
  (void)screen;
  resizeterm(rows, columns);
}

void cnc_screen_suspend(cnc_screen *screen) {
  (void)screen;
  // A second endwin would put the cursor back to where the shell had it before the last program wrote.
  if (!isendwin()) endwin();
}
