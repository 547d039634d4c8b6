// npm run demo: examples/digits on the host, with the table, the accuracy over the held-out pictures, and a report; then a vision transformer,
// its accuracy on the engine and on a simulated Gemmini.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const digits = 'examples/digits';
const vit = 'examples/vit-digits';
const report = 'bitwright-out/report.html';

/** Shows a command as a user would type it, and runs it. */
function bitwright(...args) {
  console.log(`\n$ npx bitwright ${args.join(' ')}\n`);
  const { status } = spawnSync(process.execPath, ['dist/cli/main.js', ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

bitwright('deploy', `${digits}/bundle`, '--target', 'host', '--report', report);
bitwright(
  ...['evaluate', `${digits}/bundle`, '--images', `${digits}/heldout_images.npy`, '--labels', `${digits}/heldout_labels.npy`],
  ...['--predictions', `${digits}/heldout_predictions.npy`, '--divide', '16'],
);
const evaluateVit = [
  ...['evaluate', `${vit}/checkpoint.pth.tar`, '--heads', '2'],
  ...['--images', `${vit}/heldout_images.npy`, '--labels', `${vit}/heldout_labels.npy`, '--white', '16'],
];
bitwright(...evaluateVit);
bitwright(...evaluateVit, '--num-samples', '20', '--target', 'gemmini');
console.log(`\nThe report with the memory over time: ${new URL(`../${report}`, import.meta.url).href}`);
