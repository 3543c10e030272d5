// Where the servers that speak this protocol differ, and which one is played.

/** The differences between memcached and couchbase's kv_engine that a client can see. */
export interface Profile {
  readonly name: 'memcached' | 'couchbase';
  /** A request that a validator refuses is answered, and then the connection is closed (kv_engine did so until 2018). */
  readonly closesAfterInvalid: boolean;
  /** The datatype of a request is not looked at, and every document is raw bytes. */
  readonly ignoresDatatype: boolean;
  /** Errors carry a short text. kv_engine sends a JSON text, and only where there is something to say. */
  readonly errorTexts: boolean;
  /** Answers a command that needs a login which has not happened. */
  readonly unauthenticatedStatus: number;
  /** And then the connection is closed. */
  readonly closesUnauthenticated: boolean;
  /** Logins are possible where the server knows no users: every one succeeds. Else SASL is an unknown command. */
  readonly saslWithoutUsers: boolean;
  /** Answers a login whose message cannot be read (kv_engine: CBSASL_BADPARAM). */
  readonly malformedLoginStatus: number;
  /** TOUCH answers with the document's flags, as GAT does. */
  readonly touchSendsFlags: boolean;
  /** DELETE answers with the cas of the tombstone. */
  readonly deleteSendsCas: boolean;
  /** A SET that is too large takes the value before it away, so that nobody takes the old one for the new. */
  readonly dropsValueBeforeTooLarge: boolean;
  /** INCR and DECR never make a value shorter: spaces follow the digits. */
  readonly padsCounters: boolean;
}

/** The profiles by name. */
export const profiles: Readonly<Record<Profile['name'], Profile>> = {
  memcached: {
    name: 'memcached',
    closesAfterInvalid: true,
    ignoresDatatype: true,
    errorTexts: true,
    unauthenticatedStatus: 0x20,
    closesUnauthenticated: true,
    saslWithoutUsers: false,
    malformedLoginStatus: 0x20,
    touchSendsFlags: true,
    deleteSendsCas: false,
    dropsValueBeforeTooLarge: true,
    padsCounters: true,
  },
  couchbase: {
    name: 'couchbase',
    closesAfterInvalid: false,
    ignoresDatatype: false,
    errorTexts: false,
    unauthenticatedStatus: 0x24,
    closesUnauthenticated: false,
    saslWithoutUsers: true,
    malformedLoginStatus: 0x04,
    touchSendsFlags: false,
    deleteSendsCas: true,
    dropsValueBeforeTooLarge: false,
    padsCounters: false,
  },
};
