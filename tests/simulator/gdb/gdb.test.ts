import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../../src/cli/commands/index.ts';
import { run } from '../../../src/cli/run.ts';
import { frame } from '../../../src/simulator/gdb/packets.ts';
import { runProcess } from '../../../src/targets/host/process.ts';
import { compilers, isas } from '../compilers.ts';

const gdb = ['gdb-multiarch', 'riscv64-unknown-elf-gdb'].find((command) => spawnSync(command, ['--version']).status === 0);

let folder = '';
const elves = new Map<string, string>();
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Without optimisation and with debug information. */
async function compile(isa: 'rv64gc' | 'rv32imac'): Promise<string> {
  const elf = join(folder, `debug-${isa}.elf`);
  const { command, flags } = compilers.zig;
  const sources = ['start.S', 'htif.c', 'memory.c', 'jump.S', 'console.c'].map((name) => here(`../programs/runtime/${name}`));
  const debugging = flags(isas[isa]).map((flag) => (flag === '-g0' ? '-g' : flag));
  const script = here('../programs/runtime/link.ld');
  const { code, stderr } = await runProcess(command, [...debugging, '-O0', '-T', script, here('debug.c'), ...sources, '-o', elf]);
  if (code !== 0) throw new Error(stderr);
  return elf;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bitwright-gdb-'));
  for (const isa of ['rv64gc', 'rv32imac'] as const) elves.set(isa, await compile(isa));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Served {
  readonly port: number;
  readonly ended: Promise<{ readonly code: number; readonly note: string }>;
}

/** `bitwright simulate ELF --gdb 0` in this process, once it says where it waits. */
function serve(elf: string, ...options: readonly string[]): Promise<Served> {
  let note = '';
  return new Promise((resolve) => {
    const write = (text: string): void => {
      note += text;
      const [, port] = /target remote 127\.0\.0\.1:(\d+)/.exec(text) ?? [];
      if (port !== undefined) resolve({ port: Number(port), ended });
    };
    const stdio = { stdout: { write: () => {} }, stderr: { write }, env: {} };
    const ended = run(['simulate', elf, '--gdb', '0', ...options], commands, stdio).then((code) => ({ code, note }));
  });
}

/** What GDB prints, when it runs these commands. */
async function debug(
  elf: string,
  lines: readonly string[],
): Promise<{ readonly said: string; readonly code: number; readonly note: string }> {
  const { port, ended } = await serve(elf);
  const setup = ['set pagination off', 'set confirm off', 'set width 0', `target remote 127.0.0.1:${port}`];
  const child = spawn(gdb!, ['-nx', '-q', '-batch', elf, ...[...setup, ...lines].flatMap((line) => ['-ex', line])]);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (said += bytes));
  const closed = new Promise((resolve) => child.on('close', resolve));
  const { code, note } = await ended;
  await closed;
  return { said, code, note };
}

describe.skipIf(!gdb)('GDB (skipped where there is no gdb-multiarch)', () => {
  describe.each(['rv64gc', 'rv32imac'])('on %s', (isa) => {
    it('steps through a program, looks at it and runs it to its end', async () => {
      const { said, code, note } = await debug(elves.get(isa)!, [
        ...['break main', 'continue', 'next', 'step', 'backtrace', 'next', 'print product', 'finish', 'break add', 'continue'],
        ...[
          'info locals',
          'print corner',
          'print/x $pc == (unsigned long) &add',
          'info threads',
          'delete',
          'monitor instructions',
          'continue',
        ],
      ]);
      expect(said).toMatch(/Breakpoint 1, main \(\) at .*debug\.c:\d+/);
      expect(said).toMatch(/#0 +square \(x=0\) at .*debug\.c:\d+\n#1 .* in main \(\) at .*debug\.c:\d+\n/);
      expect(said).toMatch(/\$1 = 0\n/);
      expect(said).toMatch(/Value returned is \$2 = 0\n/);
      expect(said).toMatch(/Breakpoint 2, add \(a=0, b=3\) at .*debug\.c:\d+/);
      expect(said).toContain('$3 = {x = 3, y = 4}');
      expect(said).toMatch(/\* 1 +Thread 1 \(core 0\) add/);
      expect(said).toMatch(/\n\d+ instructions\n/);
      expect(said).toContain('exited with code 055]');
      expect(code).toBe(45);
      expect(note).toMatch(/\n[\d,]+ instructions, [\d,]+ cycles\n$/);
    });

    it('watches a variable and changes another', async () => {
      const { said, code } = await debug(elves.get(isa)!, [
        ...['break main', 'continue', 'watch total', 'continue', 'continue', 'rwatch corner.x', 'continue', 'delete'],
        ...['set variable corner.x = 10', 'print corner', 'continue'],
      ]);
      expect(said).toMatch(/Hardware watchpoint 2: total\n\nOld value = 0\nNew value = 3\n/);
      expect(said).toMatch(/Old value = 3\nNew value = 7\n/);
      expect(said).toMatch(/Hardware read watchpoint 3: corner\.x\n\nValue = 3\n/);
      expect(said).toContain('= {x = 10, y = 4}');
      expect(code).toBe(30 + 15 + 14); // 0 + 1 + 4 + 9 + 16, 3 three times, 10 twice
    });

    it('interrupts a hot loop and ends it', async () => {
      const { said, code } = await debug(elves.get(isa)!, [
        ...[
          'break main',
          'continue',
          'set variable forever = 1',
          'shell (sleep 0.8; kill -INT $PPID) &',
          'continue',
          'backtrace',
          'print total > 1000000',
        ],
        ...['set variable forever = 0', 'set variable total = 5', 'continue'],
      ]);
      expect(said).toContain('Program received signal SIGINT, Interrupt.');
      expect(said).toMatch(/#0 .* main \(\) at .*debug\.c:\d+\n/);
      expect(code).toBeGreaterThanOrEqual(5);
      expect(said).toMatch(/exited with code 0[567]\]/);
    });

    it('shows a fault as a signal and its program ends with it', async () => {
      const { said, code } = await debug(elves.get(isa)!, [
        ...[
          'break add',
          'continue',
          'set variable $mtvec = 0',
          'set variable $s0 = 64',
          'delete',
          'continue',
          'print $mcycle > 100',
          'continue',
        ],
      ]);
      expect(said).toMatch(/load access fault of 0x[0-9a-f]+ at 0x8[0-9a-f]+ in add\+0x[0-9a-f]+ \(.*debug\.c:\d+\)\n/);
      expect(said).toContain('Program received signal SIGSEGV, Segmentation fault.');
      expect(said).toContain('Program terminated with signal SIGSEGV, Segmentation fault.');
      expect(code).toBe(139);
    });
  });

  it('can let the program go, or kill it', async () => {
    const elf = elves.get('rv64gc')!;
    const free = await debug(elf, ['break main', 'continue', 'detach']);
    expect([free.code, free.said]).toEqual([45, expect.stringContaining('detached]')]);
    const killed = await debug(elf, ['break main', 'continue', 'kill']);
    expect([killed.code, killed.note]).toEqual([137, expect.stringContaining('ended by GDB\n')]);
  });
});

describe('the port', () => {
  const connected = (port: number): Promise<Socket> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(socket));
    });

  it('is named with the command to type, and takes one debugger', async () => {
    const { port, ended } = await serve(elves.get('rv64gc')!);
    const socket = await connected(port);
    await expect(new Promise((_, reject) => connect(port, '127.0.0.1').on('error', reject))).rejects.toThrow('ECONNREFUSED');
    socket.write(frame('k'));
    const { code, note } = await ended;
    expect(code).toBe(137);
    expect(note).toMatch(/^waiting for GDB: gdb-multiarch \S+debug-rv64gc\.elf -ex 'target remote 127\.0\.0\.1:\d+'\n/);
  });

  it('may be left without a word', async () => {
    const { port, ended } = await serve(elves.get('rv32imac')!);
    (await connected(port)).destroy();
    expect(await ended).toMatchObject({ code: 137, note: expect.stringContaining('GDB closed the connection\n') });
  });

  it('that is in use is refused in one sentence, and so are limits beside it', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const port = String((other.address() as { readonly port: number }).port);
    let note = '';
    const simulate = (...options: readonly string[]): Promise<number> => {
      note = '';
      const stdio = { stdout: { write: () => {} }, stderr: { write: (text: string) => (note += text) }, env: {} };
      return run(['simulate', elves.get('rv64gc')!, ...options], commands, stdio);
    };
    expect(await simulate('--gdb', port)).toBe(1);
    expect(note).toBe(
      `bitwright: port ${port}: found another program that listens there, expected a free port. Choose another one, or 0 for any.\n`,
    );
    other.close();
    expect(await simulate('--gdb', '0', '--timeout', '1')).toBe(2);
    expect(await simulate('--gdb', '70000')).toBe(2);
    expect(note).toContain('It must be a port from 1 to 65535, or 0 for any.');
  });
});
