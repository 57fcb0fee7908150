#define _GNU_SOURCE
#include "CNcurses.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const int loop_signals[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT};
enum { LOOP_SIGNALS = sizeof loop_signals / sizeof *loop_signals };

static struct sigaction previous[LOOP_SIGNALS];
static atomic_int writer = -1;
static atomic_uint continued;

static void change_mask(int how) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < LOOP_SIGNALS; i++) sigaddset(&set, loop_signals[i]);
  pthread_sigmask(how, &set, NULL);
}

void cnc_signals_block(void) { change_mask(SIG_BLOCK); }

void cnc_signals_unblock(void) { change_mask(SIG_UNBLOCK); }

// Async-signal-safe: an atomic and a write that cannot block.
static void pass_on(int signal) {
  int error = errno;
  if (signal == SIGCONT) atomic_fetch_add(&continued, 1);
  unsigned char byte = (unsigned char)signal;
  ssize_t ignored = write(atomic_load(&writer), &byte, 1);
  (void)ignored;
  errno = error;
}

static struct sigaction passing_on(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = pass_on;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  return action;
}

int cnc_signals_open(void) {
  int ends[2];
  if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) return -1;
  atomic_store(&writer, ends[1]);
  struct sigaction action = passing_on();
  for (int i = 0; i < LOOP_SIGNALS; i++) sigaction(loop_signals[i], &action, &previous[i]);
  cnc_signals_unblock();
  return ends[0];
}

void cnc_signals_close(int fd) {
  for (int i = 0; i < LOOP_SIGNALS; i++) sigaction(loop_signals[i], &previous[i], NULL);
  int end = atomic_exchange(&writer, -1);
  close(end);
  close(fd);
}

void cnc_signals_ignore_keys(bool ignore) {
  struct sigaction action = passing_on();
  if (ignore) action.sa_handler = SIG_IGN;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGQUIT, &action, NULL);
}

int cnc_signals_next(int fd) {
  unsigned char signal = 0;
  ssize_t count;
  do count = read(fd, &signal, 1);
  while (count < 0 && errno == EINTR);
  return count == 1 ? signal : 0;
}

void cnc_stop_process_group(void) {
  struct sigaction standard, ours;
  memset(&standard, 0, sizeof standard);
  standard.sa_handler = SIG_DFL;
  sigaction(SIGTSTP, &standard, &ours);
  unsigned before = atomic_load(&continued);
  kill(0, SIGTSTP);
  // Another thread may be the one that takes the signal, so the stop can come a little later than this call. If it
  // does not come at all, the group is an orphaned one that the kernel does not stop.
  const struct timespec pause = {.tv_nsec = 5000000};
  for (int i = 0; i < 200 && atomic_load(&continued) == before; i++) nanosleep(&pause, NULL);
  sigaction(SIGTSTP, &ours, NULL);
}

int cnc_event_open(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void cnc_event_signal(int fd) {
  uint64_t one = 1;
  // A full counter says already what is to be said.
  ssize_t ignored = write(fd, &one, sizeof one);
  (void)ignored;
}

void cnc_event_clear(int fd) {
  uint64_t count;
  ssize_t ignored = read(fd, &count, sizeof count);
  (void)ignored;
}

int cnc_memory_file(const char *name) {
  int fd = memfd_create(name, MFD_CLOEXEC);
  if (fd >= 0) fcntl(fd, F_SETFL, O_APPEND);
  return fd;
}

bool cnc_terminal_size(int fd, int *rows, int *columns) {
  struct winsize size;
  if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return false;
  *rows = size.ws_row;
  *columns = size.ws_col;
  return true;
}

bool cnc_write(int fd, const void *bytes, size_t count) {
  const char *next = bytes;
  while (count > 0) {
    ssize_t written = write(fd, next, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {
      struct pollfd ready = {.fd = fd, .events = POLLOUT};
      poll(&ready, 1, -1);
      continue;
    }
    if (written <= 0) return false;
    next += written;
    count -= (size_t)written;
  }
  return true;
}

int cnc_spawn(const char *program, char *const arguments[], char *const environment[], const int descriptors[3],
              pid_t *pid) {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_init(&actions);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  sigdelset(&all, SIGKILL);
  sigdelset(&all, SIGSTOP);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  for (int i = 0; i < 3; i++) posix_spawn_file_actions_adddup2(&actions, descriptors[i], i);
  int result = posix_spawnp(pid, program, &actions, &attributes, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return result;
}

int cnc_process_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
