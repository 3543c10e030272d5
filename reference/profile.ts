// Where the servers that speak this protocol differ, and which one is played.

/** The differences between memcached and couchbase's kv_engine that a client can see. */
export interface Profile {
  readonly name: 'memcached' | 'couchbase';
  /** A request that a validator refuses is answered, and then the connection is closed (kv_engine did so until 2018). */
  readonly closesAfterInvalid: boolean;
  /** Datatype and vbucket of a request are not looked at, and every document is raw bytes. */
  readonly ignoresDatatype: boolean;
  /** Errors carry a short text. kv_engine sends a JSON text, and only where there is something to say. */
  readonly errorTexts: boolean;
  /** Answers a command that needs a login which has not happened. */
  readonly unauthenticatedStatus: number;
}

/** The profiles by name. */
export const profiles: Readonly<Record<Profile['name'], Profile>> = {
  memcached: {
    name: 'memcached',
    closesAfterInvalid: true,
    ignoresDatatype: true,
    errorTexts: true,
    unauthenticatedStatus: 0x20,
  },
  couchbase: {
    name: 'couchbase',
    closesAfterInvalid: false,
    ignoresDatatype: false,
    errorTexts: false,
    unauthenticatedStatus: 0x24,
  },
};
