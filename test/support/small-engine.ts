// The smallest C engine that drifts: a contract with one slot, and a function with a mutable header in it.

/** The contract. */
export const contract = `typedef struct header { int status; } header;
struct interface {
  int (*response_handler)(void* handle, const header* response);
};
`;

/** The contract before the header became read-only. */
export const oldContract: string = contract.replace('const header*', 'header*');

/** An engine on the old contract. */
export const engine = `#include "contract.h"

static int handle_response(void* handle, header* response) {
  return response->status;
}

void create_instance(struct interface* instance) {
  instance->response_handler = handle_response;
}
`;

/** The same engine, migrated. */
export const migratedEngine: string = engine.replace('handle, header*', 'handle, const header*');
