// The first byte of a packet. Says who speaks and whether it is a request; nothing else.

/** The four magics of 2017 (include/mcbp/protocol/magic.h): the client's conversation and the server's own. */
export const Magic = {
  ClientRequest: 0x80,
  ClientResponse: 0x81,
  ServerRequest: 0x82,
  ServerResponse: 0x83,
} as const;

/** One of {@link Magic}. */
export type Magic = (typeof Magic)[keyof typeof Magic];

/** Whether a packet with this magic is a request, so that bytes 6 and 7 are a vbucket and not a status. */
export const isRequestMagic = (magic: number): boolean =>
  magic === Magic.ClientRequest || magic === Magic.ServerRequest;
