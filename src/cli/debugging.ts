import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { BadInput } from '../errors.ts';
import { GdbSession } from '../simulator/gdb/session.ts';
import type { Machine, Outcome } from '../simulator/machine.ts';

/** Nobody outside this computer may connect. */
const host = '127.0.0.1';
/** Seconds that the program runs between two looks for an interrupt. */
const slice = 0.02;

/** Lets GDB run the program: waits for it on a port of this computer, 0 for any free one, until the program or GDB ends. `say` gets the command to type. */
export async function runUnderGdb(machine: Machine, port: number, program: string, say: (text: string) => void): Promise<Outcome> {
  const server = await listen(port);
  const address = server.address();
  const chosen = typeof address === 'object' && address ? address.port : port;
  say(`waiting for GDB: gdb-multiarch ${quoted(program)} -ex 'target remote ${host}:${chosen}'\n`);
  const socket = await new Promise<Socket>((resolve) => server.once('connection', resolve));
  server.close(); // one debugger at a time
  return attend(machine, socket, say);
}

const quoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path}'`);

function listen(port: number): Promise<Server> {
  const server = createServer({ noDelay: true });
  return new Promise((resolve, reject) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      const found = code === 'EADDRINUSE' ? 'another program that listens there' : `the error ${code}`;
      reject(new BadInput({ where: `port ${port}`, found, expected: 'a free port', remedy: 'choose another one, or 0 for any' }));
    });
    server.listen(port, host, () => resolve(server));
  });
}

async function attend(machine: Machine, socket: Socket, say: (text: string) => void): Promise<Outcome> {
  const session = new GdbSession(machine, (text) => socket.write(text, 'latin1'));
  let wake = (): void => {};
  let open = true;
  const heard = (): void => wake();
  socket.on('data', (bytes) => {
    session.receive(bytes);
    heard();
  });
  socket.on('error', () => {}); // `close` follows
  socket.on('close', () => {
    open = false;
    heard();
  });
  while (open && (session.state === 'stopped' || session.state === 'running')) {
    if (session.state === 'stopped') {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    } else {
      session.work(slice);
      await turn();
    }
  }
  socket.end();
  if (session.state === 'detached') return machine.run();
  if (session.state !== 'exited' && session.state !== 'killed') say('GDB closed the connection\n');
  return session.outcome ?? { reason: 'breakpoint' };
}
