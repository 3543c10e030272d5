// The failures of the document slots, made once: a miss on the request path allocates nothing.
import { EngineErrorCode, type EngineFailed } from '../../engine/contract.ts';

/** Results without a result. */
export const failed: {
  readonly noKey: EngineFailed;
  readonly keyExists: EngineFailed;
  readonly notStored: EngineFailed;
  readonly locked: EngineFailed;
  readonly lockedTemporarily: EngineFailed;
  readonly notMyVbucket: EngineFailed;
  readonly tooBig: EngineFailed;
  readonly noMemory: EngineFailed;
  readonly predicate: EngineFailed;
} = {
  noKey: { status: EngineErrorCode.ENGINE_KEY_ENOENT },
  keyExists: { status: EngineErrorCode.ENGINE_KEY_EEXISTS },
  notStored: { status: EngineErrorCode.ENGINE_NOT_STORED },
  locked: { status: EngineErrorCode.ENGINE_LOCKED },
  lockedTemporarily: { status: EngineErrorCode.ENGINE_LOCKED_TMPFAIL },
  notMyVbucket: { status: EngineErrorCode.ENGINE_NOT_MY_VBUCKET },
  tooBig: { status: EngineErrorCode.ENGINE_E2BIG },
  noMemory: { status: EngineErrorCode.ENGINE_ENOMEM },
  predicate: { status: EngineErrorCode.ENGINE_PREDICATE_FAILED },
};
