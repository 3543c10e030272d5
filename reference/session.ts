// What a connection agreed on with its client: features, login, bucket, replication. Holds no socket.
import type { Bucket } from './bucket.ts';
import type { Profile } from './profile.ts';

/** What a connection is to DCP, once `dcp.open` succeeded. */
export type DcpRole = 'none' | 'producer' | 'consumer' | 'notifier';

/** State of one connection that outlives a command. Handlers change it. */
export class Session {
  readonly profile: Profile;
  /** Datatype bits that HELLO granted. */
  datatypes = 0;
  /** See {@link Profile.ignoresDatatype}. */
  readonly ignoresDatatype: boolean;
  /** Not offered yet; the validators ask. */
  readonly collections = false;
  xattr = false;
  mutationExtras = false;
  xerror = false;
  /** The client's name for itself, from HELLO. */
  agent = '';
  /** Who logged in; undefined before, and where the server knows no users. */
  user: string | undefined;
  bucket: Bucket;
  dcp: DcpRole = 'none';
  /** The name that `dcp.open` gave. */
  dcpName = '';
  /** A text that goes out with the next error. */
  errorContext = '';
  /** What the engine keeps with this connection. */
  engineSpecific: unknown;

  constructor(profile: Profile, bucket: Bucket) {
    this.profile = profile;
    this.ignoresDatatype = profile.ignoresDatatype;
    this.bucket = bucket;
  }
}
