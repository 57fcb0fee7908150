#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int clinux_epoll_arm(int epoll, int descriptor, uint32_t readiness, uint64_t token) {
  struct epoll_event event = {.events = readiness | EPOLLONESHOT | EPOLLRDHUP, .data.u64 = token};
  if (epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event) == 0) return 0;
  if (errno != ENOENT) return -1;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

int clinux_epoll_keep(int epoll, int descriptor, uint64_t token) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = token};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

int clinux_epoll_wait(int epoll, struct clinux_event *events, int capacity, int milliseconds) {
  struct epoll_event ready[256];
  if (capacity > 256) capacity = 256;
  int count = epoll_wait(epoll, ready, capacity, milliseconds);
  if (count < 0) return errno == EINTR ? 0 : -1;
  for (int i = 0; i < count; i++) {
    events[i].readiness = ready[i].events;
    events[i].token = ready[i].data.u64;
  }
  return count;
}

int clinux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void clinux_eventfd_signal(int descriptor) {
  uint64_t one = 1;
  // A full counter is a signal already given.
  if (write(descriptor, &one, sizeof one) < 0) return;
}

void clinux_eventfd_drain(int descriptor) {
  uint64_t count;
  if (read(descriptor, &count, sizeof count) < 0) return;
}

struct thread_start {
  void (*body)(void *);
  void *context;
  char name[16];
};

static void *thread_main(void *argument) {
  struct thread_start start = *(struct thread_start *)argument;
  free(argument);
  pthread_setname_np(pthread_self(), start.name);
  start.body(start.context);
  return NULL;
}

int clinux_thread_start(const char *name, void (*body)(void *), void *context) {
  struct thread_start *start = calloc(1, sizeof *start);
  if (!start) return -1;
  start->body = body;
  start->context = context;
  strncpy(start->name, name, sizeof start->name - 1);
  // Signals are for the threads that ask for them; a new thread inherits the mask of its maker.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  int failed = pthread_create(&thread, &attributes, thread_main, start);
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (failed) {
    free(start);
    errno = failed;
    return -1;
  }
  return 0;
}

static void queue_errors(int descriptor, int family) {
  int on = 1;
  if (family == AF_INET6)
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
  else
    setsockopt(descriptor, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
}

int clinux_tcp_socket(int family) {
  int descriptor = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (descriptor < 0) return -1;
  queue_errors(descriptor, family);
  int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
}

int clinux_echo_socket(int family, int raw) {
  int protocol = family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
  int type = (raw ? SOCK_RAW : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
  int descriptor = socket(family, type, protocol);
  if (descriptor < 0) return -1;
  if (!raw) {
    queue_errors(descriptor, family);
  } else if (family == AF_INET6) {
    struct icmp6_filter filter;
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
    ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &filter);
    ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &filter);
    setsockopt(descriptor, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter);
  } else {
    // ICMP_FILTER of linux/icmp.h, whose other names clash with net/if.h: a set bit blocks its type.
    uint32_t blocked = ~((1u << ICMP_ECHOREPLY) | (1u << ICMP_DEST_UNREACH) | (1u << ICMP_TIME_EXCEEDED));
    setsockopt(descriptor, SOL_RAW, 1, &blocked, sizeof blocked);
  }
  int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  // Room for the answers of a whole fleet that come in one burst.
  int size = 1 << 20;
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  return descriptor;
}

static void copy_address(const struct sockaddr *from, uint8_t *to, uint8_t *family, uint32_t *scope) {
  if (from->sa_family == AF_INET) {
    memcpy(to, &((const struct sockaddr_in *)from)->sin_addr, 4);
  } else if (from->sa_family == AF_INET6) {
    memcpy(to, &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
    if (scope) *scope = ((const struct sockaddr_in6 *)from)->sin6_scope_id;
  } else {
    return;
  }
  if (family) *family = (uint8_t)from->sa_family;
}

int clinux_take_icmp_error(int descriptor, struct clinux_icmp_error *out) {
  memset(out, 0, sizeof *out);
  struct sockaddr_storage destination = {0};
  char control[512];
  struct iovec vector = {.iov_base = out->packet, .iov_len = sizeof out->packet};
  struct msghdr message = {.msg_name = &destination,
                           .msg_namelen = sizeof destination,
                           .msg_iov = &vector,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof control};
  ssize_t length = recvmsg(descriptor, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
  if (length < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
  out->length = (uint32_t)length;
  copy_address((struct sockaddr *)&destination, out->destination, NULL, NULL);
  for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item; item = CMSG_NXTHDR(&message, item)) {
    int is4 = item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_RECVERR;
    int is6 = item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_RECVERR;
    if (!is4 && !is6) continue;
    struct sock_extended_err extended;
    memcpy(&extended, CMSG_DATA(item), sizeof extended);
    out->error = (int32_t)extended.ee_errno;
    out->origin = extended.ee_origin;
    out->type = extended.ee_type;
    out->code = extended.ee_code;
    struct sockaddr_storage offender = {0};
    size_t room = item->cmsg_len - CMSG_LEN(sizeof extended);
    if (room > sizeof offender) room = sizeof offender;
    memcpy(&offender, CMSG_DATA(item) + sizeof extended, room);
    copy_address((struct sockaddr *)&offender, out->offender, &out->offender_family, NULL);
  }
  return 1;
}

int64_t clinux_receive(int descriptor, void *buffer, size_t capacity, uint8_t sender[16], uint32_t *scope,
                       int64_t *received_at) {
  struct sockaddr_storage from = {0};
  char control[256];
  struct iovec vector = {.iov_base = buffer, .iov_len = capacity};
  struct msghdr message = {.msg_name = &from,
                           .msg_namelen = sizeof from,
                           .msg_iov = &vector,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof control};
  ssize_t length = recvmsg(descriptor, &message, MSG_DONTWAIT);
  if (length < 0) return -1;
  memset(sender, 0, 16);
  *scope = 0;
  *received_at = 0;
  copy_address((struct sockaddr *)&from, sender, NULL, scope);
  for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item; item = CMSG_NXTHDR(&message, item)) {
    if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_TIMESTAMPNS) {
      struct timespec time;
      memcpy(&time, CMSG_DATA(item), sizeof time);
      *received_at = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
    }
  }
  return length;
}

static void ignore_signal(int number) { (void)number; }

int clinux_survive_broken_pipes(void) {
  struct sigaction now;
  if (sigaction(SIGPIPE, NULL, &now) < 0) return -1;
  if (now.sa_handler != SIG_DFL) return 0;
  struct sigaction quiet = {.sa_handler = ignore_signal, .sa_flags = SA_RESTART};
  sigemptyset(&quiet.sa_mask);
  return sigaction(SIGPIPE, &quiet, NULL);
}

int clinux_keep_alive(int descriptor, int idle, int interval, int count, int user_timeout) {
  int on = 1;
  unsigned int milliseconds = (unsigned int)user_timeout;
  if (setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) < 0) return -1;
  if (setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle) < 0) return -1;
  if (setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval) < 0) return -1;
  if (setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count) < 0) return -1;
  return setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

uint64_t clinux_inode(int descriptor) {
  struct stat status;
  return fstat(descriptor, &status) == 0 ? (uint64_t)status.st_ino : 0;
}

int clinux_memory_file(const char *content, size_t length) {
  int descriptor = memfd_create("azlin-input", MFD_CLOEXEC);
  if (descriptor < 0) return -1;
  size_t written = 0;
  while (written < length) {
    ssize_t count = write(descriptor, content + written, length - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      close(descriptor);
      return -1;
    }
    written += (size_t)count;
  }
  lseek(descriptor, 0, SEEK_SET);
  return descriptor;
}

int clinux_lock_file(int descriptor) {
  int result;
  do result = flock(descriptor, LOCK_EX);
  while (result < 0 && errno == EINTR);
  return result;
}

int clinux_enter_network(const char *path) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return -1;
  int result = setns(descriptor, CLONE_NEWNET);
  close(descriptor);
  return result;
}
