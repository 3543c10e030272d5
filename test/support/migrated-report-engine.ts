// fixtures/engines/report-engine as a careful person would migrate it: what the old path pointed to is copied, values are
// chained with the references that keep them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, type Edit, edited } from './built-engines.ts';

const SOURCES = join(import.meta.dirname, '../../fixtures/engines/report-engine/src');

/** The file that speaks to connections, migrated. */
const sender = `
import {
  type Cookie,
  EngineErrorCode,
  type EngineErrorCode as Code,
  type Item,
  type ProtocolBinaryRequestHeader,
  type ServerApi,
} from 'kv-engine-migrate/engine';
import type { Document } from './document.ts';
import { bytesIn, latin1, lineFor, packetHead, type Report, trailerFor } from './report.ts';

const { ENGINE_SUCCESS } = EngineErrorCode;

const END_OF_VALUE = latin1('\\r\\n');

export class ReportSender {
  readonly #server: ServerApi;
  readonly #giveBack: (item: Item) => void;

  constructor(server: ServerApi, giveBack: (item: Item) => void) {
    this.#server = server;
    this.#giveBack = giveBack;
  }

  sendReport(cookie: Cookie, request: ProtocolBinaryRequestHeader, { documents }: Report): Code {
    const connection = this.#server.cookie.getConnection(cookie);
    const lines = documents.map(lineFor);
    const trailer = trailerFor(documents);
    const framing = lines.reduce((sum, line) => sum + line.length + END_OF_VALUE.length, trailer.length);
    const head = packetHead(request, [documents.length], framing + bytesIn(documents));

    connection.copyToOutputStream(head);
    for (const [at, document] of documents.entries()) {
      connection.copyToOutputStream(lines[at] ?? END_OF_VALUE);
      if (document.value.length > 0) {
        connection.chainDataToOutputStream(document.value, () => this.#giveBack(document));
      } else {
        this.#giveBack(document);
      }
      connection.copyToOutputStream(END_OF_VALUE);
    }
    connection.copyToOutputStream(trailer);
    return ENGINE_SUCCESS;
  }

  sendSummary(cookie: Cookie, request: ProtocolBinaryRequestHeader, documents: readonly Document[]): Code {
    const connection = this.#server.cookie.getConnection(cookie);
    const head = packetHead(request, [documents.length, bytesIn(documents)], 0);
    for (const document of documents) this.#giveBack(document);
    connection.copyToOutputStream(head);
    return ENGINE_SUCCESS;
  }
}
`;

/** How to build it; `edits` are made to the migrated text, by file. */
export function migratedReportEngine(edits: Readonly<Record<string, readonly Edit[]>> = {}): BuildOptions {
  const files: Record<string, string> = {};
  for (const name of readdirSync(SOURCES)) {
    const text = name === 'report-sender.ts' ? sender : readFileSync(join(SOURCES, name), 'utf8');
    const migrated = text.replaceAll("'kv-engine-migrate/engine/v1'", "'kv-engine-migrate/engine'");
    files[`report-engine/src/${name}`] = edited(migrated, edits[name] ?? []);
  }
  return { files };
}
