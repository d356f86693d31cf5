/* A closed-loop client for load tests: one thread, epoll, N connections, each sending its next request when the answer
 * to the last one has ended well. It reads every answer as a client would: head, chunked or counted body, SSE frame by
 * frame. An answer counts only if it is whole.
 *
 *   client --port N --connections N --seconds S --kind stream|plain --body FILE [--path P] [--header 'name: value']...
 *          [--warm-seconds S] [--ramp-seconds S] [--chunks N] [--pid N]
 *
 *   --warm-seconds   nothing that began or came before is counted (default: a fifth of --seconds, at least the ramp)
 *   --ramp-seconds   connections start evenly over this time, so that the streams' frames don't come in one burst
 *   --chunks         frames with a stamp a whole stream must have
 *   --pid            a process whose CPU time and memory are read over the same time that is counted
 *
 * A frame counts once however often it carries its stamp (`@nanoseconds@`, see worker.c): a proxy that answers thinking
 * under two names doubles it. Prints one line of JSON; times in microseconds. `errors` are answers that were refused, cut,
 * malformed or short; the first few are described on standard error. Linux only.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
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
#include <time.h>
#include <unistd.h>

enum {
  MAX_CONNECTIONS = 16384,
  MAX_HEADERS = 16,
  HEAD_BYTES = 8192,
  /* The longest SSE line, or plain answer, looked at as a whole. */
  TEXT_BYTES = 16384,
  READ_BYTES = 65536,
  EVENTS = 512,
  SHOWN_ERRORS = 3,
  MEMORY_SAMPLES = 4096,
};
static const uint64_t NS_PER_S = 1000000000u;
/* How often the process's memory is read. */
static const uint64_t MEMORY_EVERY_NS = 200000000u;

/* ---- Histogram: exact microseconds up to 4,096, then 4,096 steps for each doubling. ---- */

enum { STEPS = 4096, DOUBLINGS = 16 };
typedef struct {
  uint64_t counts[STEPS * (DOUBLINGS + 1)];
  uint64_t total;
} Histogram;

static void histogram_add(Histogram *histogram, uint64_t ns) {
  uint64_t us = ns / 1000, first = STEPS;
  int index = 0;
  if (us < STEPS) {
    index = (int)us;
  } else {
    int doubling = 0;
    while (doubling < DOUBLINGS - 1 && us >= first * 2) {
      first *= 2;
      doubling++;
    }
    uint64_t step = (us - first) * STEPS / first;
    index = STEPS * (doubling + 1) + (int)(step < STEPS ? step : STEPS - 1);
  }
  histogram->counts[index]++;
  histogram->total++;
}

static double histogram_us(const Histogram *histogram, double share) {
  uint64_t wanted = (uint64_t)((double)histogram->total * share), seen = 0;
  for (int index = 0; index < STEPS * (DOUBLINGS + 1); index++) {
    seen += histogram->counts[index];
    if (seen <= wanted) continue;
    if (index < STEPS) return index;
    double first = (double)STEPS * (double)(1u << (index / STEPS - 1));
    return first + first * (index % STEPS) / STEPS;
  }
  return 0;
}

/* ---- State ---- */

typedef enum { HEAD, BODY_COUNTED, BODY_CHUNK_SIZE, BODY_CHUNK, BODY_CHUNK_END, BODY_TRAILER, BODY_TO_END } Part;

typedef struct {
  int fd; /* -1: not connected */
  Part part;
  int status;
  bool closes;      /* the answer said `connection: close` */
  uint64_t left;    /* bytes of the counted body or of the chunk still to come */
  uint64_t size;    /* chunk size as read so far */
  bool in_size_extension;
  int trailer_bytes; /* of the current trailer line */
  uint64_t asked_ns;
  int frames;
  bool is_done; /* [DONE] was seen */
  const char *wrong;
  size_t head_used, text_used;
  char head[HEAD_BYTES];
  char text[TEXT_BYTES]; /* the SSE line under way, or the plain answer */
  size_t request_sent;
} Connection;

static struct {
  int port, count, chunks;
  double seconds, warm_seconds, ramp_seconds;
  bool streams;
  const char *body_file, *path;
  const char *headers[MAX_HEADERS];
  int header_count;
  long pid;
} options = {.count = 1, .seconds = 5, .warm_seconds = -1, .path = "/v1/chat/completions"};

static int epoll_fd;
static char *request;
static size_t request_bytes;
static uint64_t counted_from_ns;
static bool is_counting;
static uint64_t answers, errors, frames, early_frames;
static int shown_errors;
static Histogram frame_times, first_times;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* ---- The other process: CPU time and memory as the kernel counts them ---- */

static double cpu_seconds(void) {
  char path[64], line[1024];
  snprintf(path, sizeof path, "/proc/%ld/stat", options.pid);
  FILE *file = fopen(path, "r");
  if (file == NULL) return 0;
  size_t length = fread(line, 1, sizeof line - 1, file);
  fclose(file);
  line[length] = '\0';
  /* The name in parentheses may hold anything; the fields after it are counted from its end (proc(5): 14 and 15). */
  const char *after = strrchr(line, ')');
  unsigned long user = 0, system = 0;
  if (after == NULL || sscanf(after + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
    return 0;
  return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static long memory_samples_kb[MEMORY_SAMPLES];
static int memory_sample_count;

static void sample_memory(void) {
  char path[64];
  long pages = 0;
  snprintf(path, sizeof path, "/proc/%ld/statm", options.pid);
  FILE *file = fopen(path, "r");
  if (file == NULL) return;
  if (fscanf(file, "%*s %ld", &pages) == 1 && memory_sample_count < MEMORY_SAMPLES) {
    memory_samples_kb[memory_sample_count++] = pages * (sysconf(_SC_PAGESIZE) / 1024);
  }
  fclose(file);
}

static int compare_longs(const void *a, const void *b) {
  long left = *(const long *)a, right = *(const long *)b;
  return (left > right) - (left < right);
}

static long median_memory_kb(void) {
  if (memory_sample_count == 0) return 0;
  qsort(memory_samples_kb, (size_t)memory_sample_count, sizeof(long), compare_longs);
  return memory_samples_kb[memory_sample_count / 2];
}

/* ---- One answer ---- */

static bool is_counted(const Connection *connection) { return is_counting && connection->asked_ns >= counted_from_ns; }

static void note_error(const char *what, const Connection *connection) {
  errors++;
  if (shown_errors++ >= SHOWN_ERRORS) return;
  fprintf(stderr, "error: %s; status %d, %d frames; %.*s\n", what, connection->status, connection->frames,
          (int)(connection->text_used < 300 ? connection->text_used : 300), connection->text);
}

/* The first stamp in the line, or 0. */
static uint64_t stamp_in(const char *line, size_t length) {
  const char *end = line + length;
  for (const char *at = memchr(line, '@', length); at != NULL; at = memchr(at + 1, '@', (size_t)(end - at - 1))) {
    uint64_t stamp = 0;
    const char *digit = at + 1;
    while (digit < end && isdigit((unsigned char)*digit)) stamp = stamp * 10 + (uint64_t)(*digit++ - '0');
    if (digit > at + 1 && digit < end && *digit == '@') return stamp;
  }
  return 0;
}

static void take_line(Connection *connection, uint64_t at_ns) {
  const char *line = connection->text;
  size_t length = connection->text_used;
  connection->text_used = 0;
  if (length < 6 || memcmp(line, "data: ", 6) != 0) return; /* empty, or a comment */
  if (length >= 12 && memcmp(line + 6, "[DONE]", 6) == 0) {
    connection->is_done = true;
    return;
  }
  if (memmem(line, length, "\"error\"", 7) != NULL) {
    connection->text_used = length;
    connection->wrong = "an error event";
    return;
  }
  uint64_t stamp_ns = stamp_in(line, length);
  if (stamp_ns == 0) return; /* usage, or a frame without text */
  if (connection->frames++ == 0 && is_counted(connection)) histogram_add(&first_times, at_ns - connection->asked_ns);
  if (!is_counting) return;
  frames++;
  if (stamp_ns > at_ns) early_frames++;
  else histogram_add(&frame_times, at_ns - stamp_ns);
}

static void take_text(Connection *connection, const char *bytes, size_t length) {
  size_t room = TEXT_BYTES - connection->text_used;
  if (length > room) {
    connection->wrong = "a longer line or answer than this client reads";
    length = room;
  }
  memcpy(connection->text + connection->text_used, bytes, length);
  connection->text_used += length;
}

static void take_body(Connection *connection, const char *bytes, size_t length, uint64_t at_ns) {
  if (!options.streams || connection->status != 200) {
    take_text(connection, bytes, length);
    return;
  }
  while (length > 0) {
    const char *feed = memchr(bytes, '\n', length);
    size_t taken = feed == NULL ? length : (size_t)(feed - bytes);
    take_text(connection, bytes, taken);
    if (feed == NULL) return;
    take_line(connection, at_ns);
    bytes += taken + 1;
    length -= taken + 1;
  }
}

static const char *fault_of(const Connection *connection) {
  if (connection->status != 200) return "status";
  if (connection->wrong != NULL) return connection->wrong;
  if (options.streams) {
    if (!connection->is_done) return "a stream without [DONE]";
    if (options.chunks > 0 && connection->frames != options.chunks) return "a stream short of frames";
    return NULL;
  }
  bool is_whole = connection->text_used > 1 && connection->text[0] == '{' &&
                  connection->text[connection->text_used - 1] == '}' &&
                  memmem(connection->text, connection->text_used, "\"finish_reason\":\"stop\"", 22) != NULL;
  return is_whole ? NULL : "a plain answer that is not whole";
}

static void send_request(Connection *connection);
static void reconnect(Connection *connection);

static void end_answer(Connection *connection, uint64_t at_ns) {
  const char *fault = fault_of(connection);
  /* Errors count from the first second: a warm-up that fails is not warm. */
  if (fault != NULL) note_error(fault, connection);
  else if (is_counted(connection)) {
    answers++;
    if (!options.streams) histogram_add(&first_times, at_ns - connection->asked_ns);
  } else if (is_counting && options.streams) {
    /* A stream that was running when counting began. */
    answers++;
  }
  if (connection->closes) reconnect(connection);
  else send_request(connection);
}

/* ---- HTTP/1.1, as much as an answer needs ---- */

static const char *header(const char *head, const char *name) {
  size_t length = strlen(name);
  for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
    if (strncasecmp(line + 2, name, length) != 0 || line[2 + length] != ':') continue;
    return line + 2 + length + 1 + strspn(line + 2 + length + 1, " \t");
  }
  return NULL;
}

static void take_head(Connection *connection) {
  const char *head = connection->head;
  connection->status = strncmp(head, "HTTP/1.1 ", 9) == 0 ? atoi(head + 9) : 0;
  const char *connection_header = header(head, "connection"), *coding = header(head, "transfer-encoding");
  const char *length = header(head, "content-length");
  connection->closes = connection_header != NULL && strncasecmp(connection_header, "close", 5) == 0;
  if (coding != NULL && strncasecmp(coding, "chunked", 7) == 0) {
    connection->part = BODY_CHUNK_SIZE;
    connection->size = 0;
    connection->in_size_extension = false;
  } else if (length != NULL) {
    connection->part = BODY_COUNTED;
    connection->left = strtoull(length, NULL, 10);
  } else {
    connection->part = BODY_TO_END;
    connection->closes = true;
  }
}

/* Bytes of the head taken; the head ends with an empty line. */
static size_t read_head(Connection *connection, const char *bytes, size_t length) {
  for (size_t index = 0; index < length; index++) {
    if (connection->head_used == HEAD_BYTES - 1) {
      connection->wrong = "a longer head than this client reads";
      connection->head_used = 0;
    }
    connection->head[connection->head_used++] = bytes[index];
    if (bytes[index] != '\n' || connection->head_used < 4) continue;
    if (memcmp(connection->head + connection->head_used - 4, "\r\n\r\n", 4) != 0) continue;
    connection->head[connection->head_used - 2] = '\0';
    take_head(connection);
    return index + 1;
  }
  return length;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

static void read_chunk_size(Connection *connection, char c) {
  if (c == '\n') {
    connection->left = connection->size;
    connection->part = connection->size > 0 ? BODY_CHUNK : BODY_TRAILER;
    connection->trailer_bytes = 0;
  } else if (c == ';') {
    connection->in_size_extension = true;
  } else if (!connection->in_size_extension && c != '\r') {
    int digit = hex_digit(c);
    if (digit < 0) connection->wrong = "a chunk size that is none";
    else connection->size = connection->size * 16 + (uint64_t)digit;
  }
}

/* True when the last byte of the answer was taken. */
static bool read_body(Connection *connection, const char *bytes, size_t length, uint64_t at_ns, size_t *taken) {
  size_t at = 0;
  bool has_ended = connection->part == BODY_COUNTED && connection->left == 0;
  while (!has_ended && at < length) {
    switch (connection->part) {
      case BODY_COUNTED:
      case BODY_CHUNK: {
        size_t step = connection->left < length - at ? (size_t)connection->left : length - at;
        take_body(connection, bytes + at, step, at_ns);
        at += step;
        connection->left -= step;
        if (connection->left > 0) break;
        if (connection->part == BODY_COUNTED) has_ended = true;
        else connection->part = BODY_CHUNK_END;
        break;
      }
      case BODY_CHUNK_END:
        if (bytes[at++] != '\n') break;
        connection->part = BODY_CHUNK_SIZE;
        connection->size = 0;
        connection->in_size_extension = false;
        break;
      case BODY_CHUNK_SIZE:
        read_chunk_size(connection, bytes[at++]);
        break;
      case BODY_TRAILER:
        if (bytes[at] == '\n') {
          has_ended = connection->trailer_bytes == 0;
          connection->trailer_bytes = 0;
        } else if (bytes[at] != '\r') {
          connection->trailer_bytes++;
        }
        at++;
        break;
      case BODY_TO_END:
      case HEAD:
        take_body(connection, bytes + at, length - at, at_ns);
        at = length;
        break;
    }
  }
  *taken = at;
  return has_ended;
}

static void read_answer(Connection *connection, const char *bytes, size_t length) {
  uint64_t at_ns = now_ns();
  if (connection->part == HEAD) {
    size_t head_bytes = read_head(connection, bytes, length);
    bytes += head_bytes;
    length -= head_bytes;
    if (connection->part == HEAD) return;
  }
  size_t taken = 0;
  if (!read_body(connection, bytes, length, at_ns, &taken)) return;
  if (taken < length) connection->wrong = "bytes after the end of an answer";
  end_answer(connection, at_ns);
}

/* ---- Connections ---- */

static void write_request(Connection *connection) {
  while (connection->request_sent < request_bytes) {
    ssize_t sent =
        send(connection->fd, request + connection->request_sent, request_bytes - connection->request_sent, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno != EAGAIN && errno != EINTR) return; /* the read side will see the end */
      struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = connection};
      epoll_ctl(epoll_fd, EPOLL_CTL_MOD, connection->fd, &event);
      return;
    }
    connection->request_sent += (size_t)sent;
  }
}

static void send_request(Connection *connection) {
  connection->part = HEAD;
  connection->status = 0;
  connection->closes = false;
  connection->left = connection->size = 0;
  connection->frames = 0;
  connection->is_done = false;
  connection->wrong = NULL;
  connection->head_used = connection->text_used = 0;
  connection->request_sent = 0;
  connection->asked_ns = now_ns();
  write_request(connection);
}

static void open_connection(Connection *connection) {
  int on = 1;
  connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection->fd < 0) fail("socket");
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(connection->fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, connection->fd, &event) < 0) fail("epoll_ctl");
  send_request(connection);
}

static void reconnect(Connection *connection) {
  close(connection->fd);
  open_connection(connection);
}

static void serve_event(Connection *connection, uint32_t events) {
  static char bytes[READ_BYTES];
  if (events & EPOLLOUT) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, connection->fd, &event);
    write_request(connection);
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
  ssize_t got = recv(connection->fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (got > 0) {
    read_answer(connection, bytes, (size_t)got);
    return;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got == 0 && connection->part == BODY_TO_END) {
    end_answer(connection, now_ns());
    return;
  }
  note_error(got == 0 ? "the connection ended before the answer" : strerror(errno), connection);
  reconnect(connection);
}

/* ---- Start and end ---- */

static void read_options(int count, char **arguments) {
  for (int index = 1; index + 1 < count; index += 2) {
    const char *name = arguments[index], *value = arguments[index + 1];
    if (strcmp(name, "--port") == 0) options.port = atoi(value);
    else if (strcmp(name, "--connections") == 0) options.count = atoi(value);
    else if (strcmp(name, "--seconds") == 0) options.seconds = atof(value);
    else if (strcmp(name, "--warm-seconds") == 0) options.warm_seconds = atof(value);
    else if (strcmp(name, "--ramp-seconds") == 0) options.ramp_seconds = atof(value);
    else if (strcmp(name, "--kind") == 0) options.streams = strcmp(value, "stream") == 0;
    else if (strcmp(name, "--chunks") == 0) options.chunks = atoi(value);
    else if (strcmp(name, "--body") == 0) options.body_file = value;
    else if (strcmp(name, "--path") == 0) options.path = value;
    else if (strcmp(name, "--pid") == 0) options.pid = atol(value);
    else if (strcmp(name, "--header") == 0 && options.header_count < MAX_HEADERS) {
      options.headers[options.header_count++] = value;
    } else {
      fprintf(stderr, "unknown option %s\n", name);
      exit(2);
    }
  }
  if (options.body_file == NULL || options.count < 1 || options.count > MAX_CONNECTIONS) {
    fprintf(stderr, "usage: see the head of client.c\n");
    exit(2);
  }
  if (options.warm_seconds < 0) options.warm_seconds = options.seconds * 0.2;
  if (options.warm_seconds < options.ramp_seconds) options.warm_seconds = options.ramp_seconds;
}

static void build_request(void) {
  FILE *file = fopen(options.body_file, "rb");
  if (file == NULL) fail(options.body_file);
  if (fseek(file, 0, SEEK_END) < 0) fail("fseek");
  long body_bytes = ftell(file);
  rewind(file);
  if (body_bytes < 0) fail("ftell");
  size_t head_room = 1024 + strlen(options.path);
  for (int index = 0; index < options.header_count; index++) head_room += strlen(options.headers[index]) + 2;
  request = malloc(head_room + (size_t)body_bytes);
  if (request == NULL) fail("memory");
  int used = snprintf(request, head_room, "POST %s HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n",
                      options.path);
  for (int index = 0; index < options.header_count; index++) {
    used += snprintf(request + used, head_room - (size_t)used, "%s\r\n", options.headers[index]);
  }
  used += snprintf(request + used, head_room - (size_t)used, "content-length: %ld\r\n\r\n", body_bytes);
  if (fread(request + used, 1, (size_t)body_bytes, file) != (size_t)body_bytes) fail("fread");
  fclose(file);
  request_bytes = (size_t)used + (size_t)body_bytes;
}

static void print_times(const char *name, const Histogram *histogram) {
  printf(",\"%s\":{\"count\":%" PRIu64 ",\"p50\":%.0f,\"p90\":%.0f,\"p99\":%.0f,\"p999\":%.0f}", name,
         histogram->total, histogram_us(histogram, 0.5), histogram_us(histogram, 0.9), histogram_us(histogram, 0.99),
         histogram_us(histogram, 0.999));
}

static void print_result(double counted_seconds, double cpu) {
  printf("{\"connections\":%d,\"seconds\":%.3f,\"answers\":%" PRIu64 ",\"answers_s\":%.1f,\"errors\":%" PRIu64
         ",\"chunks\":%" PRIu64 ",\"chunks_s\":%.1f,\"early_chunks\":%" PRIu64,
         options.count, counted_seconds, answers, (double)answers / counted_seconds, errors, frames,
         (double)frames / counted_seconds, early_frames);
  print_times("chunk_us", &frame_times);
  print_times("first_us", &first_times);
  if (options.pid > 0) {
    printf(",\"cpu_seconds\":%.3f,\"cpu_share\":%.4f,\"rss_kb\":%ld", cpu, cpu / counted_seconds, median_memory_kb());
  }
  printf("}\n");
}

int main(int count, char **arguments) {
  signal(SIGPIPE, SIG_IGN);
  read_options(count, arguments);
  build_request();
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) fail("epoll");
  Connection *connections = calloc((size_t)options.count, sizeof *connections);
  if (connections == NULL) fail("memory");
  uint64_t started_ns = now_ns(), ramp_ns = (uint64_t)(options.ramp_seconds * 1e9);
  uint64_t ends_ns = started_ns + (uint64_t)(options.seconds * 1e9), sample_ns = 0;
  counted_from_ns = started_ns + (uint64_t)(options.warm_seconds * 1e9);
  double cpu_before = 0;
  int opened = 0;
  struct epoll_event events[EVENTS];
  for (uint64_t now = started_ns; now < ends_ns; now = now_ns()) {
    while (opened < options.count && now >= started_ns + ramp_ns * (uint64_t)opened / (uint64_t)options.count) {
      open_connection(&connections[opened++]);
    }
    if (!is_counting && now >= counted_from_ns) {
      is_counting = true;
      counted_from_ns = now;
      if (options.pid > 0) cpu_before = cpu_seconds();
    }
    if (is_counting && options.pid > 0 && now >= sample_ns) {
      sample_memory();
      sample_ns = now + MEMORY_EVERY_NS;
    }
    int ready = epoll_wait(epoll_fd, events, EVENTS, opened < options.count ? 1 : 20);
    for (int index = 0; index < ready; index++) serve_event(events[index].data.ptr, events[index].events);
  }
  double counted_seconds = (double)(now_ns() - counted_from_ns) / 1e9;
  double cpu = options.pid > 0 ? cpu_seconds() - cpu_before : 0;
  print_result(counted_seconds, cpu);
  free(connections);
  free(request);
  return 0;
}
