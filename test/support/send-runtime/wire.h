/* Runs one case over a socketpair with a slow reader, and prints what came out at the other end. */
#ifndef SEND_RUNTIME_WIRE_H
#define SEND_RUNTIME_WIRE_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { WIRE_STREAM, WIRE_DATAGRAM } wire_kind;

/*
 * `serve` gets a non-blocking descriptor and closes it. One line is printed: the name, how many items were not released,
 * how many descriptors were passed, and the bytes in hexadecimal (with a `|` after each datagram).
 */
void wire_run(const char* name, wire_kind kind, void (*serve)(int fd));

/* Waits until a descriptor takes more bytes. */
void wire_wait_writable(int fd);

#ifdef __cplusplus
}
#endif

#endif
