import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const checkout = new URL('../../', import.meta.url).pathname;
const biome = join(checkout, 'node_modules/@biomejs/biome/bin/biome');

/** The floors of docs/road.md, the highest first. */
const floors = [
  ['cli', 'studio'],
  ['verify', 'profile'],
  ['targets'],
  ['importers', 'lowering', 'engine'],
  ['operators'],
  ['network', 'program'],
  ['hardware'],
  ['formats'],
  ['numeric'],
];
const pairs = (rooms: readonly string[], others: readonly string[]): [string, string][] =>
  rooms.flatMap((room) => others.map((other): [string, string] => [room, other]));

const upward = floors.flatMap((rooms, floor) => pairs(rooms, floors.slice(0, floor).flat()));
const sideways = floors.flatMap((rooms) => pairs(rooms, rooms)).filter(([from, to]) => from !== to);
const downward = floors.flatMap((rooms, floor) => pairs(rooms, floors.slice(floor + 1).flat()));
const simulatorMay = ['hardware', 'formats', 'numeric'];
const simulatorMayNot = floors.flat().filter((room) => !simulatorMay.includes(room));
const simulatorUsers = ['verify', 'profile', 'cli', 'studio'];

const forms = {
  value: (specifier: string) => `export { one } from '${specifier}';\n`,
  type: (specifier: string) => `export type { One } from '${specifier}';\n`,
  dynamic: (specifier: string) => `export const later = () => import('${specifier}');\n`,
};

const forbidden: [string, string][] = [
  ...upward,
  ...sideways,
  ...pairs(['simulator'], simulatorMayNot),
  ...pairs(
    floors.flat().filter((room) => !simulatorUsers.includes(room)),
    ['simulator'],
  ),
];
const allowed: [string, string][] = [...downward, ...pairs(['simulator'], simulatorMay), ...pairs(simulatorUsers, ['simulator'])];

/** A tree with the project's own lint rules; every room has an `x.ts`, which imports nothing. */
function plant(files: Readonly<Record<string, string>>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'bitwright-floors-')));
  const rooms = Object.fromEntries(
    [...floors.flat(), 'simulator'].map((room) => [`src/${room}/x.ts`, 'export const one = 1;\nexport type One = 1;\n']),
  );
  for (const [path, text] of Object.entries({ ...rooms, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const { $schema, ...config } = JSON.parse(readFileSync(join(checkout, 'biome.json'), 'utf8'));
  expect($schema).toBeDefined();
  writeFileSync(join(root, 'biome.json'), JSON.stringify(config));
  return root;
}

/** The rules that each file breaks, as `path rule`. */
function lint(root: string): Set<string> {
  let output: string;
  try {
    output = execFileSync(process.execPath, [biome, 'lint', '--reporter=github', '--max-diagnostics=none', '.'], {
      cwd: root,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  } catch (error) {
    output = (error as { stdout: string }).stdout;
  }
  const found = output.matchAll(/^::(?:error|warning) title=lint\/\w+\/(\w+),file=([^,]+),/gm);
  return new Set([...found].map(([, rule, path]) => `${relative(root, path!)} ${rule}`));
}

describe('the floors of imports', () => {
  let root: string;
  let found: Set<string>;
  const name = (kind: string, form: string, [from, to]: [string, string]): string => `src/${from}/deeper/${kind}-${form}-${to}.ts`;
  const plantings = (kind: string, list: [string, string][]): [string, string][] =>
    Object.entries(forms).flatMap(([form, text]) =>
      list.map((pair): [string, string] => [name(kind, form, pair), text(`../../${pair[1]}/x.ts`)]),
    );

  beforeAll(() => {
    root = plant({
      ...Object.fromEntries([...plantings('bad', forbidden), ...plantings('good', allowed)]),
      'src/errors.ts': forms.type('./numeric/x.ts'),
      'src/engine/circle-a.ts': "import type { B } from './circle-b.ts';\nexport interface A {\n  b: B;\n}\n",
      'src/engine/circle-b.ts': "import type { A } from './circle-a.ts';\nexport interface B {\n  a: A;\n}\n",
      'src/engine/ring-a.ts': "import { b } from './ring-b.ts';\nexport const a = () => b;\n",
      'src/engine/ring-b.ts': "import { a } from './ring-a.ts';\nexport const b = () => a;\n",
    });
    found = lint(root);
  });
  afterAll(() => rmSync(root, { recursive: true }));

  test('cover every room of the source', () => {
    expect(upward.length).toBeGreaterThan(80);
    expect(sideways).toHaveLength(2 + 2 + 6 + 2);
  });

  test.each(forbidden)('%s may not import %s, in whatever form', (from, to) => {
    for (const form of Object.keys(forms)) expect(found).toContain(`${name('bad', form, [from, to])} noRestrictedImports`);
  });

  test('all others may be imported', () => {
    const good = Object.keys(forms).flatMap((form) => allowed.map((pair) => `${name('good', form, pair)} noRestrictedImports`));
    expect(good.filter((line) => found.has(line))).toEqual([]);
  });

  test('errors.ts imports no room', () => expect(found).toContain('src/errors.ts noRestrictedImports'));

  test.each(['circle-a', 'circle-b', 'ring-a', 'ring-b'])('a circular import is found in %s', (file) => {
    expect(found).toContain(`src/engine/${file}.ts noImportCycles`);
  });
});

test('a clean tree passes the lint', () => {
  const root = plant({ 'src/cli/main.ts': "import { one } from '../numeric/x.ts';\n\nexport const two = one + one;\n" });
  expect([...lint(root)]).toEqual([]);
  execFileSync(process.execPath, [biome, 'check', '--error-on-warnings', 'src'], { cwd: root, stdio: 'pipe' });
  rmSync(root, { recursive: true });
});
