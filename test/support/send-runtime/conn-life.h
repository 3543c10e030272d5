/* A connection's beginning and end, for the driver of the C cases. Both sides of the migration have them. */
#ifndef SEND_RUNTIME_CONN_LIFE_H
#define SEND_RUNTIME_CONN_LIFE_H

#include <conn.h>

conn *conn_open(int fd);
/* Closes the descriptor and frees everything; what is queued is not sent any more. */
void conn_close(conn *c);

#endif
