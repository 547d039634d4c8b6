/** Functions of single values: the name of each in a Network, and the type that the format has for it. */
export const functions: Readonly<Record<string, string>> = { silu: 'SiLU', gelu: 'GELU' };
