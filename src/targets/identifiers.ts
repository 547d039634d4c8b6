/** Words that C, its standard headers, our generated files or a file system use. */
const reserved = new Set(
  `auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return short
   signed sizeof static struct switch typedef union unsigned void volatile while
   alignas alignof bool complex constexpr false noreturn nullptr static_assert thread_local true typeof asm
   linux unix i386 errno null eof main arena replay part con prn aux nul`.split(/\s+/),
);

/** Names that begin as those of the standard headers, of the kernels or of the generated code do. */
const taken = /^(_|bw_|at_|run_|u?int|layer_|size_|ptrdiff_|wchar_|wint_|sig_|network)/i;

/** Gives every name that it is asked for a C identifier of its own. Identifiers differ by more than case, so that they can be file names. */
export type Namer = (name: string) => string;

/** Appends a number to every name that is in use, or was asked for before. */
export function numbered(used: Iterable<string> = []): Namer {
  const given = new Set(Array.from(used, (identifier) => identifier.toLowerCase()));
  return (name) => {
    let identifier = name;
    for (let count = 2; given.has(identifier.toLowerCase()); count++) identifier = `${name}_${count}`;
    given.add(identifier.toLowerCase());
    return identifier;
  };
}

/**
 * A namer for values of a Program. A name that is an identifier already keeps its form where nothing else has it: `block.0.conv1` becomes
 * `block_0_conv1`, `0.weights` becomes `layer_0_weights`, a second `conv_1` becomes `conv_1_2`.
 */
export function namer(): Namer {
  const unique = numbered();
  return (name) => {
    const plain = name.replaceAll(/[^A-Za-z0-9_]+/g, '_');
    const unusable = /^[0-9]|^$/.test(plain) || taken.test(plain) || reserved.has(plain.toLowerCase());
    return unique(unusable ? `layer_${plain}` : plain);
  };
}
