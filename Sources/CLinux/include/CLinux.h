// Kernel interfaces that Swift's Glibc module leaves out. Every function returns -1 with `errno` set where the
// system call does; none allocates.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Readiness bits of epoll; equal to EPOLLIN and so on.
#define CLINUX_READABLE 0x001u
#define CLINUX_WRITABLE 0x004u
#define CLINUX_FAILED 0x008u
#define CLINUX_HANGUP 0x010u

struct clinux_event {
  uint32_t readiness;
  uint64_t token;
};

// A new epoll instance, closed on exec.
int clinux_epoll_create(void);

// Waits once for `readiness` on `descriptor`; the event carries `token`. A descriptor waits for one thing at a time:
// a second call replaces the first.
int clinux_epoll_arm(int epoll, int descriptor, uint32_t readiness, uint64_t token);

// Stays armed, for the wake-up descriptor.
int clinux_epoll_keep(int epoll, int descriptor, uint64_t token);

// At most `capacity` (up to 256) events; `milliseconds` -1 waits for ever. Interrupted waits return 0.
int clinux_epoll_wait(int epoll, struct clinux_event *events, int capacity, int milliseconds);

// A non-blocking event counter, closed on exec; signalled and drained by the two functions below.
int clinux_eventfd(void);
void clinux_eventfd_signal(int descriptor);
void clinux_eventfd_drain(int descriptor);

// Starts a detached thread with all signals blocked, named `name` (15 bytes are kept).
int clinux_thread_start(const char *name, void (*body)(void *), void *context);

// A non-blocking stream socket, closed on exec, that queues the ICMP errors it receives.
int clinux_tcp_socket(int family);

// A non-blocking socket for ICMP echo. `raw` 0: a datagram socket (the kernel picks the identifier, errors are
// queued); 1: a raw one, filtered to the messages that matter to a pinger.
int clinux_echo_socket(int family, int raw);

// An ICMP error taken from a socket's error queue.
struct clinux_icmp_error {
  int32_t error;     // the errno it maps to
  uint8_t origin;    // 1: this kernel, 2: ICMP, 3: ICMPv6
  uint8_t type;
  uint8_t code;
  uint8_t offender_family;  // AF_INET, AF_INET6; 0: not told
  uint8_t offender[16];
  uint8_t destination[16];  // where the failed packet was sent, in the socket's family
  uint32_t length;          // bytes of the failed packet in `packet`
  uint8_t packet[128];
};

// 1: one was taken; 0: the queue is empty; -1: error.
int clinux_take_icmp_error(int descriptor, struct clinux_icmp_error *out);

// Receives one message and the kernel's receive time in nanoseconds since 1970 (0: not told).
// Returns the bytes received, or -1. `sender` gets the address bytes of the socket's family.
int64_t clinux_receive(int descriptor, void *buffer, size_t capacity, uint8_t sender[16], uint32_t *scope,
                       int64_t *received_at);

// Writing to a pipe or socket whose reader is gone fails with EPIPE instead of ending the process. A handler is set, not
// SIG_IGN, which programs started later would inherit; one that is set already stays.
int clinux_survive_broken_pipes(void);

// Keep-alive probes on a stream socket: the first after `idle` s of silence, then each `interval` s, dead after
// `count` without answer; sent data unanswered for `user_timeout` ms is fatal too.
int clinux_keep_alive(int descriptor, int idle, int interval, int count, int user_timeout);

// The inode of an open descriptor, to tell whether a number still means the same socket; 0: not open.
uint64_t clinux_inode(int descriptor);

// A file in memory with the given content, at its start, closed on exec.
int clinux_memory_file(const char *content, size_t length);

// Takes the file's lock, waiting; released on close.
int clinux_lock_file(int descriptor);

// Moves the calling thread into the network namespace behind a path such as /run/netns/NAME (needs root); sockets it
// opens from then on stay there.
int clinux_enter_network(const char *path);

#ifdef __cplusplus
}
#endif
