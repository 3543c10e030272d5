// The front door of `verify`: compares an engine before and after its migration.
export { formatVerifyReport } from './format-report.ts';
export type { Difference, DifferentRun, VerifyCounts, VerifyReport } from './report.ts';
export { readTrace, type TraceEvent, traceRecorder } from './trace.ts';
export { type VerifyOptions, verify } from './verify.ts';
export { VerifyError, type VerifyErrorCode } from './verify-error.ts';
