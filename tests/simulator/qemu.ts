import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { disassemble } from '../../src/simulator/riscv/disassemble.ts';
import { profile } from '../../src/simulator/riscv/profile.ts';
import { engines, run } from './engines.ts';
import { type Batch, makeBatch } from './sequences.ts';

/** Instruction sets that QEMU knows too, and what its -cpu is called. */
export const cpus = [
  ['rv64imafdc_zba_zbb', 'rv64'],
  ['rv32imafdc_zba_zbb', 'rv32'],
  ['rv64imac_zba_zbb_zfinx', 'rv64,f=false,d=false,zfinx=true'],
  ['rv32imac_zba_zbb_zfinx', 'rv32,f=false,d=false,zfinx=true'],
] as const;

/** The states that QEMU leaves. */
function statesOfQemu({ elf, dump }: Batch, cpu: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'bitwright-qemu-'));
  try {
    writeFileSync(join(folder, 'batch.elf'), elf);
    const machine = ['-M', 'spike', '-bios', 'none', '-cpu', cpu, '-display', 'none', '-semihosting-config', 'enable=on,target=native'];
    const command = `qemu-system-riscv${cpu.slice(2, 4)}`;
    const { status, stderr } = spawnSync(command, [...machine, '-kernel', 'batch.elf'], {
      cwd: folder,
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`);
    const states = readFileSync(join(folder, 'dump.bin'));
    if (states.length !== dump.bytes) throw new Error(`${command} left ${states.length} bytes, not ${dump.bytes}`);
    return states;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const registerAt = (offset: number): string => (offset < 4 ? 'fcsr' : offset < 256 ? `x${offset >> 3}` : `f${(offset - 256) >> 3}`);

/** Where the engines and QEMU differ after the sequences of a batch, in words; nothing where they agree. */
export function differences(isa: string, cpu: string, seed: number, count: number): string[] {
  const batch = makeBatch(isa, seed, count);
  const expected = statesOfQemu(batch, cpu);
  const { decoder } = profile(isa);
  const { address, bytes, record } = batch.dump;
  return engines.flatMap((engine) => {
    const { code, core, interpreted } = run(batch.elf, { engine, isa, maxInstructions: 10_000_000 });
    if (code !== 0) return [`${engine}: the batch of seed ${seed} ends with ${code}`];
    if (interpreted > core.instret / 4) return [`${engine}: ${interpreted} of ${core.instret} instructions were interpreted`];
    const { main } = core.bus;
    const found = main.bytes.subarray(address - main.base, address - main.base + bytes);
    const at = found.findIndex((byte, index) => byte !== expected[index]);
    if (at < 0) return [];
    const sequence = batch.sequences[Math.floor(at / record)];
    if (sequence === undefined) return [`${engine}: seed ${seed}, byte ${at % record} of the playground differs`];
    const lines = sequence.map((word) => {
      const instruction = decoder.decode(word);
      return instruction === undefined ? '?' : disassemble(instruction);
    });
    const word = (states: Uint8Array): string =>
      Buffer.from(states.subarray(at & ~7, (at & ~7) + 8))
        .reverse()
        .toString('hex');
    const where = `seed ${seed}, sequence ${Math.floor(at / record)}: ${registerAt(at % record)}`;
    return [`${engine}: ${where} is ${word(found)}, on QEMU ${word(expected)} after\n${lines.join('\n')}`];
  });
}
