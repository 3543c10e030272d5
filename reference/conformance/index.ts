// The suite that every engine has to pass, published as `kv-engine-migrate/conformance`.
export type { ConformanceGroup, ConformanceOutcome } from './conformance-test.ts';
export { type ConformanceOptions, type ConformanceTest, conformanceTests } from './conformance-tests.ts';
export { defineConformance, type RunningTest, type TestRunner } from './define-conformance.ts';
export { ConformanceFailure } from './failure.ts';
export type { Contract } from './mock-core/mock-core.ts';
export { type ConformanceReport, type ConformanceResult, runConformance } from './run-conformance.ts';
