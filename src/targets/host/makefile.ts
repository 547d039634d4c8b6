import type { Code } from '../c.ts';

/** What every C file of the firmware is compiled with. */
export const flags: readonly string[] = ['-std=c99', '-Wall', '-Wextra', '-pedantic', '-ffp-contract=off', '-fno-strict-aliasing'];

/** Where the headers lie. */
export const includes: readonly string[] = ['-I.', '-Ikernels', '-Iruntime'];

const wrapped = (words: readonly string[]): Code => words.join(' \\\n  ');

/** `sources` and `headers` are paths in the folder. */
export const emitMakefile = (sources: readonly string[], headers: readonly string[], data: string): Code => `\
# make            builds ./network
# make run        runs the test cases in cases/ and dumps every step's tensor to tensors/
# make sanitize   builds ./network-sanitized, which stops at undefined behaviour and bad addresses (GCC or Clang)
# make clean      removes what was built

CC ?= cc
CFLAGS ?= -O2

# -ffp-contract=off: a fused multiply-add would round once where the network rounds twice.
# -fno-strict-aliasing: tensors of different types take turns in the same static memory.
FLAGS = ${[...flags, ...includes].join(' ')}

SOURCES = ${wrapped(sources)}
HEADERS = ${wrapped(headers)}

all: network

network: $(SOURCES) $(HEADERS) ${data}
	$(CC) $(FLAGS) $(CFLAGS) -o $@ $(SOURCES)

run: network
	mkdir -p tensors
	./network --inputs cases --dump tensors

sanitize: network-sanitized

network-sanitized: $(SOURCES) $(HEADERS) ${data}
	$(CC) $(FLAGS) -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -o $@ $(SOURCES)

clean:
	rm -rf network network-sanitized tensors

.PHONY: all run sanitize clean
`;
