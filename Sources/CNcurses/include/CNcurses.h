// The parts of ncurses and of Linux that Swift cannot import: stdscr, COLORS and the attributes are macros, and
// eventfd, pipe2 and memfd_create need _GNU_SOURCE, which must not be set in a header (it breaks the Glibc module).
#ifndef CNCURSES_H
#define CNCURSES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// MARK: The terminal's entry in the terminfo database (cnc_terminal.c)

enum { CNC_ENTRY_FOUND = 0, CNC_ENTRY_UNKNOWN = 1, CNC_ENTRY_NO_DATABASE = 2, CNC_ENTRY_TOO_SIMPLE = 3 };

/// Loads the entry of `term` as the current one; one of CNC_ENTRY_*.
int cnc_entry_load(const char *term, int fd);
/// Colours of the current entry, 0 if none.
int cnc_entry_colors(void);
/// Whether the current entry takes red, green and blue as colour numbers.
bool cnc_entry_is_direct(void);
/// A string capability of the current entry; NULL if it has none. Valid until another entry is loaded.
const char *cnc_entry_string(const char *capability);
/// Takes the character set from the environment; whether it is UTF-8.
bool cnc_locale_is_utf8(void);
/// `wcwidth` in the C.UTF-8 locale, whatever the environment says; −2 if that locale is missing.
int cnc_utf8_width(uint32_t scalar);

// MARK: The screen (cnc_screen.c); one at a time, one thread

typedef struct cnc_screen cnc_screen;

enum {
  CNC_BOLD = 1,
  CNC_DIM = 2,
  CNC_ITALIC = 4,
  CNC_UNDERLINE = 8,
  CNC_REVERSE = 16,
};

/// A glyph with its style; scalar[0] is the spacing one, the others are marks or 0.
typedef struct {
  uint32_t scalar[3];
  int32_t pair;
  uint8_t attributes;
  uint8_t columns;
} cnc_cell;

/// Opens a screen of `rows` × `columns`; duplicates both descriptors. NULL if ncurses refuses.
cnc_screen *cnc_screen_open(const char *term, int input, int output, int rows, int columns);
/// Leaves the screen and frees it.
void cnc_screen_close(cnc_screen *screen);
/// The descriptor that the screen writes to.
int cnc_screen_fd(cnc_screen *screen);
/// Pairs that can be defined, 0 for a screen without colours.
int cnc_screen_pairs(cnc_screen *screen);
/// Colours of the screen, 0 for a screen without colours.
int cnc_screen_colors(cnc_screen *screen);
/// Whether −1 may be used in pairs for the terminal's own colours.
bool cnc_screen_has_default_colors(cnc_screen *screen);
/// Defines a pair of colour numbers, −1 being the terminal's own; false if the terminal cannot.
bool cnc_screen_define_pair(cnc_screen *screen, int pair, int foreground, int background);
/// Writes cells from `x` on, without the right halves of wide glyphs.
void cnc_screen_put(cnc_screen *screen, int y, int x, const cnc_cell *cells, int count);
/// Reads back what ncurses takes the terminal to show; returns the spacing scalar.
uint32_t cnc_screen_shown(cnc_screen *screen, int y, int x, uint8_t *attributes, int32_t *pair);
/// Shows the cursor at the place, or hides it where y is negative.
void cnc_screen_cursor(cnc_screen *screen, int y, int x);
/// Sends what changed.
void cnc_screen_update(cnc_screen *screen);
/// Makes the next update paint everything anew.
void cnc_screen_repaint(cnc_screen *screen);
void cnc_screen_resize(cnc_screen *screen, int rows, int columns);
/// Leaves the screen; the next update comes back.
void cnc_screen_suspend(cnc_screen *screen);

// MARK: Restoring the terminal after a crash (cnc_restore.c)

/// Keeps the terminal's present modes and the bytes that restore its screen, for crashes and `exit`.
/// `screen` is silenced after a restore, −1 if there is none yet.
void cnc_restore_arm(int terminal, int screen, const char *bytes, size_t count);
/// Tells which descriptor the frames go to.
void cnc_restore_set_screen(int screen);
/// Tells where standard error was redirected to and where it belongs, −1 for neither.
void cnc_restore_set_capture(int captured, int standard_output, int standard_error);
/// Nothing is restored any more.
void cnc_restore_disarm(void);
/// Installs the handlers of SEGV, BUS, ILL, TRAP, ABRT, FPE and SYS, once.
void cnc_restore_install(void);
/// Gives the calling thread a stack for signal handlers, unless it has one; without it a stack overflow restores nothing.
void cnc_use_alternate_stack(void);

// MARK: Linux (cnc_linux.c)

/// Blocks the loop's signals in the calling thread and those it starts.
void cnc_signals_block(void);
/// Takes the block back in the calling thread.
void cnc_signals_unblock(void);
/// Catches the loop's signals, in the calling thread if all others block them; a descriptor that delivers them, −1 with
/// errno. One at a time.
int cnc_signals_open(void);
/// Gives the signals back to whom they belonged to before.
void cnc_signals_close(int fd);
/// Whether SIGINT and SIGQUIT are ignored, between open and close: while a child has the terminal, Ctrl-C and Ctrl-\ are
/// its own, and one that was caught could still come in after the child has died of it (system(3) does the same).
void cnc_signals_ignore_keys(bool ignore);
/// The next signal from the descriptor, 0 if there is none.
int cnc_signals_next(int fd);
/// Stops the process group by SIGTSTP as the shell expects it and returns when the process runs again.
void cnc_stop_process_group(void);

int cnc_event_open(void);
void cnc_event_signal(int fd);
void cnc_event_clear(int fd);
/// A file in memory that is appended to; −1 with errno.
int cnc_memory_file(const char *name);
/// Size of the terminal; false if it has none.
bool cnc_terminal_size(int fd, int *rows, int *columns);
/// Writes all bytes, however often it takes; false if the descriptor is gone.
bool cnc_write(int fd, const void *bytes, size_t count);
/// Starts a program found in PATH with the three descriptors, default signals and nothing blocked; an errno or 0.
int cnc_spawn(const char *program, char *const arguments[], char *const environment[], const int descriptors[3],
              pid_t *pid);
/// A descriptor that becomes readable when the child ends; −1 where the kernel has none.
int cnc_process_open(pid_t pid);

#endif
