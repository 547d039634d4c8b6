import type { CommandEntry } from '../command.ts';

/** The commands in the order of `bitwright --help`. A new one is a file in this folder and one entry here. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'extract',
    summary: 'trace a model into a bundle, which every other command reads',
    example: 'extract --model-file my_model.py --input-shape 1,1,28,28 --out my_bundle',
    load: async () => (await import('./extract.ts')).extract,
  },
  {
    name: 'convert',
    summary: 'write an I-ViT checkpoint as a bundle, or its integers as arrays by name',
    example: 'convert checkpoint.pth.tar --out deit_tiny',
    load: async () => (await import('./convert.ts')).convert,
  },
  {
    name: 'check',
    summary: 'say layer by layer whether a model can be compiled, and what to change where it cannot',
    example: 'check --model-file my_model.py --input-shape 1,1,28,28',
    load: async () => (await import('./check.ts')).check,
  },
  {
    name: 'show',
    summary: 'print a network, or its program in integers, as text that can be read again',
    example: 'show examples/digits/bundle --program --step relu1',
    load: async () => (await import('./show.ts')).show,
  },
  {
    name: 'infer',
    summary: 'run a network in exact integers',
    example: 'infer examples/digits/bundle --input examples/digits/heldout_images.npy --divide 16 --top-k 3',
    load: async () => (await import('./infer.ts')).infer,
  },
  {
    name: 'classify',
    summary: 'say what a network sees in pictures: JPEG, PNG, WebP',
    example: 'classify --model checkpoint.pth.tar --image cat.jpg --top 3',
    load: async () => (await import('./classify.ts')).classify,
  },
  {
    name: 'golden',
    summary: 'write what every step must be, as .npy and .bin files',
    example: 'golden examples/digits/bundle --out golden',
    load: async () => (await import('./golden.ts')).golden,
  },
  {
    name: 'compile',
    summary: 'write firmware: a folder of readable C with a Makefile',
    example: 'compile examples/digits/bundle --target host --out firmware',
    load: async () => (await import('./compile.ts')).compile,
  },
  {
    name: 'deploy',
    summary: 'go the whole road: compile, build, run, and compare every integer of every step',
    example: 'deploy examples/digits/bundle --target host --report report.html',
    load: async () => (await import('./deploy.ts')).deploy,
  },
  {
    name: 'verify',
    summary: 'compare tensors that were made elsewhere with the golden ones',
    example: 'verify run golden',
    load: async () => (await import('./verify.ts')).verify,
  },
  {
    name: 'evaluate',
    summary: 'measure the accuracy on labelled samples, or on a folder of pictures',
    example:
      'evaluate examples/digits/bundle --images examples/digits/heldout_images.npy --labels examples/digits/heldout_labels.npy --divide 16',
    load: async () => (await import('./evaluate.ts')).evaluate,
  },
  {
    name: 'agree',
    summary: 'compare the integers with those that the source framework computed',
    example: 'agree examples/digits/bundle --exceptions',
    load: async () => (await import('./agree.ts')).agree,
  },
  {
    name: 'compare',
    summary: 'compare every integer of every module with those of PyTorch, computed now or dumped',
    example: 'compare --checkpoint checkpoint.pth.tar --images pictures --output report.json',
    load: async () => (await import('./compare.ts')).compare,
  },
  {
    name: 'validate',
    summary: 'compare made-up pictures with PyTorch, or both engines on them, integer by integer',
    example: 'validate checkpoint.pth.tar --num-random 10 --seed 42',
    load: async () => (await import('./validate.ts')).validate,
  },
  {
    name: 'example',
    summary: 'write a model to try things on: a checkpoint and pictures',
    example: 'example deit-tiny --out deit-tiny',
    load: async () => (await import('./example.ts')).example,
  },
  {
    name: 'suite',
    summary: 'run many networks side by side, and compare every integer of each',
    example: 'suite --networks T1,T10-T14 --target host --replay',
    load: async () => (await import('./suite.ts')).suite,
  },
  {
    name: 'simulate',
    summary: 'run a bare-metal RISC-V program',
    example: 'simulate program.elf --timeout 10',
    load: async () => (await import('./simulate.ts')).simulate,
  },
  {
    name: 'disassemble',
    summary: 'print the code of a RISC-V program as assembly',
    example: 'disassemble program.elf --symbol main',
    load: async () => (await import('./disassemble.ts')).disassemble,
  },
  {
    name: 'ops',
    summary: 'print the layers and operators that are supported, with their limits and formulas',
    example: 'ops > supported-operations.md',
    load: async () => (await import('./ops.ts')).ops,
  },
  {
    name: 'doctor',
    summary: 'say which tools are there, what each is needed for, and how to give the others',
    example: 'doctor',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'completion',
    summary: 'print the shell completion of bash, zsh or fish',
    example: 'completion bash >> ~/.bashrc',
    load: async () => (await import('./completion.ts')).completion,
  },
];
