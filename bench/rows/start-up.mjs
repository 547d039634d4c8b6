// How long the installed command takes before it says anything, and for a model of a million parameters.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { aresFormOf, exportAres } from '../../dist/importers/ares/export.js';
import { shortest } from '../clock.mjs';
import { mlp } from '../networks/mlp.mjs';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const node = (...args) => execFileSync(process.execPath, args, { stdio: 'ignore' });

export const rows = [
  {
    name: 'start-up',
    bar: '<= 3',
    async measure() {
      const [value, peerValue] = await shortest([() => node(main, '--help'), () => node('-e', '0')]);
      return { value, unit: 'ms', peer: 'node -e 0', peerValue };
    },
  },
  {
    name: 'check, a million parameters',
    bar: '<= 1',
    async measure() {
      const scratch = mkdtempSync(join(tmpdir(), 'bitwright-bench-'));
      try {
        await exportAres(join(scratch, 'mlp'), aresFormOf(mlp()));
        const [milliseconds] = await shortest([() => node(main, 'check', join(scratch, 'mlp'))], { runs: 5 });
        return { value: milliseconds / 1000, unit: 's', peer: 'the limit', peerValue: 1 };
      } finally {
        rmSync(scratch, { recursive: true });
      }
    },
  },
];
