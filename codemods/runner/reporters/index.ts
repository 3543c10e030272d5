// The forms of report. To add one: a file beside this one and a line here.
import { gcc } from './gcc.ts';
import { json } from './json.ts';
import { pretty } from './pretty.ts';
import type { Reporter } from './report.ts';

export { type Paint, type Report, type Reporter, reportOf } from './report.ts';

/** Every reporter, sorted by id. */
export const reporters: readonly Reporter[] = [gcc, json, pretty];
