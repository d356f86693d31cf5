/* A stand-in worker for load tests: one thread, epoll, HTTP/1.1 with keep-alive. It answers at a fixed pace, checks
 * nothing and costs a few microseconds a request, so that what is measured in front of it is the proxy.
 *
 *   worker --port N [--model NAME] [--window N] [--chunks N] [--interval-us N] [--first-us N] [--field NAME]
 *
 *   POST, "stream":true in the body   --chunks SSE frames, or "max_tokens" of the body if that is fewer, the first
 *                                     --first-us after the request, then one each --interval-us (0: as fast as the
 *                                     socket takes them), then usage and [DONE]
 *   POST, not streamed                one chat completion, --first-us after the request
 *   GET /v1/models /health /metrics   as vLLM, as far as a gateway looks
 *   anything else, /tokenize too      404
 *
 * Each frame carries the time it was written, CLOCK_MONOTONIC in nanoseconds, as its text: `@123456789@`. On the same
 * machine a client can tell from it how long the frame was under way. --field is the name in `delta`: `content`, or
 * `reasoning` as vLLM streams thinking. Linux only (epoll, timerfd).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* Highest descriptor served; above it connections are refused. */
enum { MAX_CONNECTIONS = 16384, MAX_HEAD_BYTES = 65536, FRAME_BYTES = 1024, EVENTS = 512 };
/* A request larger than this ends the connection: 100,000 tokens are about half a megabyte. */
static const size_t MAX_REQUEST_BYTES = 64u << 20;
static const uint64_t NS_PER_S = 1000000000u;

#define ID "chatcmpl-0123456789abcdef0123456789abcdef"

/* NOTHING_DUE: it waits for a request. The other two wait for their time to come. */
typedef enum { NOTHING_DUE, ANSWER_DUE, FRAME_DUE } Due;

typedef struct {
  int fd;
  Due due;
  uint64_t due_ns;
  int heap_index; /* -1: not in the heap */
  int frames, frames_sent;
  /* What came and is not served yet; `searched` bytes of it hold no end of the head. */
  char *in;
  size_t in_used, in_room, searched;
  /* What the socket did not take yet. */
  char *out;
  size_t out_used, out_sent, out_room;
} Connection;

static struct {
  int port;
  const char *model;
  int window;
  int chunks;
  uint64_t interval_ns, first_ns;
  const char *field;
} options = {0, "qwq-32b", 40960, 200, 0, 0, "content"};

static int epoll_fd, timer_fd;
static Connection *connections[MAX_CONNECTIONS];
static Connection *heap[MAX_CONNECTIONS];
static int heap_size;
static uint64_t prompts_done, tokens_done;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void *must(void *memory) {
  if (memory == NULL) fail("memory");
  return memory;
}

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* ---- What is due next: a binary heap by time; each connection knows its place, so that it can be taken out. ---- */

static void heap_put(int index, Connection *connection) {
  heap[index] = connection;
  connection->heap_index = index;
}

static void heap_rise(int index) {
  Connection *moving = heap[index];
  while (index > 0 && moving->due_ns < heap[(index - 1) / 2]->due_ns) {
    heap_put(index, heap[(index - 1) / 2]);
    index = (index - 1) / 2;
  }
  heap_put(index, moving);
}

static void heap_sink(int index) {
  Connection *moving = heap[index];
  for (;;) {
    int child = 2 * index + 1;
    if (child >= heap_size) break;
    if (child + 1 < heap_size && heap[child + 1]->due_ns < heap[child]->due_ns) child++;
    if (heap[child]->due_ns >= moving->due_ns) break;
    heap_put(index, heap[child]);
    index = child;
  }
  heap_put(index, moving);
}

static void unschedule(Connection *connection) {
  int index = connection->heap_index;
  connection->heap_index = -1;
  connection->due = NOTHING_DUE;
  if (index < 0) return;
  Connection *last = heap[--heap_size];
  if (last == connection) return;
  heap_put(index, last);
  heap_rise(index);
  heap_sink(last->heap_index);
}

static void schedule(Connection *connection, Due due, uint64_t due_ns) {
  connection->due = due;
  connection->due_ns = due_ns;
  if (connection->heap_index < 0) heap_put(heap_size++, connection);
  heap_rise(connection->heap_index);
  heap_sink(connection->heap_index);
}

static uint64_t armed_ns; /* 0: not armed */

static void arm_timer(void) {
  uint64_t next_ns = heap_size > 0 ? heap[0]->due_ns : 0;
  if (next_ns == armed_ns) return;
  armed_ns = next_ns;
  /* Zero disarms; a time that has passed fires at once. */
  struct itimerspec at = {.it_value = {(time_t)(next_ns / NS_PER_S), (long)(next_ns % NS_PER_S)}};
  if (timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &at, NULL) < 0) fail("timerfd_settime");
}

/* ---- Writing: at once if the socket takes it, else when it does. False: the connection is gone. ---- */

static void watch(Connection *connection, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = connection->fd};
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, connection->fd, &event);
}

static bool is_blocked(const Connection *connection) { return connection->out_used > 0; }

static void keep(Connection *connection, const char *bytes, size_t length) {
  if (connection->out_room - connection->out_used < length) {
    connection->out_room = connection->out_used + length + FRAME_BYTES;
    connection->out = must(realloc(connection->out, connection->out_room));
  }
  memcpy(connection->out + connection->out_used, bytes, length);
  connection->out_used += length;
}

static bool write_bytes(Connection *connection, const char *bytes, size_t length) {
  if (is_blocked(connection)) {
    keep(connection, bytes, length);
    return true;
  }
  ssize_t sent = send(connection->fd, bytes, length, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
  size_t taken = sent < 0 ? 0 : (size_t)sent;
  if (taken == length) return true;
  keep(connection, bytes + taken, length - taken);
  watch(connection, EPOLLIN | EPOLLOUT);
  return true;
}

static bool flush(Connection *connection) {
  while (connection->out_sent < connection->out_used) {
    ssize_t sent = send(connection->fd, connection->out + connection->out_sent,
                        connection->out_used - connection->out_sent, MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    connection->out_sent += (size_t)sent;
  }
  connection->out_used = connection->out_sent = 0;
  watch(connection, EPOLLIN);
  return true;
}

/* ---- Answers ---- */

static bool answer(Connection *connection, const char *status, const char *type, const char *body) {
  char text[4096];
  int length = snprintf(text, sizeof text, "HTTP/1.1 %s\r\ncontent-type: %s\r\ncontent-length: %zu\r\n\r\n%s",
                        status, type, strlen(body), body);
  if (length < 0 || (size_t)length >= sizeof text) return false;
  return write_bytes(connection, text, (size_t)length);
}

static bool answer_models(Connection *connection) {
  char body[1024];
  snprintf(body, sizeof body,
           "{\"object\":\"list\",\"data\":[{\"id\":\"%s\",\"object\":\"model\",\"created\":1742000000,"
           "\"owned_by\":\"vllm\",\"root\":\"%s\",\"parent\":null,\"max_model_len\":%d}]}",
           options.model, options.model, options.window);
  return answer(connection, "200 OK", "application/json", body);
}

/* KV for 160 million tokens: this worker is never full, so that nothing waits and only the way there is measured. */
static bool answer_metrics(Connection *connection) {
  char body[2048];
  snprintf(body, sizeof body,
           "vllm:num_requests_running{engine=\"0\",model_name=\"%s\"} %d.0\n"
           "vllm:num_requests_waiting{engine=\"0\",model_name=\"%s\"} 0.0\n"
           "vllm:kv_cache_usage_perc{engine=\"0\",model_name=\"%s\"} 0.1\n"
           "vllm:prompt_tokens_total{engine=\"0\",model_name=\"%s\"} %" PRIu64 ".0\n"
           "vllm:generation_tokens_total{engine=\"0\",model_name=\"%s\"} %" PRIu64 ".0\n"
           "vllm:cache_config_info{block_size=\"16\",engine=\"0\",num_gpu_blocks=\"10000000\"} 1.0\n",
           options.model, heap_size, options.model, options.model, options.model, prompts_done * 11, options.model,
           tokens_done);
  return answer(connection, "200 OK", "text/plain; version=0.0.4", body);
}

static bool answer_completion(Connection *connection) {
  prompts_done++;
  tokens_done += 20;
  return answer(connection, "200 OK", "application/json",
                "{\"id\":\"" ID "\",\"object\":\"chat.completion\",\"created\":1742000000,\"model\":\"qwq-32b\","
                "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"9.9 is larger than "
                "9.11, because nine tenths are ninety hundredths.\",\"reasoning\":\"Compare the tenths first.\","
                "\"tool_calls\":[]},\"logprobs\":null,\"finish_reason\":\"stop\",\"stop_reason\":null}],"
                "\"usage\":{\"prompt_tokens\":11,\"total_tokens\":31,\"completion_tokens\":20}}");
}

static bool write_chunk(Connection *connection, const char *data, int length, const char *after) {
  char chunk[FRAME_BYTES + 32];
  int total = snprintf(chunk, sizeof chunk, "%x\r\n%.*s\r\n%s", (unsigned)length, length, data, after);
  return total > 0 && (size_t)total < sizeof chunk && write_bytes(connection, chunk, (size_t)total);
}

static bool write_frame(Connection *connection, uint64_t stamp_ns) {
  char frame[FRAME_BYTES];
  int length = snprintf(frame, sizeof frame,
                        "data: {\"id\":\"" ID "\",\"object\":\"chat.completion.chunk\",\"created\":1742000000,"
                        "\"model\":\"qwq-32b\",\"choices\":[{\"index\":0,\"delta\":{\"%s\":\"@%" PRIu64 "@\"},"
                        "\"logprobs\":null,\"finish_reason\":%s}]}\n\n",
                        options.field, stamp_ns,
                        connection->frames_sent + 1 == connection->frames ? "\"stop\"" : "null");
  connection->frames_sent++;
  tokens_done++;
  return write_chunk(connection, frame, length, "");
}

static bool write_ending(Connection *connection) {
  char frame[FRAME_BYTES];
  int length = snprintf(frame, sizeof frame,
                        "data: {\"id\":\"" ID "\",\"object\":\"chat.completion.chunk\",\"created\":1742000000,"
                        "\"model\":\"qwq-32b\",\"choices\":[],\"usage\":{\"prompt_tokens\":11,"
                        "\"total_tokens\":%d,\"completion_tokens\":%d}}\n\ndata: [DONE]\n\n",
                        11 + connection->frames, connection->frames);
  return write_chunk(connection, frame, length, "0\r\n\r\n");
}

static bool begin_stream(Connection *connection, int frames) {
  static const char head[] = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
                             "transfer-encoding: chunked\r\n\r\n";
  prompts_done++;
  connection->frames = frames;
  connection->frames_sent = 0;
  schedule(connection, FRAME_DUE, now_ns() + options.first_ns);
  return write_bytes(connection, head, sizeof head - 1);
}

/* ---- Requests ---- */

/* The value of a header in `head` (which ends with a zero byte), or NULL. */
static const char *header(const char *head, const char *name) {
  size_t length = strlen(name);
  for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
    if (strncasecmp(line + 2, name, length) != 0 || line[2 + length] != ':') continue;
    return line + 2 + length + 1 + strspn(line + 2 + length + 1, " \t");
  }
  return NULL;
}

static bool asks_stream(const char *body, size_t length) {
  return memmem(body, length, "\"stream\":true", 13) != NULL || memmem(body, length, "\"stream\": true", 14) != NULL;
}

/* What a stream of this request has. */
static int frames_asked(const char *body, size_t length) {
  static const char name[] = "\"max_tokens\":";
  const char *stated = memmem(body, length, name, sizeof name - 1);
  const char *digit = stated == NULL ? NULL : stated + sizeof name - 1, *end = body + length;
  int frames = 0;
  for (; digit != NULL && digit < end && *digit >= '0' && *digit <= '9' && frames < options.chunks; digit++) {
    frames = frames * 10 + (*digit - '0');
  }
  return frames > 0 && frames < options.chunks ? frames : options.chunks;
}

static bool begins(const char *text, const char *prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }

static bool serve_request(Connection *connection, const char *head, const char *body, size_t body_bytes) {
  if (begins(head, "GET /v1/models")) return answer_models(connection);
  if (begins(head, "GET /metrics")) return answer_metrics(connection);
  if (begins(head, "GET /health")) return answer(connection, "200 OK", "text/plain", "");
  if (!begins(head, "POST /v1/chat/completions")) {
    return answer(connection, "404 Not Found", "application/json", "{\"detail\":\"Not Found\"}");
  }
  if (asks_stream(body, body_bytes)) return begin_stream(connection, frames_asked(body, body_bytes));
  if (options.first_ns == 0) return answer_completion(connection);
  schedule(connection, ANSWER_DUE, now_ns() + options.first_ns);
  return true;
}

/* Serves what has come whole, one request after the other. False: end the connection. */
static bool serve_requests(Connection *connection) {
  while (connection->due == NOTHING_DUE && connection->in_used > 0) {
    /* The end of the head may lie across the last bytes searched. */
    size_t from = connection->searched < 3 ? 0 : connection->searched - 3;
    char *end = memmem(connection->in + from, connection->in_used - from, "\r\n\r\n", 4);
    connection->searched = connection->in_used;
    if (end == NULL) return connection->in_used < MAX_HEAD_BYTES;
    size_t head_bytes = (size_t)(end - connection->in) + 4;
    end[2] = '\0';
    const char *stated = header(connection->in, "content-length");
    /* No proxy here sends a body in chunks; one that did would be told. */
    if (header(connection->in, "transfer-encoding") != NULL) {
      answer(connection, "411 Length Required", "text/plain", "");
      return false;
    }
    unsigned long body_bytes = stated == NULL ? 0 : strtoul(stated, NULL, 10);
    if (body_bytes > MAX_REQUEST_BYTES) return false;
    size_t total = head_bytes + body_bytes;
    if (connection->in_used < total) {
      end[2] = '\r';
      connection->searched = head_bytes - 4;
      return true;
    }
    if (!serve_request(connection, connection->in, connection->in + head_bytes, body_bytes)) return false;
    memmove(connection->in, connection->in + total, connection->in_used - total);
    connection->in_used -= total;
    connection->searched = 0;
  }
  return true;
}

static bool read_requests(Connection *connection) {
  for (;;) {
    if (connection->in_used == connection->in_room) {
      if (connection->in_room > MAX_REQUEST_BYTES) return false;
      connection->in_room = connection->in_room == 0 ? 4096 : connection->in_room * 2;
      connection->in = must(realloc(connection->in, connection->in_room));
    }
    size_t room = connection->in_room - connection->in_used;
    ssize_t got = recv(connection->fd, connection->in + connection->in_used, room, 0);
    if (got == 0) return false;
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return false;
      break;
    }
    connection->in_used += (size_t)got;
    /* Less than asked for: the socket is empty, and epoll will say when it is not. */
    if ((size_t)got < room) break;
  }
  return serve_requests(connection);
}

/* Its time has come. A slow reader's frames wait until the last one is out. */
static bool serve_due(Connection *connection, uint64_t at_ns) {
  if (connection->due == ANSWER_DUE) {
    unschedule(connection);
    return answer_completion(connection) && serve_requests(connection);
  }
  if (is_blocked(connection)) {
    schedule(connection, FRAME_DUE, at_ns + NS_PER_S / 1000);
    return true;
  }
  if (connection->frames_sent < connection->frames) {
    if (!write_frame(connection, at_ns)) return false;
    schedule(connection, FRAME_DUE, options.interval_ns == 0 ? at_ns : connection->due_ns + options.interval_ns);
    return true;
  }
  unschedule(connection);
  return write_ending(connection) && serve_requests(connection);
}

/* ---- The loop ---- */

static void end_connection(Connection *connection) {
  unschedule(connection);
  connections[connection->fd] = NULL;
  close(connection->fd);
  free(connection->in);
  free(connection->out);
  free(connection);
}

static void accept_all(int listener) {
  int on = 1;
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    if (fd >= MAX_CONNECTIONS) {
      close(fd);
      continue;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Connection *connection = must(calloc(1, sizeof *connection));
    connection->fd = fd;
    connection->heap_index = -1;
    connections[fd] = connection;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) end_connection(connection);
  }
}

static void serve_event(const struct epoll_event *event) {
  Connection *connection = connections[event->data.fd];
  if (connection == NULL) return;
  bool goes_on = true;
  if (event->events & EPOLLOUT) goes_on = flush(connection);
  if (goes_on && (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR))) goes_on = read_requests(connection);
  if (!goes_on) end_connection(connection);
}

/* Bounded, so that frames without an interval leave the sockets their turn. */
static void serve_all_due(void) {
  uint64_t at_ns = now_ns();
  for (int left = 4096; left > 0 && heap_size > 0 && heap[0]->due_ns <= at_ns; left--) {
    Connection *connection = heap[0];
    if (!serve_due(connection, now_ns())) end_connection(connection);
  }
}

static int listen_on(int port) {
  int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
  if (listen(fd, 4096) < 0) fail("listen");
  socklen_t length = sizeof address;
  if (getsockname(fd, (struct sockaddr *)&address, &length) < 0) fail("getsockname");
  /* The one line a starter waits for; with --port 0 it says which port it is. */
  printf("listening %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

static void add_source(int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
}

static void read_options(int count, char **arguments) {
  for (int index = 1; index + 1 < count; index += 2) {
    const char *name = arguments[index], *value = arguments[index + 1];
    if (strcmp(name, "--port") == 0) options.port = atoi(value);
    else if (strcmp(name, "--model") == 0) options.model = value;
    else if (strcmp(name, "--window") == 0) options.window = atoi(value);
    else if (strcmp(name, "--chunks") == 0) options.chunks = atoi(value);
    else if (strcmp(name, "--interval-us") == 0) options.interval_ns = strtoull(value, NULL, 10) * 1000;
    else if (strcmp(name, "--first-us") == 0) options.first_ns = strtoull(value, NULL, 10) * 1000;
    else if (strcmp(name, "--field") == 0) options.field = value;
    else {
      fprintf(stderr, "unknown option %s\n", name);
      exit(2);
    }
  }
}

int main(int count, char **arguments) {
  signal(SIGPIPE, SIG_IGN);
  read_options(count, arguments);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (epoll_fd < 0 || timer_fd < 0) fail("epoll, timerfd");
  int listener = listen_on(options.port);
  add_source(listener);
  add_source(timer_fd);
  struct epoll_event events[EVENTS];
  for (;;) {
    arm_timer();
    int ready = epoll_wait(epoll_fd, events, EVENTS, -1);
    for (int index = 0; index < ready; index++) {
      int fd = events[index].data.fd;
      if (fd == listener) {
        accept_all(listener);
      } else if (fd == timer_fd) {
        uint64_t expirations;
        if (read(timer_fd, &expirations, sizeof expirations) < 0 && errno != EAGAIN) fail("timerfd");
        armed_ns = 0;
      } else {
        serve_event(&events[index]);
      }
    }
    serve_all_due();
  }
}
