#define _GNU_SOURCE
#include "CNcurses.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

// Everything a handler needs lies here, ready to use: a handler may neither allocate nor lock.
static struct {
  int terminal;
  int screen;
  int nowhere;
  bool has_modes;
  struct termios modes;
  char bytes[1024];
  size_t count;
} saved = {.terminal = -1, .screen = -1, .nowhere = -1};

static atomic_bool armed;
static atomic_int captured = -1;
static atomic_int captured_output = -1;
static atomic_int captured_error = -1;

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGSYS};
enum { FATAL_COUNT = sizeof fatal_signals / sizeof *fatal_signals, CAPTURE_TAIL = 16384 };
static struct sigaction previous[FATAL_COUNT];

static void write_fully(int fd, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(fd, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes += written;
    count -= (size_t)written;
  }
}

// What the program said on its way down, the runtime's own last words among it.
static void print_captured(void) {
  int file = atomic_exchange(&captured, -1);
  int output = atomic_exchange(&captured_output, -1);
  int error = atomic_exchange(&captured_error, -1);
  if (output >= 0) dup2(output, STDOUT_FILENO);
  if (error < 0) return;
  dup2(error, STDERR_FILENO);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) return;
  off_t offset = status.st_size > CAPTURE_TAIL ? status.st_size - CAPTURE_TAIL : 0;
  char block[512];
  for (;;) {
    ssize_t count = pread(file, block, sizeof block, offset);
    if (count <= 0) return;
    for (ssize_t i = 0; i < count; i++) {
      unsigned char byte = (unsigned char)block[i];
      if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F) block[i] = '?';
    }
    write_fully(error, block, (size_t)count);
    offset += count;
  }
}

// Async-signal-safe: write, tcsetattr, dup2, fstat, pread and sigaction only.
static void restore(void) {
  if (!atomic_exchange(&armed, false)) return;
  int error = errno;
  write_fully(saved.terminal, saved.bytes, saved.count);
  if (saved.has_modes) tcsetattr(saved.terminal, TCSANOW, &saved.modes);
  // Another thread may be in the middle of a frame.
  if (saved.nowhere >= 0 && saved.screen >= 0) dup2(saved.nowhere, saved.screen);
  print_captured();
  errno = error;
}

static void handle(int signal, siginfo_t *info, void *context) {
  (void)context;
  restore();
  for (int i = 0; i < FATAL_COUNT; i++) {
    if (fatal_signals[i] == signal) sigaction(signal, &previous[i], NULL);
  }
  // A fault comes again by itself when the handler returns; a signal that was sent has to be sent again. It stays
  // blocked until then.
  if (info->si_code <= 0) raise(signal);
}

static void restore_at_exit(void) { restore(); }

void cnc_restore_install(void) {
  static atomic_bool installed;
  if (atomic_exchange(&installed, true)) return;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < FATAL_COUNT; i++) sigaction(fatal_signals[i], &action, &previous[i]);
  atexit(restore_at_exit);
}

void cnc_restore_arm(int terminal, int screen, const char *bytes, size_t count) {
  cnc_restore_disarm();
  if (saved.terminal >= 0) close(saved.terminal);
  // A descriptor of its own, since the screen's is the one that gets silenced.
  saved.terminal = fcntl(terminal, F_DUPFD_CLOEXEC, 3);
  if (saved.nowhere < 0) saved.nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  saved.screen = screen;
  saved.has_modes = tcgetattr(terminal, &saved.modes) == 0;
  saved.count = count < sizeof saved.bytes ? count : sizeof saved.bytes;
  memcpy(saved.bytes, bytes, saved.count);
  atomic_store(&armed, saved.terminal >= 0);
}

void cnc_restore_set_screen(int screen) { saved.screen = screen; }

void cnc_restore_set_capture(int file, int standard_output, int standard_error) {
  atomic_store(&captured, file);
  atomic_store(&captured_output, standard_output);
  atomic_store(&captured_error, standard_error);
}

void cnc_restore_disarm(void) { atomic_store(&armed, false); }

void cnc_use_alternate_stack(void) {
  stack_t stack;
  if (sigaltstack(NULL, &stack) != 0 || !(stack.ss_flags & SS_DISABLE)) return;
  memset(&stack, 0, sizeof stack);
  stack.ss_size = 65536;
  stack.ss_sp = malloc(stack.ss_size);
  // Kept for the life of the program: it has two such threads, and a stack in use must not be freed.
  if (stack.ss_sp != NULL && sigaltstack(&stack, NULL) != 0) free(stack.ss_sp);
}
