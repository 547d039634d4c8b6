import { AresBuilder, type AresModel } from './builder.ts';

/**
 * The regression networks of ARES that its format holds without transformers, built as that system can hold them: signed QuantReLU, no
 * BatchNorm, the scale of every hidden linear layer recorded.
 */
const t1 = (): AresModel =>
  new AresBuilder(1, [[1, 28, 28]])
    .quant('input_quant')
    .conv('conv1', 16, 3, 1, 1)
    .relu('relu1')
    .maxPool('pool1', 2)
    .quant('quant1')
    .conv('conv2', 32, 3, 1, 1)
    .relu('relu2')
    .maxPool('pool2', 2)
    .quant('quant2')
    .flatten('flatten')
    .quant('quant3')
    .linear('classifier', 10, { last: true })
    .build('simplecnn');

const t2 = (): AresModel =>
  new AresBuilder(2, [[1, 28, 28]])
    .quant('input_quant')
    .conv('conv1', 8, 5, 1, 2)
    .relu('relu1')
    .maxPool('pool1', 2)
    .quant('quant1')
    .flatten('flatten')
    .quant('quant2')
    .linear('classifier', 10, { last: true })
    .build('tinycnn');

const t3 = (): AresModel =>
  new AresBuilder(3, [[1, 28, 28]])
    .flatten('flatten')
    .quant('input_quant')
    .linear('fc1', 256)
    .relu('relu1')
    .quant('quant1')
    .linear('fc2', 128)
    .relu('relu2')
    .quant('quant2')
    .linear('classifier', 10, { last: true })
    .build('mlp');

const t4 = (): AresModel =>
  new AresBuilder(4, [[1, 28, 28]])
    .quant('input_quant')
    .conv('conv1', 16, 3, 1, 1)
    .relu('relu1')
    .quant('quant1')
    .conv('conv2', 16, 3, 1, 1)
    .relu('relu2')
    .quant('quant2')
    .add('add', 'quant1', 'quant2')
    .quant('quant3')
    .globalPool('pool')
    .quant('quant4')
    .flatten('flatten')
    .linear('classifier', 10, { last: true })
    .build('resnet_basic');

const t5 = (): AresModel =>
  new AresBuilder(5, [[1, 28, 28]])
    .quant('input_quant')
    .conv('conv1', 8, 3, 1, 1)
    .relu('relu1')
    .quant('quant1')
    .conv('conv2', 8, 3, 1, 1)
    .relu('relu2')
    .quant('quant2')
    .concat('concat', 'quant1', 'quant2')
    .quant('quant3')
    .averagePool('transition', 2)
    .quant('quant4')
    .conv('conv3', 16, 3, 1, 1)
    .relu('relu3')
    .quant('quant5')
    .maxPool('pool', 2)
    .flatten('flatten')
    .quant('quant6')
    .linear('classifier', 10, { last: true })
    .build('densenet');

function t6(): AresModel {
  const network = new AresBuilder(6, [[1, 96, 96]]).quant('input_quant');
  [8, 16, 24].forEach((channels, index) => {
    const number = index + 1;
    network.conv(`conv${number}`, channels, 3, 1, 1).relu(`relu${number}`).maxPool(`pool${number}`, 2).quant(`quant${number}`);
  });
  return network
    .maxPool('pool4', 2)
    .quant('quant4')
    .flatten('flatten')
    .quant('quant5')
    .linear('classifier', 10, { last: true })
    .build('multitile');
}

const t7 = (): AresModel =>
  new AresBuilder(7, [[1, 28, 28]])
    .quant('input_quant')
    .conv('conv1', 32, 3, 1, 1)
    .relu('relu1')
    .maxPool('pool1', 2)
    .conv('expand', 64, 1)
    .relu('relu2')
    .conv('reduce', 32, 1)
    .relu('relu3')
    .maxPool('pool2', 2)
    .globalPool('pool3')
    .quant('quant1')
    .flatten('flatten')
    .linear('classifier', 10, { last: true })
    .build('bottleneck');

function t8(): AresModel {
  const network = new AresBuilder(8, [[1, 28, 28]]).quant('input_quant');
  const stages = [
    [16, 1],
    [32, 2],
    [32, 1],
    [16, 2],
  ] as const;
  stages.forEach(([channels, stride], index) => {
    const number = index + 1;
    network.conv(`conv${number}`, channels, 3, stride, 1).relu(`relu${number}`).quant(`quant${number}`);
  });
  return network.globalPool('pool').quant('quant5').flatten('flatten').linear('classifier', 10, { last: true }).build('stride2');
}

const t9 = (): AresModel =>
  new AresBuilder(9, [[1, 28, 28]])
    .quant('input_quant')
    .conv('conv1', 16, 3, 1, 0)
    .relu('relu1')
    .quant('quant1')
    .conv('conv2', 32, 3, 1, 1)
    .relu('relu2')
    .quant('quant2')
    .conv('conv3', 32, 5, 1, 2)
    .relu('relu3')
    .quant('quant3')
    .maxPool('pool1', 2)
    .quant('quant4')
    .conv('conv4', 16, 3, 1, 0)
    .relu('relu4')
    .quant('quant5')
    .globalPool('pool2')
    .quant('quant6')
    .flatten('flatten')
    .linear('classifier', 10, { last: true })
    .build('padding');

/** conv1 and conv2 with a skip, which has a 1x1 convolution of its own where the shape changes. */
function basicBlock(network: AresBuilder, name: string, input: string, outputs: number, stride: number, projects: boolean): string {
  network
    .conv(`${name}.conv1`, outputs, 3, stride, 1)
    .relu(`${name}.relu1`)
    .quant(`${name}.quant1`)
    .conv(`${name}.conv2`, outputs, 3, 1, 1);
  if (projects) network.from(input).conv(`${name}.shortcut`, outputs, 1, stride).quant(`${name}.shortcut_quant`);
  const skip = projects ? `${name}.shortcut_quant` : input;
  network.add(`${name}.add`, `${name}.conv2`, skip).relu(`${name}.relu2`).quant(`${name}.quant2`);
  return `${name}.quant2`;
}

function t10(): AresModel {
  const network = new AresBuilder(10, [[1, 28, 28]]).quant('input_quant').conv('conv1', 16, 3, 1, 1).relu('relu1').quant('quant1');
  let input = 'quant1';
  [16, 32, 64, 128].forEach((channels, stage) => {
    const stride = stage === 0 ? 1 : 2;
    input = basicBlock(network, `layer${stage + 1}.0`, input, channels, stride, stride !== 1);
    input = basicBlock(network, `layer${stage + 1}.1`, input, channels, 1, false);
  });
  return network.globalPool('pool').quant('quant2').flatten('flatten').linear('classifier', 10, { last: true }).build('resnet18');
}

const t28 = (): AresModel =>
  new AresBuilder(28, [[1, 28, 28]])
    .quant('input_quant')
    .conv('conv1', 3, 1)
    .relu('relu1')
    .quant('quant1')
    .conv('conv2', 32, 7, 2, 3)
    .relu('relu2')
    .quant('quant2')
    .globalPool('pool')
    .quant('quant3')
    .flatten('flatten')
    .linear('classifier', 10, { last: true })
    .build('conv2d_remainder');

function t30(): AresModel {
  const network = new AresBuilder(30, [[64]]).quant('input_quant');
  [768, 768, 237, 513, 128].forEach((features, index) => {
    network.linear(`fc${index + 1}`, features).relu(`relu${index + 1}`);
  });
  return network.linear('classifier', 5, { last: true }).build('autotune_stress');
}

type Stage = readonly [
  pad: readonly [number, number, number, number],
  channels: number,
  kernel: readonly [number, number],
  pool?: readonly [number, number],
];

/** Pad, convolution, ReLU and max-pool, one after the other. */
function branch(network: AresBuilder, prefix: string, stages: readonly Stage[]): AresBuilder {
  stages.forEach(([pad, channels, kernel, pool], index) => {
    const number = index + 1;
    network
      .pad(`${prefix}pad${number}`, ...pad)
      .conv(`${prefix}conv${number}`, channels, kernel)
      .relu(`${prefix}relu${number}`);
    if (pool) network.maxPool(`${prefix}pool${number}`, pool);
  });
  return network;
}

/** Two inputs; the names say which layers belong to which. */
function t36(): AresModel {
  const network = new AresBuilder(36, [
    [1, 8, 2200],
    [1, 2, 2200],
  ])
    .quant('eeg_input_quant')
    .from(1)
    .quant('ppg_input_quant')
    .from('eeg_input_quant');
  branch(network, 'eeg_', [
    [[1, 2, 0, 0], 4, [1, 4], [1, 8]],
    [[7, 8, 0, 0], 16, [1, 16], [1, 4]],
    [[3, 4, 0, 0], 16, [1, 8], [1, 4]],
    [[0, 0, 7, 8], 16, [16, 1], [4, 1]],
    [[0, 0, 3, 4], 16, [8, 1]],
  ]);
  network.averagePool('eeg_pool5', [2, 17]).from('ppg_input_quant');
  branch(network, 'ppg_', [
    [[1, 2, 0, 0], 4, [1, 4], [1, 4]],
    [[1, 2, 0, 0], 8, [1, 4], [1, 4]],
    [[1, 2, 0, 0], 16, [1, 4], [1, 4]],
    [[3, 4, 0, 0], 32, [1, 8]],
    [[7, 8, 0, 0], 32, [1, 16]],
  ]);
  network.averagePool('ppg_pool5', [2, 34]).concat('concat', 'eeg_pool5', 'ppg_pool5').flatten('flatten');
  return network.linear('classifier', 2, { last: true }).build('drowsiness_fusion');
}

const t37 = (): AresModel =>
  new AresBuilder(37, [[1, 8, 64]])
    .quant('input_quant')
    .pad('pad1', 1, 2)
    .conv('conv1', 4, [1, 4])
    .relu('relu1')
    .maxPool('pool1', [1, 8])
    .pad('pad2', 3, 4)
    .conv('conv2', 8, [1, 8])
    .relu('relu2')
    .averagePool('pool2', [1, 4])
    .quant('quant1')
    .flatten('flatten')
    .linear('classifier', 10, { last: true })
    .build('zeropad2d');

/** By the numbers that the suite gives them. */
export const aresNetworks: Readonly<Record<string, () => AresModel>> = {
  T1: t1,
  T2: t2,
  T3: t3,
  T4: t4,
  T5: t5,
  T6: t6,
  T7: t7,
  T8: t8,
  T9: t9,
  T10: t10,
  T28: t28,
  T30: t30,
  T36: t36,
  T37: t37,
};
