// The ways in which responses can leave, and the profiles, as options of a server: for tests that hold for all of them.
import type { Profile } from '../../reference/profile.ts';
import type { ServerOptions } from '../../reference/server-options.ts';

/** By what they do. */
export const sendWays: Readonly<Record<string, ServerOptions>> = {
  'copied into the send buffer': { send: 'copy' },
  'chained to the send buffer': { send: 'ref' },
  'sent by msghdr and iovec': { contract: 'v1' },
};

/** Both profiles. */
export const profileNames: readonly Profile['name'][] = ['memcached', 'couchbase'];

/** Every way in every profile, with a name for the test. */
export const waysAndProfiles: readonly (readonly [name: string, options: ServerOptions])[] = Object.entries(
  sendWays,
).flatMap(([way, options]) =>
  profileNames.map((profile) => [`${way}, as ${profile}`, { ...options, profile }] as const),
);
