import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { shortest } from '../clock.mjs';

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
];
