// A TypeScript repository as a company has it: many modules that import each other, a few of them engines.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { camel, namer, pascal, seeded } from './seeded.mjs';

const project = fileURLToPath(new URL('..', import.meta.url));
const modulesPerFolder = 50;

/**
 * Writes `files` modules of about 4 kB below `root`, `engines` of them engines on the old contract.
 * With `nodeTypes`, the repository also has @types/node installed, and its compiler options name it.
 */
export function writeTypescriptRepository(root, { files, engines, nodeTypes, seed = 1 }) {
  const pick = seeded(seed);
  const names = namer(pick);
  const write = (file, text) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  write('package.json', '{ "name": "repository", "private": true, "type": "module" }\n');
  write('.gitignore', 'node_modules\n');
  const types = nodeTypes ? ['node'] : [];
  const compilerOptions = { target: 'es2023', module: 'nodenext', strict: true, noEmit: true, types };
  write('tsconfig.json', `${JSON.stringify({ compilerOptions, include: ['src'] }, undefined, 2)}\n`);
  // What an install of this package puts there, as far as an engine imports it.
  const installed = join(root, 'node_modules', 'kv-engine-migrate');
  cpSync(join(project, 'dist', 'reference'), join(installed, 'dist', 'reference'), { recursive: true });
  cpSync(join(project, 'package.json'), join(installed, 'package.json'));
  for (const name of nodeTypes ? ['@types/node', 'undici-types'] : [])
    cpSync(join(project, 'node_modules', name), join(root, 'node_modules', name), { recursive: true });

  const modules = Array.from({ length: files - engines }, (_, index) => {
    const item = names.noun();
    const name = `${names.verb()}-${item}-${index}`;
    return {
      file: `src/${folderOf(index)}/${name}.ts`,
      folder: folderOf(index),
      name,
      type: pascal(item, String(index)),
    };
  });
  for (const [index, module] of modules.entries()) {
    // Two neighbours and a module of an earlier folder: what imports look like where folders are layers.
    const near = index - (index % modulesPerFolder);
    const imported = [];
    if (index > near) imported.push(modules[near + pick(index - near)], modules[near + pick(index - near)]);
    if (near > 0) imported.push(modules[pick(near)]);
    write(module.file, moduleText(module, [...new Set(imported)], names, pick));
  }
  for (let index = 0; index < engines; index++) {
    const imported = [modules[pick(modules.length)], modules[pick(modules.length)]];
    write(`src/engines/engine-${index}.ts`, engineText(index, imported, names, pick));
  }
}

const folderOf = (index) => `area-${Math.floor(index / modulesPerFolder)}`;

const importLine = ({ folder, name, type }, from) =>
  `import { type ${type}, ${camel('make', type)} } from '${folder === from ? './' : `../${folder}/`}${name}.js';\n`;

function moduleText({ folder, type }, imported, { noun, verb }, pick) {
  const fields = [...new Set(Array.from({ length: 5 }, () => camel(noun(), noun())))];
  const methods = Array.from({ length: 5 + pick(3) }, (_, index) => {
    const field = fields[pick(fields.length)];
    return `
  /** Has to ${verb()} the ${noun()} before the next ${noun()}; answers how many are left. */
  ${camel(verb(), noun(), String(index))}(limit: number): number {
    if (this.#state.${field} > limit) {
      this.#log.push(\`${verb()} ${noun()} \${this.#state.${field}}\`);
      this.#state = { ...this.#state, ${field}: limit };
    }
    let total = 0;
    for (const entry of this.#log) {
      total += entry.length % ${2 + pick(30)};
    }
    return Math.max(0, limit - total);
  }
`;
  });
  const others = imported.map((other) => `  readonly ${camel('of', other.type)}?: ${other.type};\n`).join('');
  return `// Keeps the ${noun()} of each ${noun()}.
${imported.map((other) => importLine(other, folder)).join('')}
/** What a ${noun()} starts with. */
export interface ${type} {
${fields.map((field) => `  /** In ${noun()}s. */\n  readonly ${field}: number;\n`).join('')}${others}}

/** A ${type} with every figure at its least. */
export function ${camel('make', type)}(scale = ${1 + pick(9)}): ${type} {
  return { ${fields.map((field) => `${field}: scale * ${pick(100)}`).join(', ')}${imported.map((other) => `, ${camel('of', other.type)}: ${camel('make', other.type)}(scale)`).join('')} };
}

/** Changes one ${noun()} at a time. */
export class ${type}${pascal(noun())} {
  #state: ${type};
  readonly #log: string[] = [];

  constructor(state: ${type}) {
    this.#state = state;
  }
${methods.join('')}}
`;
}

function engineText(index, imported, { noun, verb }, pick) {
  const name = `Engine${index}`;
  return `// An engine on the old contract: forwards what the other side answers to its ${noun()}.
import {
  type Cookie,
  type DcpInterface,
  EngineErrorCode,
  type EngineHandle,
  type ProtocolBinaryResponseHeader,
} from 'kv-engine-migrate/engine/v1';
${[...new Set(imported)].map((other) => importLine(other, 'engines')).join('')}
const { ENGINE_DISCONNECT, ENGINE_SUCCESS } = EngineErrorCode;

/** The DCP slots of ${name}. */
export class ${name} implements DcpInterface {
  readonly #seen = new Map<number, number>();
  readonly #${verb()}: ${imported[0].type} = ${camel('make', imported[0].type)}();

  noop(_handle: EngineHandle, _cookie: Cookie, opaque: number): EngineErrorCode {
    this.#seen.set(opaque, ${pick(100)});
    return ENGINE_SUCCESS;
  }

  bufferAcknowledgement(
    _handle: EngineHandle,
    _cookie: Cookie,
    opaque: number,
    _vbucket: number,
    bufferBytes: number,
  ): EngineErrorCode {
    return (this.#seen.get(opaque) ?? 0) > bufferBytes ? ENGINE_DISCONNECT : ENGINE_SUCCESS;
  }

  responseHandler(_handle: EngineHandle, _cookie: Cookie, response: ProtocolBinaryResponseHeader): EngineErrorCode {
    return this.#settle(response) ? ENGINE_SUCCESS : ENGINE_DISCONNECT;
  }

  #settle(response: ProtocolBinaryResponseHeader): boolean {
    const { opaque, status } = response.response;
    const before = this.#seen.get(opaque);
    this.#seen.set(opaque, status);
    return before === undefined || before === ${name}.#weigh(response);
  }

  static #weigh(header: ProtocolBinaryResponseHeader): number {
    return header.response.opcode + header.response.extlen;
  }
}
`;
}
