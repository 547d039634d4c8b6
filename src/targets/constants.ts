import { encodeElements } from '../formats/elements.ts';
import type { Tensor } from '../numeric/tensor.ts';
import { type Code, c, comment } from './c.ts';
import type { NamedPlan } from './plan.ts';

export interface NamedConstant {
  readonly name: string;
  readonly symbol: string;
  readonly tensor: Tensor;
}

export const constantSymbol = ({ symbol, plan }: NamedPlan, name: string): string => `${symbol}_${plan.constants.get(name)!}`;

/** The constants of a network whose symbols the code reads, all of them where nothing is said of it: kernels put some in another order. */
export const constantsOf = (network: NamedPlan, read?: ReadonlySet<string>): NamedConstant[] =>
  [...network.plan.program.constants, ...network.plan.derived]
    .map(([name, tensor]) => ({ name, symbol: constantSymbol(network, name), tensor }))
    .filter(({ symbol }) => read?.has(symbol) ?? true);

/** Where constants begin: vector loads want 16, and rows of large ones should not lie in two lines of a cache each. */
const line = 64;
const alignmentOf = (bytes: Uint8Array): number => (bytes.length < line ? 16 : line);

interface StoredConstant extends NamedConstant {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

function store(
  networks: readonly NamedPlan[],
  read?: ReadonlySet<string>,
): { readonly constants: readonly StoredConstant[]; readonly bytes: number } {
  let end = 0;
  const constants = networks
    .flatMap((network) => constantsOf(network, read))
    .map((constant): StoredConstant => {
      const bytes = encodeElements(constant.tensor);
      const offset = Math.ceil(end / alignmentOf(bytes)) * alignmentOf(bytes);
      end = offset + bytes.length;
      return { ...constant, offset, bytes };
    });
  return { constants, bytes: end };
}

const emitConstant = ({ name, symbol, offset, bytes }: StoredConstant, path: string): Code => c`
  /* ${comment(name)} */
  .balign ${alignmentOf(bytes)}
  .globl SYMBOL(${symbol})
  SYMBOL(${symbol}):
  .incbin "${path}", ${offset}, ${bytes.length}`;

/**
 * The constants of networks: one file of little-endian bytes, and the assembly that gives each its C symbol. An assembler's `.incbin` takes
 * megabytes in milliseconds, where a C array of as many numbers takes minutes; GCC, Clang and zig cc know it for ELF, Mach-O and COFF.
 */
export function emitConstantFiles(
  networks: readonly NamedPlan[],
  path: string,
  read?: ReadonlySet<string>,
): { readonly assembly: Code; readonly data: Uint8Array } {
  const { constants, bytes } = store(networks, read);
  const data = new Uint8Array(bytes);
  for (const constant of constants) data.set(constant.bytes, constant.offset);
  const assembly = c`
    /* The constants of network.c: each symbol is a stretch of ${path}, in little-endian bytes. */
    #if !__has_include("${path}") /* also makes the file a dependency, which .incbin does not: zig cc keeps what it assembled */
    #error "${path} is missing"
    #endif

    #if defined(__APPLE__)
    #define SYMBOL(name) _##name
    .const
    #elif defined(_WIN32)
    #define SYMBOL(name) name
    .section .rdata,"dr"
    #else
    #define SYMBOL(name) name
    .section .rodata,"a",%progbits
    #endif

    ${constants.map((constant) => emitConstant(constant, path)).join('\n\n')}

    #if defined(__ELF__)
    .section .note.GNU-stack,"",%progbits
    #endif
    `;
  return { assembly, data };
}
