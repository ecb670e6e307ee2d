/* hiredis's async connection on a loop of its own around poll(2): there is one socket, so there is no need of more. */
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdlib.h>

struct loop {
    redisAsyncContext *context;
    short events;
};

static void add_read(void *data) { ((struct loop *)data)->events |= POLLIN; }
static void del_read(void *data) { ((struct loop *)data)->events &= (short)~POLLIN; }
static void add_write(void *data) { ((struct loop *)data)->events |= POLLOUT; }
static void del_write(void *data) { ((struct loop *)data)->events &= (short)~POLLOUT; }

struct loop *loop_open(const char *host, int port) {
    redisAsyncContext *context = redisAsyncConnect(host, port);
    struct loop *loop;
    if (context == NULL || context->err != 0) {
        return NULL;
    }
    loop = calloc(1, sizeof *loop);
    if (loop == NULL) {
        return NULL;
    }
    loop->context = context;
    context->ev.data = loop;
    context->ev.addRead = add_read;
    context->ev.delRead = del_read;
    context->ev.addWrite = add_write;
    context->ev.delWrite = del_write;
    /* it is connected when it can be written to */
    add_write(loop);
    return loop;
}

int loop_send(struct loop *loop, redisCallbackFn *answered, void *data, int count, const char **words,
              const size_t *lengths) {
    return redisAsyncCommandArgv(loop->context, answered, data, count, words, lengths);
}

/* Waits for the socket, and does what it is ready for. */
int loop_turn(struct loop *loop) {
    struct pollfd socket = {loop->context->c.fd, loop->events, 0};
    if (poll(&socket, 1, 5000) <= 0) {
        return -1;
    }
    if (socket.revents & (POLLIN | POLLERR | POLLHUP)) {
        redisAsyncHandleRead(loop->context);
    }
    if (socket.revents & POLLOUT) {
        redisAsyncHandleWrite(loop->context);
    }
    return 0;
}
