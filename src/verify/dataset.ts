import { BadInput } from '../errors.ts';
import type { PictureClass } from '../formats/images/folder.ts';
import { imagenetClasses } from './imagenet.ts';

/** A picture of a class that is known. */
export interface LabelledPicture {
  /** Its path in the data set's folder. */
  readonly image: string;
  readonly label: number;
}

/** What was found of a picture: its five first classes, or why it was left out. */
export interface Outcome extends LabelledPicture {
  readonly classes?: readonly number[];
  readonly skipped?: string;
}

export interface ClassAccuracy {
  readonly class: number;
  readonly label?: string;
  readonly samples: number;
  readonly top1: number;
}

export interface DatasetAccuracy {
  readonly samples: number;
  readonly top1: number;
  readonly top5: number;
  readonly skipped: readonly { readonly image: string; readonly reason: string }[];
  /** The classes with the smallest share right, of those with three pictures or more. */
  readonly worst: readonly ClassAccuracy[];
}

/** How the name of a folder may say its class, tried in this order on all of them. */
const readings: readonly ((classes: number) => (name: string) => number | undefined)[] = [
  () => (name) => (/^\d+$/.test(name) ? Number(name) : undefined),
  (classes) => {
    const numbers = new Map(imagenetClasses.map(({ wnid }, index) => [wnid, index]));
    return (name) => (classes === imagenetClasses.length ? numbers.get(name) : undefined);
  },
];

/**
 * The class of each picture by its folder's name: a number, a synset of ImageNet for a network of its 1000 classes, or the place among the names
 * where there are as many folders as classes (what PyTorch's ImageFolder counts). A BadInput for other names.
 */
export function labelPictures(where: string, folders: readonly PictureClass[], classes: number): LabelledPicture[] {
  const names = folders.map(({ name }) => name);
  const read = readings.map((reading) => names.map(reading(classes)));
  const whole = (all: (number | undefined)[]): all is number[] => all.every((label) => label !== undefined);
  const labels = read.find(whole) ?? (names.length === classes ? [...names.keys()] : undefined);
  const odd = labels?.findIndex((label) => label >= classes) ?? names.findIndex((_, at) => read.every((all) => all[at] === undefined));
  if (labels === undefined || odd >= 0) {
    throw new BadInput({
      where,
      found: `${names.length} folders, such as ${names[Math.max(odd, 0)]}`,
      expected: `folders named by the numbers of ${classes} classes, by synsets of ImageNet such as n01440764, or one for each class`,
      remedy: 'rename the folders, or name the data set of this network',
    });
  }
  return folders.flatMap(({ files }, index) => files.map((image) => ({ image, label: labels[index]! })));
}

const listed = 10;
const enough = 3;

/** How many of the pictures are right; `called` gives the name of a class. */
export function datasetAccuracy(outcomes: readonly Outcome[], called: (index: number) => string | undefined): DatasetAccuracy {
  const judged = outcomes.filter((outcome): outcome is Outcome & { classes: readonly number[] } => outcome.classes !== undefined);
  const right = (part: readonly { label: number; classes: readonly number[] }[]): number =>
    part.filter(({ label, classes }) => classes[0] === label).length;
  const groups = new Map<number, typeof judged>();
  for (const outcome of judged) groups.set(outcome.label, [...(groups.get(outcome.label) ?? []), outcome]);
  const byClass = Array.from(groups, ([index, part]): ClassAccuracy => {
    const label = called(index);
    return { class: index, ...(label === undefined ? {} : { label }), samples: part.length, top1: right(part) };
  });
  return {
    samples: judged.length,
    top1: right(judged),
    top5: judged.filter(({ label, classes }) => classes.includes(label)).length,
    skipped: outcomes.flatMap(({ image, skipped }) => (skipped === undefined ? [] : [{ image, reason: skipped }])),
    worst: byClass
      .filter(({ samples }) => samples >= enough)
      .sort((a, b) => a.top1 / a.samples - b.top1 / b.samples || a.class - b.class)
      .slice(0, listed),
  };
}
