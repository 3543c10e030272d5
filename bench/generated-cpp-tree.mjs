// A C++ tree that has nothing to do with engines: as many files and bytes as asked for, the same in every run.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { camel, namer, pascal, seeded } from './seeded.mjs';

/** Writes `files` files of `megabytes` in all below `root`. */
export function writeCppTree(root, { files, megabytes, seed = 1 }) {
  const pick = seeded(seed);
  const { noun, verb } = namer(pick);
  const bytesPerFile = (megabytes * 1e6) / files;
  for (let index = 0; index < files; index++) {
    const isHeader = index % 2 === 0;
    const own = pascal(noun(), noun(), String(index));
    const path = join(root, noun(), isHeader ? `${own}.h` : `${own}.cc`);
    const size = bytesPerFile * (0.5 + pick(1000) / 1000);
    const parts = [
      `// ${own}: keeps the ${noun()} of every ${noun()}.\n`,
      isHeader ? '#pragma once\n' : `#include "${noun()}/${own}.h"\n`,
      '#include <cstdint>\n#include <memory>\n#include <string>\n#include <vector>\n\n',
    ];
    for (let length = 0; length < size; ) {
      const part = isHeader ? classText(noun, verb, pick) : functionText(own, noun, verb, pick);
      parts.push(part);
      length += part.length;
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, parts.join(''));
  }
}

function classText(noun, verb, pick) {
  const name = pascal(noun(), noun(), String(pick(1e6)));
  const methods = Array.from({ length: 4 + pick(6) }, () => {
    const item = noun();
    return `    /**\n     * Has to be called with the ${noun()} locked.\n     *\n     * @param ${item} the ${item} to ${verb()}\n     */\n    bool ${camel(verb(), item)}(const ${pascal(noun())}* ${item}, uint32_t ${noun()}Count);\n`;
  });
  return `class ${name} {\npublic:\n    explicit ${name}(size_t capacity);\n\n${methods.join('\n')}\nprivate:\n    std::vector<std::string> ${noun()}s;\n    std::unique_ptr<${pascal(noun())}> ${noun()};\n};\n\n`;
}

function functionText(own, noun, verb, pick) {
  const [item, other] = [noun(), camel(noun(), noun())];
  const lines = Array.from({ length: 3 + pick(9) }, () => {
    const [name, method] = [noun(), camel(verb(), noun())];
    return [
      `    if (${name}->${method}(${item}, ${pick(64)}) == nullptr) {\n        return false;\n    }\n`,
      `    for (auto& ${name} : ${other}) {\n        total += ${name}.${method}();\n    }\n`,
      `    auto* ${name} = reinterpret_cast<${pascal(noun())}*>(buffer.data() + ${pick(256)});\n    ${name}->${noun()} = htonl(total);\n`,
      `    LOG(Level::Debug, "${verb()} the ${name} of %u", total);\n`,
    ][pick(4)];
  });
  return `bool ${own}::${camel(verb(), item)}(${pascal(noun())}* ${item}, std::vector<${pascal(noun())}>& ${other}) {\n    uint32_t total = ${pick(1000)};\n${lines.join('')}    return total != 0;\n}\n\n`;
}
