// An open loop: deliveries leave on schedule, whether or not the earlier ones were answered, and each latency counts
// from the time that its delivery should have left, so that no queue is hidden. Arrivals are Poisson's.
//
// generator PORT PATH RATE CONNECTIONS FILE: sends every line of the file (signature, space, body) once, and tells what
// came of it in one line of JSON.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define GIVE_UP_AFTER 30.0 // Seconds after the last delivery should have left.
#define ANSWER_SIZE 16384

typedef struct { const char *line; size_t length; double due; float latency; } Delivery;
typedef struct { int fd; long delivery; size_t got; char answer[ANSWER_SIZE + 1]; } Connection;

static Delivery *deliveries;
static long total, next_one, answered, succeeded, refused, broken;
static Connection *connections, **idle;
static int count, idle_count, poll_fd, port;
static const char *path;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void stop(const char *why) { fprintf(stderr, "%s: %s\n", why, strerror(errno)); exit(1); }

static void open_connection(Connection *c) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  int one = 1;
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address)) stop("connect");
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, c->fd, &event)) stop("epoll_ctl");
  c->delivery = -1;
  c->got = 0;
  idle[idle_count++] = c;
}

static void read_deliveries(const char *file, double rate) {
  struct stat info;
  int fd = open(file, O_RDONLY);
  if (fd < 0 || fstat(fd, &info)) stop(file);
  const char *text = mmap(NULL, info.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
  if (text == MAP_FAILED) stop("mmap");
  for (const char *at = text; at < text + info.st_size; at++) total += *at == '\n';
  deliveries = calloc(total, sizeof *deliveries);
  const char *line = text;
  double due = 0;
  srand48(7);
  for (long i = 0; i < total; i++) {
    const char *end = memchr(line, '\n', text + info.st_size - line);
    due += -log(1 - drand48()) / rate;
    deliveries[i] = (Delivery){line, end - line, due, -1};
    line = end + 1;
  }
}

static void finish(Connection *c, int status) {
  if (c->delivery >= 0) {
    deliveries[c->delivery].latency = now() - deliveries[c->delivery].due;
    answered++;
    if (status == 200) succeeded++;
    else if (status) refused++;
    else broken++;
  }
  c->delivery = -1;
  c->got = 0;
  if (status) idle[idle_count++] = c;
}

static void lose(Connection *c) {
  close(c->fd);
  if (c->delivery < 0)
    for (int i = 0; i < idle_count; i++)
      if (idle[i] == c) { idle[i] = idle[--idle_count]; break; }
  finish(c, 0);
  open_connection(c);
}

static void send_next(void) {
  Connection *c = idle[--idle_count];
  Delivery *d = &deliveries[next_one];
  const char *space = memchr(d->line, ' ', d->length);
  size_t signature = space - d->line, body = d->length - signature - 1;
  char head[512];
  int size = snprintf(head, sizeof head,
                      "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
                      "X-Hub-Signature-256: %.*s\r\nContent-Length: %zu\r\n\r\n",
                      path, port, (int)signature, d->line, body);
  struct iovec parts[] = {{head, size}, {(char *)space + 1, body}};
  c->delivery = next_one++;
  if (writev(c->fd, parts, 2) != (ssize_t)(size + body)) lose(c);
}

// The status of a whole answer; 0 while something of it is missing.
static int status_of(Connection *c) {
  c->answer[c->got] = 0;
  char *end = strstr(c->answer, "\r\n\r\n"), *length = strcasestr(c->answer, "content-length:");
  if (!end || !length || length > end) return 0;
  return c->got >= (size_t)(end + 4 - c->answer) + atol(length + 15) ? atoi(c->answer + 9) : 0;
}

static void hear(Connection *c) {
  ssize_t size = read(c->fd, c->answer + c->got, ANSWER_SIZE - c->got);
  if (size <= 0) {
    if (size == 0 || errno != EAGAIN) lose(c);
    return;
  }
  c->got += size;
  int status = status_of(c);
  if (status) finish(c, status);
}

static void wake_at(int timer, double due) {
  struct itimerspec when = {.it_value = {(time_t)due, (long)((due - floor(due)) * 1e9) + 1}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static int by_latency(const void *a, const void *b) {
  float x = ((const Delivery *)a)->latency, y = ((const Delivery *)b)->latency;
  return (x > y) - (x < y);
}

static void tell(double seconds) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  double cpu = used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  qsort(deliveries, total, sizeof *deliveries, by_latency);
#define AT(share) (1e3 * deliveries[(long)((total - 1) * (share))].latency)
  printf("{\"sent\": %ld, \"succeeded\": %ld, \"refused\": %ld, \"broken\": %ld, \"unanswered\": %ld, \"seconds\": %.3f,"
         " \"p50\": %.3f, \"p99\": %.3f, \"p999\": %.3f, \"longest\": %.3f, \"cpu\": %.3f}\n",
         next_one, succeeded, refused, broken, next_one - answered, seconds, AT(0.5), AT(0.99), AT(0.999), AT(1.0), cpu);
}

int main(int argc, char **argv) {
  if (argc != 6) stop("generator PORT PATH RATE CONNECTIONS FILE");
  port = atoi(argv[1]), path = argv[2], count = atoi(argv[4]);
  read_deliveries(argv[5], atof(argv[3]));
  connections = calloc(count, sizeof *connections);
  idle = calloc(count, sizeof *idle);
  poll_fd = epoll_create1(0);
  for (int i = 0; i < count; i++) open_connection(&connections[i]);

  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, timer, &event);
  double began = now() + 0.05, last = began + deliveries[total - 1].due;
  for (long i = 0; i < total; i++) deliveries[i].due += began;

  while (answered < total && now() < last + GIVE_UP_AFTER) {
    while (next_one < total && idle_count && deliveries[next_one].due <= now()) send_next();
    // Without an idle connection the next answer wakes us.
    if (next_one < total && idle_count) wake_at(timer, deliveries[next_one].due);
    int ready = epoll_wait(poll_fd, events, 256, 1000);
    for (int i = 0; i < ready; i++) {
      unsigned long long times;
      if (events[i].data.ptr) hear(events[i].data.ptr);
      else if (read(timer, &times, sizeof times) < 0 && errno != EAGAIN) stop("timer");
    }
  }
  tell(now() - began);
  return 0;
}
