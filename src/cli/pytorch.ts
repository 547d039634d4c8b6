import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { BadInput } from '../errors.ts';
import { type Dumps, parseDumps } from '../formats/dumps.ts';
import { parseSafetensors } from '../formats/safetensors.ts';
import type { Tensor } from '../numeric/tensor.ts';
import { bridgeEnvironment, candidates, explain } from './bridge.ts';

export interface PytorchOptions {
  readonly checkpoint: string;
  readonly heads?: number | undefined;
  /** A checkout of zkkli/I-ViT, whose modules run in place of the bridge's. */
  readonly ivitRepo?: string | undefined;
  readonly python?: string | undefined;
}

/** PyTorch in a process of its own, with the modules of I-ViT and a checkpoint. */
export interface Pytorch {
  /** `PyTorch 2.13.0 with the modules of /path/to/I-ViT`. */
  readonly what: string;
  /** The integers and scales of every module for one picture, f32 [1, colours, side, side]. */
  compute(picture: Tensor): Promise<Dumps>;
  close(): void;
}

/** The first Python that has PyTorch, without importing it; undefined where none has. */
export const pythonWithTorch = (wished?: string): string | undefined =>
  candidates(wished).find((python) => {
    const program = 'import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ("torch", "numpy"))))';
    return spawnSync(python, ['-c', program], { stdio: 'ignore' }).status === 0;
  });

/** Frames of a stream: 8 bytes of a length, little-endian, and as many bytes. */
async function* framesOf(stream: Readable): AsyncGenerator<Buffer, void> {
  let pieces: Buffer[] = [];
  let size = 0;
  let wanted: number | undefined;
  for await (const piece of stream as AsyncIterable<Buffer>) {
    pieces.push(piece);
    size += piece.length;
    while (size >= (wanted ?? 8)) {
      const all = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
      const end = wanted ?? 8;
      if (wanted === undefined) wanted = Number(all.readBigUInt64LE(0));
      else {
        yield all.subarray(0, end);
        wanted = undefined;
      }
      pieces = [all.subarray(end)];
      size -= end;
    }
  }
}

/** Starts PyTorch and waits until the checkpoint is loaded. No Python with PyTorch is a BadInput; what stops it is its own sentence. */
export async function openPytorch({ checkpoint, heads, ivitRepo, python: wished }: PytorchOptions): Promise<Pytorch> {
  const python = pythonWithTorch(wished);
  if (python === undefined) {
    throw new BadInput({
      where: wished ? `--python ${wished}` : 'Python',
      found: `no PyTorch in ${candidates(wished).join(' or ')}`,
      expected: 'a Python 3 with PyTorch, to run the modules of I-ViT',
      remedy: 'install torch and numpy, or name a Python that has them with --python',
    });
  }
  const args = ['-m', 'bitwright.ivit', '--serve', `--checkpoint=${checkpoint}`];
  if (heads !== undefined) args.push(`--heads=${heads}`);
  if (ivitRepo !== undefined) args.push(`--ivit-repo=${ivitRepo}`);
  const child = spawn(python, args, { env: bridgeEnvironment(), stdio: ['pipe', 'pipe', 'pipe'] });
  const errors: Buffer[] = [];
  child.stderr.on('data', (piece: Buffer) => errors.push(piece));
  child.stdin.on('error', () => {}); // a process that ended: its own sentence is shown
  const kill = (): void => void child.kill();
  process.on('exit', kill);
  const frames = framesOf(child.stdout);
  const next = async (): Promise<Buffer> => {
    const { value, done } = await frames.next();
    if (!done) return value;
    throw explain(python, await codeOf(child), Buffer.concat(errors).toString());
  };
  const close = (): void => {
    process.off('exit', kill);
    child.kill();
  };
  try {
    const { metadata } = parseSafetensors(await next(), python);
    const own = ivitRepo === undefined ? "the bridge's modules of I-ViT" : `the modules of ${ivitRepo}`;
    return {
      what: `PyTorch ${metadata.get('torch')} with ${own}`,
      async compute({ data }) {
        const pixels = Float32Array.from(data);
        child.stdin.write(new Uint8Array(pixels.buffer));
        return parseDumps(await next(), python);
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

async function codeOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return child.exitCode;
}
