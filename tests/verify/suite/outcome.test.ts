import { expect, test } from 'vitest';
import { junitReport } from '../../../src/verify/suite/junit.ts';
import { type SuiteOutcome, type SuiteStatus, suiteExitCode } from '../../../src/verify/suite/outcome.ts';

const outcome = (status: SuiteStatus, reason?: string): SuiteOutcome => ({
  ...{ id: 'T1', name: 't01_simplecnn', status, seconds: 1.5 },
  ...(reason !== undefined && { reason }),
});

test.each<[number, SuiteStatus[]]>([
  [0, ['equal', 'equal']],
  [0, ['equal', 'refused']],
  [3, ['equal', 'not run']],
  [1, ['equal', 'not run', 'different']],
  [1, ['failed', 'refused']],
])('the exit code is %i after %j', (code, statuses) => {
  expect(suiteExitCode(statuses.map((status) => outcome(status)))).toBe(code);
});

test('a JUnit report has a test case for each network, with why it is not equal', () => {
  const outcomes = [outcome('equal'), outcome('different', '3 integers differ'), outcome('failed', 'a < b & "c"\n'), outcome('not run')];
  expect(junitReport('host', outcomes)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="bitwright suite" tests="4" failures="1" errors="1" skipped="1" time="6.000">
  <testcase classname="host" name="T1 t01_simplecnn" time="1.500"/>
  <testcase classname="host" name="T1 t01_simplecnn" time="1.500"><failure message="3 integers differ"/></testcase>
  <testcase classname="host" name="T1 t01_simplecnn" time="1.500"><error message="a &lt; b &amp; &quot;c&quot; "/></testcase>
  <testcase classname="host" name="T1 t01_simplecnn" time="1.500"><skipped message="not run"/></testcase>
</testsuite>
`);
});
