// What a bucket of a few documents has to look like after any sequence of commands: a model that computes no cas itself.
import { DocumentState, EngineErrorCode } from '../../engine/contract.ts';
import { bytesOf, expectMissing, mustSee } from '../documents.ts';
import { ConformanceFailure, codeName, demandEqual, show } from '../failure.ts';
import type { Harness } from '../harness.ts';

const { ENGINE_KEY_EEXISTS, ENGINE_LOCKED, ENGINE_LOCKED_TMPFAIL, ENGINE_TMPFAIL } = EngineErrorCode;

/** A document that is alive, unless it expired. */
export interface ModelDocument {
  readonly value: string;
  readonly flags: number;
  /** In seconds of the model's clock; 0 is never. */
  expiresAt: number;
  /** Undefined where a command changed it and did not tell. */
  cas: bigint | undefined;
  /** In seconds of the model's clock. */
  lockedUntil: number;
  /** The cas that unlocks; undefined where nobody holds the lock. */
  lockCas: bigint | undefined;
}

/** Which slots the engine supports: ENGINE_ENOTSUP takes them out of the sequences. */
export interface Abilities {
  readonly locks: boolean;
  readonly touches: boolean;
}

/** Codes that may refuse a change to a document that somebody else has locked. */
export const LOCKED_CODES: readonly EngineErrorCode[] = [
  ENGINE_LOCKED,
  ENGINE_LOCKED_TMPFAIL,
  ENGINE_KEY_EEXISTS,
  ENGINE_TMPFAIL,
];

/** The documents and the time. */
export class DocumentsModel {
  readonly documents: Map<string, ModelDocument> = new Map();
  /** In seconds; a multiple of 10. Expiries and locks end at odd multiples of 5, so that no end is ever hit exactly. */
  now = 0;
  /** Stores so far. */
  versions = 0;

  /** The document, unless it is gone. */
  find(key: string): ModelDocument | undefined {
    const document = this.documents.get(key);
    if (document === undefined || document.expiresAt === 0 || document.expiresAt > this.now) return document;
    this.documents.delete(key);
    return undefined;
  }

  isLocked(document: ModelDocument | undefined): boolean {
    return document !== undefined && document.lockCas !== undefined && document.lockedUntil > this.now;
  }

  /** A version is there now, with the cas that `store` answered. */
  stored(key: string, value: string, flags: number, exptime: number, cas: bigint): void {
    const expiresAt = exptime === 0 ? 0 : this.now + exptime;
    this.documents.set(key, { value, flags, expiresAt, cas, lockedUntil: 0, lockCas: undefined });
  }

  /** Looks at a document whose cas no command told, before one compares with it. */
  async learn(key: string, harness: Harness): Promise<void> {
    const document = this.find(key);
    if (document?.cas === undefined && !this.isLocked(document)) await this.expect(key, harness);
  }

  /** @throws ConformanceFailure where the engine shows something else. */
  async expect(key: string, harness: Harness): Promise<void> {
    const document = this.find(key);
    if (document === undefined) return expectMissing(harness, key, 'which is not there');
    const seen = await mustSee(harness, key);
    demandEqual(`the value of ${show(key)}`, seen.value, bytesOf(document.value));
    demandEqual(`the flags of ${show(key)}`, seen.flags, document.flags);
    demandEqual(`the documentState of ${show(key)}`, seen.documentState, DocumentState.Alive);
    const epoch = harness.core.epoch - this.now;
    const exptime = document.expiresAt === 0 ? 0 : epoch + document.expiresAt;
    demandEqual(`the exptime of ${show(key)}`, seen.exptime, exptime);
    // An engine may hide the cas of a document that is locked.
    if (this.isLocked(document)) return;
    if (document.lockCas === undefined && document.cas !== undefined) {
      demandEqual(`the cas of ${show(key)}`, seen.cas, document.cas);
    }
    document.lockCas = undefined;
    document.cas = seen.cas;
  }
}

/** @throws ConformanceFailure unless a change to a locked document was refused. */
export function demandLocked(
  what: string,
  code: EngineErrorCode,
  ...others: readonly EngineErrorCode[]
): void {
  if (LOCKED_CODES.includes(code) || others.includes(code)) return;
  throw new ConformanceFailure(`${what} of a document that is locked answered ${codeName(code)}.`);
}
