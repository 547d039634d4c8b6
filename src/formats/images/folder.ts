import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { BadInput } from '../../errors.ts';
import { kindOf, withFileErrors } from '../files.ts';
import { pictureEndings } from './decode.ts';

/** The pictures of one class: what its folder is called, and the paths of its files below the whole folder, `/` between their parts. */
export interface PictureClass {
  readonly name: string;
  readonly files: readonly string[];
}

const byBytes = (a: string, b: string): number => (a < b ? -1 : 1);

/** The paths of all pictures below a folder, in the order of their names; a BadInput where there are none. */
export async function readPictureFolder(directory: string): Promise<readonly string[]> {
  const found = await withFileErrors(directory, () => readdir(directory, { recursive: true }));
  const files = found.filter((file) => pictureEndings.includes(extname(file).toLowerCase())).sort(byBytes);
  if (files.length > 0) return files.map((file) => join(directory, file));
  const expected = `pictures (${pictureEndings.join(', ')})`;
  throw new BadInput({ where: directory, found: 'no pictures', expected, remedy: 'name a folder that holds pictures' });
}

/** Folders, and links to folders, but for the hidden ones that tools leave behind. */
async function foldersIn(directory: string): Promise<string[]> {
  const names = (await withFileErrors(directory, () => readdir(directory))).filter((name) => !name.startsWith('.'));
  const kinds = await Promise.all(names.map((name) => kindOf(join(directory, name))));
  return names.filter((_, at) => kinds[at] === 'directory').sort(byBytes);
}

/** A folder in ImageFolder's layout, DIR/class/.../picture, classes and pictures in the order of their names. */
export async function readImageFolder(directory: string): Promise<readonly PictureClass[]> {
  const names = await foldersIn(directory);
  const classes: PictureClass[] = [];
  for (const name of names) {
    const found = await withFileErrors(join(directory, name), () => readdir(join(directory, name), { recursive: true }));
    const files = found.filter((file) => pictureEndings.includes(extname(file).toLowerCase()));
    classes.push({ name, files: files.map((file) => `${name}/${file.replaceAll('\\', '/')}`).sort(byBytes) });
  }
  if (classes.some(({ files }) => files.length > 0)) return classes;
  throw new BadInput({
    where: directory,
    found: names.length === 0 ? 'no folders' : 'no pictures in its folders',
    expected: `a folder for each class with pictures in it (${pictureEndings.join(', ')})`,
    remedy: 'name the folder that holds the folders of the classes',
  });
}
