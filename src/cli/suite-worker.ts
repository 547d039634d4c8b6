import { judgeNetwork, type SuiteJob } from '../verify/suite/judge.ts';

/** A process for one network of the suite at a time, so that what crashes it loses nothing of the others. */
process.on('SIGINT', () => {}); // of a terminal, which means the process that started this one
process.on('disconnect', () => process.exit());
process.on('message', (job: SuiteJob) => {
  void judgeNetwork(job).then((outcome) => process.send!(outcome));
});
