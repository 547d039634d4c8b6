import type { Define } from '../command.ts';
import { jsonOption, printJson } from '../road.ts';

/** bitwright disassemble PROGRAM: the code of a RISC-V ELF file as assembly, with its symbols and source lines. */
export const disassemble: Define = (command, io) =>
  command
    .argument('<program>', 'ELF file with RISC-V code')
    .option('--symbol <name>', 'only the function of this name')
    .option('--lines', 'say where the source line changes, for a program that was compiled with -g')
    .addOption(jsonOption())
    .action(async (program, { symbol, lines = false, json }) => {
      const [{ readBytes }, listing] = await Promise.all([import('../../formats/files.ts'), import('../../simulator/listing.ts')]);
      const listed = listing.listProgram(await readBytes(program), { name: program, symbol });
      io.out(json ? printJson(listed) : listing.printListing(listed, { lines }));
    });
