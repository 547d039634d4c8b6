import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { flags } from '../../src/targets/host/makefile.ts';

const gcc = 'riscv64-unknown-elf-gcc';
const exists = spawnSync(gcc, ['--version']).status === 0;

/** The folders whose code runs on a core of RISC-V; the rest is for the machine that runs the engine. */
const kernels = join(import.meta.dirname, '../../kernels');
const sources = ['', 'gemmini', 'rocket'].flatMap((room) =>
  readdirSync(join(kernels, room))
    .filter((name) => name.endsWith('.c'))
    .map((name) => join(kernels, room, name)),
);

test.skipIf(!exists)(
  `${exists ? '' : `needs ${gcc}: `}GCC has nothing to warn of in any kernel for a bare-metal RV64GC`,
  { timeout: 120_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'bitwright-bare-metal-'));
    try {
      const bare = ['-O2', '-march=rv64imafdc', '-mabi=lp64d', '-mcmodel=medany', '-ffreestanding'];
      const { status, stderr } = spawnSync(gcc, [...flags, ...bare, '-Werror', `-I${kernels}`, '-c', ...sources], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(sources.length).toBeGreaterThan(40);
      expect(stderr).toBe('');
      expect(status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
